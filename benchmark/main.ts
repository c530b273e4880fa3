import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareSystems } from './bare.js';
import type { Failure, System, Workspace } from './contender.js';
import { floorsOf } from './floors.js';
import { chooseGenerator } from './load/choose-generator.js';
import { machineFacts } from './machine.js';
import { mongoSystems, oursMongo, peerMongo } from './mongo.js';
import { type BenchmarkOptions, helpText, parseOptions } from './options.js';
import { oursFile, oursMemory, oursSystems } from './ours.js';
import { peerOnFile, peerOnMemory, peerSystems } from './peer.js';
import { planContenders, planGroups } from './plan.js';
import { ServerPool } from './pool.js';
import { runSteps, type Step } from './progress.js';
import { toMarkdown } from './report/markdown.js';
import { toSvg } from './report/plot.js';
import { measureRestarts } from './restart.js';
import type { BenchmarkResults, Cell, Restart } from './results.js';
import { type Bench, roundSteps } from './steps.js';

const connections = 64;

await main();

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(helpText);
    return;
  }
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  // Before the work: a run must not end with nowhere to write.
  if (options.out !== undefined) await mkdir(options.out, { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), 'service-sessions-bench-'));
  const workspace = { folder, project: join(import.meta.dirname, '..') };
  try {
    await writeResults(options, await runBenchmark(options, workspace));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runBenchmark(
  options: BenchmarkOptions,
  workspace: Workspace,
): Promise<BenchmarkResults> {
  const generator = chooseGenerator();
  const machine = await machineFacts(workspace.folder, generator.name);
  const failures: Failure[] = [];
  const systems = await prepareSystems(options, workspace, failures);
  const { seconds, rounds, sizes } = options;
  const measurement = { generator, folder: workspace.folder, seconds, connections };
  const cells: Cell[] = [];
  const restarts: Restart[] = [];
  const pool = new ServerPool();
  const bench = { pool, measurement, rounds, record: (cell: Cell) => cells.push(cell) };
  try {
    await runSteps([
      ...loadSteps(systems, options, bench),
      ...restartSteps({ systems, options, workspace, pool }, restarts),
    ]);
  } finally {
    await pool.close();
  }
  return { machine, seconds, rounds, connections, sizes, cells, restarts, failures };
}

/** What was asked for: this service is compiled and the peer installed only when it takes part. */
async function prepareSystems(
  { systems }: BenchmarkOptions,
  workspace: Workspace,
  failures: Failure[],
): Promise<readonly System[]> {
  const isWanted = (...names: readonly string[]) =>
    systems.length === 0 || systems.some((part) => names.some((name) => name.includes(part)));
  process.stderr.write('prepare: compile this service, install the peer\n');
  const onMongo = isWanted(oursMongo, peerMongo) ? await prepareMongo(workspace, failures) : [];
  return [
    ...bareSystems(workspace),
    ...onMongo,
    ...(isWanted(oursMemory, oursFile) ? await oursSystems(workspace) : []),
    ...(isWanted(peerOnMemory, `${peerOnMemory} without log`, peerOnFile)
      ? await peerSystems(workspace)
      : []),
  ];
}

async function prepareMongo(workspace: Workspace, failures: Failure[]): Promise<readonly System[]> {
  const found = await mongoSystems(workspace);
  failures.push(...found.failures);
  return found.systems;
}

function loadSteps(
  systems: readonly System[],
  options: BenchmarkOptions,
  bench: Bench,
): readonly Step[] {
  const contenders = planContenders(systems, options);
  const groups = planGroups(contenders, options);
  const taking = contenders.filter((contender) =>
    groups.some(({ entries }) => entries.some((entry) => entry.contender === contender)),
  );
  return roundSteps(taking, groups, bench);
}

function restartSteps(
  run: {
    readonly systems: readonly System[];
    readonly options: BenchmarkOptions;
    readonly workspace: Workspace;
    readonly pool: ServerPool;
  },
  restarts: Restart[],
): readonly Step[] {
  const { systems, options, workspace, pool } = run;
  const [system] = planContenders(systems, options).filter(
    ({ system }) => system.name === oursFile,
  );
  const size = Math.max(...options.sizes);
  if (system === undefined || options.workloads.length > 0) return [];
  return [
    {
      label: `restart  ${oursFile}, ${size.toLocaleString('en')}`,
      weight: 30,
      async run() {
        await pool.close();
        restarts.push(...(await measureRestarts(workspace, size)));
      },
    },
  ];
}

async function writeResults(options: BenchmarkOptions, results: BenchmarkResults): Promise<void> {
  const folder = options.out ?? import.meta.dirname;
  const raw = { ...results, floors: floorsOf(results) };
  await writeFile(join(folder, 'results.json'), toJson(raw));
  await writeFile(join(folder, 'results.svg'), toSvg(results));
  const markdown = toMarkdown(results);
  await writeFile(join(folder, 'RESULTS.md'), markdown);
  console.log(markdown);
  if (results.cells.some(({ errors }) => errors > 0)) process.exitCode = 1;
}

/** As the formatter of the project wants it: numbers of a list on one line. */
function toJson(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  return `${text.replace(/\[\s+([\d,\s]+?)\s+\]/g, (_, list: string) => `[${list.replace(/\s+/g, ' ')}]`)}\n`;
}
