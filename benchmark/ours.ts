import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ServerCommand, startServer } from './child-server.js';
import type { FilledServer, System, Workspace } from './contender.js';
import { fillOverHttp, readOverHttp } from './fill.js';

const run = promisify(execFile);
const { scripts } = createRequire(import.meta.url)('../package.json') as {
  readonly scripts: { readonly start: string };
};

/** A database up to this size is copied, so that each start has an untouched one. */
const copiedSize = 100_000;

/** Name of this service on memory, in the tables. */
export const oursMemory = 'ours on memory';
/** Name of this service on the file store, in the tables. */
export const oursFile = 'ours on file';

/**
 * This service as `npm start` starts it, compiled first.
 * @throws Error when it does not compile.
 */
export async function oursSystems(workspace: Workspace): Promise<readonly System[]> {
  await compile(workspace);
  const system = { keeps: true, beats: true, maxSize: Number.POSITIVE_INFINITY };
  return [
    { name: oursMemory, ...system, start: (size) => startMemory(workspace, size) },
    { name: oursFile, ...system, start: (size) => startFile(workspace, size) },
  ];
}

let compiled: Promise<unknown> | undefined;

/** Compiles this service, once. @throws Error when it does not compile. */
export async function compile({ project }: Workspace): Promise<void> {
  compiled ??= run('npm', ['run', '-s', 'build'], { cwd: project });
  await compiled;
}

/** The database with `size` sessions that {@link startFile} filled last, or fills now. */
export async function filledDatabase(workspace: Workspace, size: number): Promise<string> {
  const { path, idsPath } = databaseOf(workspace, size);
  if (!existsSync(idsPath)) await (await fillDatabase(workspace, size)).server.stop('SIGTERM');
  return path;
}

/** How this service is started on a database. */
export function fileCommand(workspace: Workspace, path: string) {
  return ourCommand(workspace, { FILE_ENABLED: 'true', FILE_PATH: path });
}

async function startMemory(workspace: Workspace, size: number): Promise<FilledServer> {
  const server = await startServer(ourCommand(workspace, { MEMORY_ENABLED: 'true' }));
  return { server, ids: await fillOverHttp(server.port, size) };
}

async function startFile(workspace: Workspace, size: number): Promise<FilledServer> {
  // Who filled it goes on with it: its caches are as they are in service, not as after a start.
  if (size > copiedSize) return await fillDatabase(workspace, size);
  const path = await copyDatabase(workspace, await filledDatabase(workspace, size));
  const server = await startServer(fileCommand(workspace, path));
  const ids = (await readFile(databaseOf(workspace, size).idsPath, 'utf8')).split('\n');
  await readOverHttp(server.port, ids);
  return { server, ids };
}

/** Fills a database, in the place of the one that is there. */
async function fillDatabase(workspace: Workspace, size: number): Promise<FilledServer> {
  const { folder, path, idsPath } = databaseOf(workspace, size);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const server = await startServer(fileCommand(workspace, path));
  const ids = await fillOverHttp(server.port, size);
  await writeFile(idsPath, ids.join('\n'));
  return { server, ids };
}

function databaseOf(workspace: Workspace, size: number) {
  const folder = join(workspace.folder, `database-${size}`);
  return { folder, path: join(folder, 'sessions.db'), idsPath: join(folder, 'ids.txt') };
}

async function copyDatabase(workspace: Workspace, path: string): Promise<string> {
  const folder = await mkdtemp(join(workspace.folder, 'copy-'));
  await cp(path, join(folder, 'sessions.db'));
  return join(folder, 'sessions.db');
}

/** How this service is started with its own configuration: as `npm start` does, without a shell. */
export function ourCommand(workspace: Workspace, env: Readonly<Record<string, string>>) {
  const words = scripts.start.split(' ');
  const node = words.indexOf('node');
  const variables = words.slice(0, node).map((word) => word.split(/=(.*)/s).slice(0, 2));
  return (port: number): ServerCommand => ({
    args: words.slice(node + 1),
    env: { ...Object.fromEntries(variables), HTTP_PORT: String(port), ...env },
    cwd: workspace.project,
    log: join(workspace.folder, `ours-${port}.log`),
  });
}
