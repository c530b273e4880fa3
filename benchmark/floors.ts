import { bareHttp } from './bare.js';
import { oursFile, oursMemory } from './ours.js';
import { peerOnFile, peerOnMemory } from './peer.js';
import { durableSize } from './plan.js';
import { type BenchmarkResults, type CellKey, median, ratioOf } from './results.js';
import type { WorkloadName } from './workloads.js';

/** What must hold (QUALITY "Load"), and what was measured. */
export interface Floor {
  readonly what: string;
  readonly bound: 'at least' | 'at most';
  readonly limit: number;
  /** `undefined` where this run did not measure it. */
  readonly measured: number | undefined;
  readonly unit: string;
}

const small = 1_000;
const comparedSize = 20_000;
const large = 1_000_000;

/** Whether a floor holds. */
export function holds({ bound, limit, measured }: Floor): boolean | undefined {
  if (measured === undefined) return undefined;
  return bound === 'at least' ? measured >= limit : measured <= limit;
}

/** The floors of QUALITY "Load" that a run of these results can judge. */
export function floorsOf(results: BenchmarkResults): readonly Floor[] {
  return [
    ...besideOthers(results),
    ...[oursMemory, oursFile].flatMap((system) => costFloors(results, system)),
    ...restartFloors(results),
  ];
}

function besideOthers({ cells }: BenchmarkResults): readonly Floor[] {
  const ours = (workload: WorkloadName): CellKey => ({
    system: oursMemory,
    size: comparedSize,
    workload,
  });
  const ratio = (limit: number, one: CellKey, other: CellKey, what: string): Floor => ({
    what,
    bound: 'at least',
    limit,
    measured: ratioOf(cells, one, other),
    unit: '×',
  });
  const versus = (limit: number, workload: WorkloadName, system: string): Floor => {
    const other = { system, workload, ...(system === bareHttp ? {} : { size: comparedSize }) };
    const what = `memory, ${workload}, beside ${system}, 20,000 sessions`;
    return ratio(limit, ours(workload), other, what);
  };
  const durable = { system: oursFile, workload: 'open_session' } as const;
  const beats = { system: oursFile, workload: 'touch_session', group: 'open_session' } as const;
  return [
    versus(0.6, 'open_session', bareHttp),
    versus(0.7, 'get_session_by_id', bareHttp),
    versus(5, 'open_session', peerOnMemory),
    versus(12, 'get_session_by_id', peerOnMemory),
    ratio(
      50,
      { ...durable, size: durableSize },
      { ...durable, system: peerOnFile, size: durableSize },
      `file, durable open_session, beside ${peerOnFile}, 3,000 sessions`,
    ),
    ratio(
      0.8,
      { ...beats, size: comparedSize },
      { ...durable, size: comparedSize },
      'file, durable touch_session, beside its opens, 20,000 sessions',
    ),
  ];
}

/** Time of a request at a million sessions in that at a thousand. */
function costFloors({ cells }: BenchmarkResults, system: string): readonly Floor[] {
  const limits: readonly (readonly [WorkloadName, number])[] = [
    ['get_session_by_id', 1.3],
    ['open_session', 1.3],
    ['list_user', 1.3],
    ['list_newest', 1.3],
    ['touch_session', 2],
    ['touch_skewed', 2],
  ];
  return limits.map(([workload, limit]) => ({
    what: `${system}: cost of ${workload} at 1,000,000 sessions beside 1,000`,
    bound: 'at most',
    limit,
    measured: ratioOf(cells, { system, workload, size: small }, { system, workload, size: large }),
    unit: '×',
  }));
}

function restartFloors({ restarts }: BenchmarkResults): readonly Floor[] {
  const starts = restarts.filter(({ size }) => size === large);
  const memory = starts.flatMap(({ residentBytes }) => residentBytes ?? []);
  const times = starts.map(({ readyMs }) => readyMs / 1_000);
  const what = 'restart of the file store with 1,000,000 sessions';
  return [
    { what: `${what}: ready`, bound: 'at most', limit: 2, measured: median(times), unit: ' s' },
    {
      what: `${what}: memory`,
      bound: 'at most',
      limit: 250,
      measured: memory.length === 0 ? undefined : Math.max(...memory) / 1e6,
      unit: ' MB',
    },
  ];
}
