import { parseArgs } from 'node:util';
import { workloadNames } from './workloads.js';

/** What one run of the benchmark shall do. */
export interface BenchmarkOptions {
  /** Sessions present in the servers that keep any. */
  readonly sizes: readonly number[];
  /** Seconds under load of each measured cell. */
  readonly seconds: number;
  /** How often each cell is measured, alternating with all others; medians count. */
  readonly rounds: number;
  /** Only systems whose name has one of these in it; empty = all. */
  readonly systems: readonly string[];
  /** Only these workloads; empty = all. */
  readonly workloads: readonly string[];
  /** Folder for RESULTS.md, results.json and results.svg; absent = beside the benchmark. */
  readonly out: string | undefined;
}

/** Text of `--help`. */
export const helpText = `Usage: npm run bench -- [options]

Measures this service beside a bare node:http server, bare Fastify and service-sessions-node 1.1.1,
on memory, on a file and on MongoDB (mongo-java-server; left out, and said so, without Java).

  --quick              size 20000 only, 2 s a cell, 2 rounds
  --sizes 1000,20000   sessions present (default 1000,20000,1000000)
  --seconds N          seconds under load per cell (default 4); four times as many for opens among
                       more than 20,000 sessions, and their warm-up
  --rounds N           rounds over all cells (default 3)
  --systems a,b        only systems with one of these in their name
  --workloads a,b      only these: ${workloadNames.join(', ')}
  --out FOLDER         where the results go, made when missing (default benchmark/)
  --help               this text`;

/**
 * The options of a command line; `undefined` when help is asked for.
 * @throws Error naming an unknown flag or a bad value.
 */
export function parseOptions(args: readonly string[]): BenchmarkOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      sizes: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      systems: { type: 'string' },
      workloads: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const base = values.quick
    ? { sizes: '20000', seconds: '2', rounds: '2' }
    : { sizes: '1000,20000,1000000', seconds: '4', rounds: '3' };
  return {
    sizes: list(values.sizes ?? base.sizes).map((size) => positive('--sizes', size)),
    seconds: positive('--seconds', values.seconds ?? base.seconds),
    rounds: positive('--rounds', values.rounds ?? base.rounds),
    systems: list(values.systems ?? ''),
    workloads: knownWorkloads(list(values.workloads ?? '')),
    out: values.out,
  };
}

function list(text: string): readonly string[] {
  return text.split(',').filter((part) => part !== '');
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new Error(`${flag}: "${text}" is not a whole number from 1`);
  }
  return value;
}

function knownWorkloads(names: readonly string[]): readonly string[] {
  const unknown = names.find((name) => !workloadNames.some((known) => known === name));
  if (unknown !== undefined) {
    throw new Error(`--workloads: "${unknown}" is not one of ${workloadNames.join(', ')}`);
  }
  return names;
}
