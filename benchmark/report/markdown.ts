import { bareHttp } from '../bare.js';
import { type Floor, floorsOf, holds } from '../floors.js';
import { peerMongo } from '../mongo.js';
import {
  type BenchmarkResults,
  type Cell,
  type CellKey,
  cellsOf,
  median,
  ratioOf,
} from '../results.js';
import { type Workload, workloads } from '../workloads.js';

/** RESULTS.md of a run. */
export function toMarkdown(results: BenchmarkResults): string {
  const measured = workloads.filter(({ name }) =>
    results.cells.some((cell) => cell.group === name),
  );
  return [
    '# Benchmark',
    'Written by `npm run bench`; each number is a median over the rounds, each ratio the median of',
    'the ratios within a round. Ratios count: the machine is shared, with the load generator too.',
    '',
    factsOf(results),
    '## Floors',
    floorTable(floorsOf(results)),
    '![Throughput by system, and cost against the number of sessions](results.svg)',
    '',
    ...measured.flatMap((workload) => [
      `## ${workload.name}`,
      `${capitalized(workload.doc)}.`,
      '',
      workloadTable(results, workload),
    ]),
    restartSection(results),
    failureSection(results),
    method,
  ].join('\n');
}

const method = `## How it is measured
Every server is a process of its own on loopback. All stand at the same time and are put under load
one after the other, in rounds (A B C A B C). Each round starts and fills servers of its own, so that
no process stands for all of its kind. Before each cell, answers are read and compared with what was
asked for. A cell with an answer that is not 2xx does not count; answers that are too short end the run. "CPU" is the processor time of the server for a request: what
else runs on the machine moves it less than it moves the rate. A server has taken every session over
HTTP, or a file of up to 20,000 that was filled so, and then answered every one once: caches are as they
are in service, not as after a start.

- \`node:http\` and \`Fastify\` parse the body, answer JSON of the same fields, and keep nothing.
- \`1.1.1\` is \`service-sessions-node\` from npm on Node 22, the last it runs on, with the
  configuration it is published with, its output thrown away; "without log" has its log turned off.
- "on mongodb" is mongo-java-server with a file of H2, one process of Java for both: it compares the
  two with each other, and says nothing of a real MongoDB. It uses no index but unique ones, so
  a list makes it read the whole collection, and sort it by time for ours; 1.1.1 asks for the order of
  a field that no record has (\`-request_time\`), which is none.
- "ours" is what \`npm start\` starts.

Load before a cell is not counted: 3 s, while V8 compiles the code of a workload (a list on file took 370,
205 and 187 us of processor time in the first three seconds of a new server). Before opens, and the beats
that are compared with them, it is 1 s: a server with up to 20,000 sessions is made anew for them, and
would grow further out of its size. What opens add in a cell stays until the end of the round. Opens among
more sessions are warmed up and measured for four times the seconds of a cell each, as they are in the
long run: with what the collector does now and then in a heap of that size and, on file, with the merging
of entries into the indexes, which begins when a first batch is full (docs/decisions/0012). Smaller servers
would grow out of their size until then: there the entries wait, and are merged when nothing is asked.
`;

function factsOf({ machine, ...run }: BenchmarkResults): string {
  const lines = [
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}`,
    `Node ${machine.node}; load by ${machine.generator}, ${run.connections} connections`,
    `${run.rounds} rounds of ${run.seconds} s a cell`,
    `file system ${machine.fileSystem}, ${machine.syncsPerSecond.toLocaleString('en')} synced writes of 4 KiB a second`,
    `${machine.date}, \`${machine.command}\``,
  ];
  return `${lines.map((line) => `- ${line}`).join('\n')}\n`;
}

function floorTable(floors: readonly Floor[]): string {
  return table(
    ['what', 'floor', 'measured', ''],
    floors.map((floor) => [
      floor.what,
      `${floor.bound} ${floor.limit}${floor.unit}`,
      floor.measured === undefined ? 'not in this run' : `${digits(floor.measured)}${floor.unit}`,
      { true: 'pass', false: '**miss**', undefined: '' }[`${holds(floor)}`] ?? '',
    ]),
  );
}

function workloadTable({ cells }: BenchmarkResults, workload: Workload): string {
  const group = cells.filter((cell) => cell.group === workload.name);
  const keys = new Map(group.map((cell) => [`${cell.system} ${cell.size} ${cell.workload}`, cell]));
  const rows = [...keys.values()].map((cell) => {
    const key = { ...cell, group: workload.name };
    const beats = cell.workload === workload.name ? '' : `: ${cell.workload} after it`;
    return [
      `${cell.system}${beats}`,
      cell.system === bareHttp || cell.system === 'Fastify' ? '' : cell.size.toLocaleString('en'),
      ...figures(cellsOf(cells, key)),
      digits(ratioOf(cells, key, bareKey(workload))),
    ];
  });
  return table(
    ['system', 'sessions', 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs', '× node:http'],
    rows,
  );
}

function bareKey(workload: Workload): CellKey {
  return { system: bareHttp, workload: workload.name };
}

function figures(cells: readonly Cell[]): readonly string[] {
  const errors = cells.reduce((sum, cell) => sum + cell.errors, 0);
  if (errors > 0) return [`failed: ${errors} errors`, '', '', ''];
  const perSecond = median(cells.map((cell) => cell.perSecond)) ?? 0;
  return [
    Math.round(perSecond).toLocaleString('en'),
    digits(median(cells.map(({ p50Ms }) => p50Ms))),
    digits(median(cells.map(({ p99Ms }) => p99Ms))),
    digits(median(cells.flatMap(({ processorMicros }) => processorMicros ?? []))),
  ];
}

function restartSection({ restarts }: BenchmarkResults): string {
  if (restarts.length === 0) return '';
  const rows = restarts.map(({ after, size, readyMs, residentBytes }) => [
    after,
    size.toLocaleString('en'),
    `${digits(readyMs / 1_000)} s`,
    residentBytes === undefined ? 'unknown' : `${Math.round(residentBytes / 1e6)} MB`,
  ]);
  const heading =
    '## Restart of the file store\nFrom the start of the process to the first answer, ';
  return `${heading}the file in the page cache; the\nlarger memory of then and 2 s later.\n\n${table(
    ['ended before by', 'sessions', 'ready', 'memory'],
    rows,
  )}`;
}

function failureSection({ cells, failures }: BenchmarkResults): string {
  if (failures.length === 0) {
    const isMeasured = cells.some(({ system }) => system === peerMongo);
    return isMeasured ? `Each command of ${peerMongo}, asked once, did what it says.\n` : '';
  }
  const rows = failures.map(({ system, command, reason }) => [
    system,
    `\`${command}\``,
    reason.replaceAll('|', '\\|').replaceAll(/\s+/g, ' '),
  ]);
  const heading =
    '## What could not be measured\nA command that a system was asked once, and what it';
  return `${heading} answered; `.concat(
    '`start`: it takes no part at all.\n\n',
    table(['system', 'command', 'answer'], rows),
  );
}

/** A table of markdown, with an empty line behind it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

/** Three digits that count. */
function digits(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 100
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)));
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
