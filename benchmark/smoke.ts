import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { type ChildServer, startServer } from './child-server.js';
import type { Workspace } from './contender.js';
import { fileCommand } from './ours.js';
import { CheckedClient, type Tally } from './smoke/checked-client.js';
import { type KeptSession, liveOneLife } from './smoke/session-life.js';

const help = `Usage: npm run smoke -- [options]

Runs this service on the file store in a temporary folder under mixed load, compares every answer
with what it must be, stops it, starts it again, and looks for everything that it acknowledged.
Ends with 1 when anything was wrong.

  --seconds N       time under load (default 60)
  --connections N   sessions that live at a time (default 24)
  --help            this text`;

const shownFailures = 20;

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      connections: { type: 'string', default: '24' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(help);
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const folder = await mkdtemp(join(tmpdir(), 'service-sessions-smoke-'));
  const workspace = { folder, project: join(import.meta.dirname, '..') };
  try {
    await promisify(execFile)('npm', ['run', '-s', 'build'], { cwd: workspace.project });
    const options = { seconds: Number(values.seconds), connections: Number(values.connections) };
    process.exitCode = await runSmoke(workspace, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface SmokeOptions {
  readonly seconds: number;
  readonly connections: number;
}

/** The exit code of the run. */
async function runSmoke(workspace: Workspace, options: SmokeOptions): Promise<number> {
  const start = () => startServer(fileCommand(workspace, join(workspace.folder, 'sessions.db')));
  const before = await start();
  const loaded = await putUnderLoad(before, options);
  const exitCode = await before.stop('SIGTERM');
  if (exitCode !== 0) console.log(`FAILED: SIGTERM ended it with ${exitCode}, not 0`);
  const after = await start();
  const found = await lookFor(after, loaded.kept);
  await after.stop('SIGTERM');
  console.log(`under load, ${options.connections} connections, ${options.seconds} s`);
  print(loaded.tally);
  console.log(`after the restart, ${loaded.kept.length} sessions that were acknowledged`);
  print(found);
  const failures = loaded.tally.failureCount + found.failureCount + (exitCode === 0 ? 0 : 1);
  // A run without a single life has shown nothing.
  return failures === 0 && loaded.kept.length > 0 ? 0 : 1;
}

async function putUnderLoad(
  server: ChildServer,
  { seconds, connections }: SmokeOptions,
): Promise<{ readonly tally: Tally; readonly kept: readonly KeptSession[] }> {
  const client = new CheckedClient(server.port, connections);
  const deadline = performance.now() + seconds * 1_000;
  const kept: KeptSession[] = [];
  const live = async (_: unknown, user: number) => {
    for (let life = 0; performance.now() < deadline; life++) {
      const session = await liveOneLife({ client, user, life });
      if (session !== undefined) kept.push(session);
    }
  };
  await Promise.all(Array.from({ length: connections }, live));
  client.close();
  return { tally: client.tally, kept };
}

async function lookFor(server: ChildServer, kept: readonly KeptSession[]): Promise<Tally> {
  const client = new CheckedClient(server.port, 1);
  for (const { id, fields } of kept) {
    await client.call('get_session_by_id', { session_id: id }, { fields });
  }
  client.close();
  return client.tally;
}

function print({ answers, failures, failureCount }: Tally): void {
  for (const [name, count] of [...answers].toSorted()) console.log(`  ${name}: ${count}`);
  for (const failure of failures.slice(0, shownFailures)) console.log(`  FAILED: ${failure}`);
  const all = [...answers.values()].reduce((sum, count) => sum + count, 0);
  console.log(`  ${all} answers, ${failureCount} wrong`);
}
