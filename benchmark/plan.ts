import type { Contender, System } from './contender.js';
import type { BenchmarkOptions } from './options.js';
import { oursFile } from './ours.js';
import { peerOnFile } from './peer.js';
import { type Workload, type WorkloadName, workloadOf, workloads } from './workloads.js';

/** One thing that is measured each round. */
export interface Entry {
  readonly contender: Contender;
  readonly workload: Workload;
}

/** Entries that are compared with each other: round by round, one after the other. */
export interface Group {
  readonly name: WorkloadName;
  readonly entries: readonly Entry[];
}

/** Sessions at which the peer's file store is compared (QUALITY "Load"). */
export const durableSize = 3_000;
/** Up to here a server that grew is made anew. */
const renewedSize = 20_000;
/** Load before a cell that is not counted: so long V8 compiles the code of a workload. */
const warmUpSeconds = 3;
/** The same in the group of opens, where small servers grow; of all of them, as they are compared. */
const growingWarmUpSeconds = 1;
/** Opens among many sessions are warmed up and measured so many times the seconds of a cell each. */
const growingFactor = 4;

/** Systems times sizes, as far as a system can. */
export function planContenders(
  systems: readonly System[],
  options: BenchmarkOptions,
): readonly Contender[] {
  const wanted = systems.filter(
    ({ name }) =>
      options.systems.length === 0 || options.systems.some((part) => name.includes(part)),
  );
  return wanted.flatMap((system) =>
    sizesOf(system, options.sizes).map((size) => ({ system, size })),
  );
}

/** The workloads with those who can answer them. */
export function planGroups(
  contenders: readonly Contender[],
  options: BenchmarkOptions,
): readonly Group[] {
  return workloads
    .filter(({ name }) => options.workloads.length === 0 || options.workloads.includes(name))
    .map((workload) => ({
      name: workload.name,
      entries: contenders
        .filter((contender) => takesPart(contender, workload, options))
        .flatMap((contender) => entriesOf(contender, workload)),
    }));
}

/** Whether a contender must be made anew before this workload. */
export function mustRenew({ contender, workload }: Entry): boolean {
  return workload.grows === true && contender.system.keeps && contender.size <= renewedSize;
}

/**
 * Seconds of warm-up and under load of a cell. Among many sessions opens are measured as they are in the
 * long run: with what the collector does now and then in a heap of that size, and with the merging of
 * entries on file, which begins when a first batch is full.
 */
export function cellSeconds(
  entry: Entry & { readonly group: Group },
  seconds: number,
): { readonly warmUp: number; readonly measured: number } {
  const { contender, workload, group } = entry;
  if (workloadOf(group.name).grows !== true) return { warmUp: warmUpSeconds, measured: seconds };
  const isLarge = contender.system.keeps && !mustRenew(entry);
  if (workload.grows !== true || !isLarge) {
    return { warmUp: growingWarmUpSeconds, measured: seconds };
  }
  return { warmUp: seconds * growingFactor, measured: seconds * growingFactor };
}

function sizesOf(system: System, sizes: readonly number[]): readonly number[] {
  if (!system.keeps) return [Math.min(...sizes)];
  const durable = system.name === peerOnFile || system.name === oursFile ? [durableSize] : [];
  const all = new Set([...sizes.filter((size) => size <= system.maxSize), ...durable]);
  return [...all].toSorted((one, other) => one - other);
}

function takesPart(contender: Contender, workload: Workload, options: BenchmarkOptions): boolean {
  if (workload.beats === true && !contender.system.beats) return false;
  if (contender.system.failing?.includes(workload.command)) return false;
  const asked = !contender.system.keeps || options.sizes.includes(contender.size);
  return asked || workload.grows === true;
}

/** Beats are compared with durable opens, so they follow them in the same round. */
function entriesOf(contender: Contender, workload: Workload): readonly Entry[] {
  const entry = { contender, workload };
  const beatsToo = workload.name === 'open_session' && contender.system.name === oursFile;
  return beatsToo ? [entry, { contender, workload: workloadOf('touch_session') }] : [entry];
}
