import type { Failure } from './contender.js';
import type { MeasuredLoad } from './measure.js';
import type { WorkloadName } from './workloads.js';

/** What was measured in one cell of one round. */
export interface Cell extends MeasuredLoad {
  readonly system: string;
  /** Sessions present when the workload began. */
  readonly size: number;
  readonly workload: WorkloadName;
  /** The workload whose rounds it was part of: cells of one round are compared with each other. */
  readonly group: WorkloadName;
  readonly round: number;
}

/** One start of the file store on a database that is there. */
export interface Restart {
  /** How the process before it was ended. */
  readonly after: 'SIGTERM' | 'SIGKILL';
  readonly size: number;
  readonly readyMs: number;
  /** The largest of: when ready, and two seconds later. */
  readonly residentBytes: number | undefined;
}

/** What kind of machine it was; nothing that names it. */
export interface MachineFacts {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly fileSystem: string;
  /** 4 KiB written and synced, one after the other. */
  readonly syncsPerSecond: number;
  readonly generator: string;
  readonly date: string;
  readonly command: string;
}

/** Everything of one run. */
export interface BenchmarkResults {
  readonly machine: MachineFacts;
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
  readonly sizes: readonly number[];
  readonly cells: readonly Cell[];
  readonly restarts: readonly Restart[];
  /** What could not be measured, because a system cannot do it. */
  readonly failures: readonly Failure[];
}

/** Which cells, over all rounds. */
export interface CellKey {
  readonly system: string;
  readonly size?: number;
  readonly workload: WorkloadName;
  /** Default: the workload's own. */
  readonly group?: WorkloadName;
}

/** The cells of a key, one a round. */
export function cellsOf(cells: readonly Cell[], key: CellKey): readonly Cell[] {
  const group = key.group ?? key.workload;
  return cells.filter(
    (cell) =>
      cell.system === key.system &&
      cell.workload === key.workload &&
      cell.group === group &&
      (key.size === undefined || cell.size === key.size),
  );
}

/** The median; `undefined` of nothing. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

/**
 * Throughput of one in that of another: the median over the rounds of both, since what else runs
 * on the machine changes more from minute to minute than within a round. `undefined` when either
 * was not measured or had errors.
 */
export function ratioOf(cells: readonly Cell[], one: CellKey, other: CellKey): number | undefined {
  const others = cellsOf(cells, other);
  const ratios = cellsOf(cells, one).flatMap((cell) => {
    const beside = others.find(({ round }) => round === cell.round);
    const counts = beside !== undefined && beside.errors === 0 && cell.errors === 0;
    return counts ? [cell.perSecond / beside.perSecond] : [];
  });
  return median(ratios);
}
