import type { Contender } from './contender.js';
import { type Measurement, measure } from './measure.js';
import { cellSeconds, type Entry, type Group, mustRenew } from './plan.js';
import type { ServerPool } from './pool.js';
import type { Step } from './progress.js';
import type { Cell } from './results.js';

/** What the steps work with. */
export interface Bench {
  readonly pool: ServerPool;
  readonly measurement: Measurement;
  readonly rounds: number;
  /** Takes what was measured. */
  record(cell: Cell): void;
}

/** Sessions that a server takes in a second while it is filled, for the time to go. */
const fillPerSecond = 12_000;

/**
 * The rounds, one after the other: in each, servers of its own go through all groups. Whatever makes
 * one process slower than the next of its kind would be in every round that asked the same one.
 */
export function roundSteps(
  contenders: readonly Contender[],
  groups: readonly Group[],
  bench: Bench,
): readonly Step[] {
  const rounds = Array.from({ length: bench.rounds }, (_, index) => index + 1);
  return rounds.flatMap((round) => [
    ...contenders.map((contender) => startStep(contender, round, bench)),
    ...groups.flatMap((group) =>
      group.entries.map((entry) => cellStep({ ...entry, group, round }, bench)),
    ),
  ]);
}

/** Ends the server of the round before, if there is one, starts another and fills it. */
function startStep(contender: Contender, round: number, bench: Bench): Step {
  return {
    label: `round ${round}/${bench.rounds}  start  ${nameOf(contender)}`,
    weight: startWeight(contender),
    async run() {
      await bench.pool.drop(contender);
      await bench.pool.use(contender);
    },
  };
}

function cellStep(
  task: Entry & { readonly group: Group; readonly round: number },
  bench: Bench,
): Step {
  const { contender, workload, group, round } = task;
  const renew = mustRenew(task);
  const { warmUp, measured } = cellSeconds(task, bench.measurement.seconds);
  return {
    label: `round ${round}/${bench.rounds}  ${workload.name}  ${nameOf(contender)}`,
    weight: warmUp + measured + 2 + (renew ? startWeight(contender) : 0),
    async run() {
      if (renew) await bench.pool.drop(contender);
      await warm(task, warmUp, bench);
      const filled = await bench.pool.use(contender);
      const result = await measure(
        { contender, filled },
        { workload, round },
        {
          ...bench.measurement,
          seconds: measured,
        },
      );
      const { system, size } = contender;
      bench.record({
        ...result,
        system: system.name,
        size,
        workload: workload.name,
        group: group.name,
        round,
      });
    },
  };
}

/**
 * Load that is not counted: a server that has waited while the others were measured comes back
 * with cold caches, one made anew with cold code.
 */
async function warm({ contender, workload }: Entry, seconds: number, bench: Bench): Promise<void> {
  const filled = await bench.pool.use(contender);
  const measurement = { ...bench.measurement, seconds };
  await measure({ contender, filled }, { workload, round: 0 }, measurement);
}

function startWeight({ system, size }: Contender): number {
  return 1 + (system.keeps ? size / fillPerSecond : 0);
}

function nameOf({ system, size }: Contender): string {
  return system.keeps ? `${system.name}, ${size.toLocaleString('en')}` : system.name;
}
