import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile } from 'node:fs/promises';
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

/** A database filled in this run, with its ids. */
export interface FilledDatabase {
  readonly path: string;
  readonly ids: readonly string[];
}

/** The database with `size` sessions, made at the first call. */
export async function filledDatabase(workspace: Workspace, size: number): Promise<FilledDatabase> {
  const folder = join(workspace.folder, `database-${size}`);
  const path = join(folder, 'sessions.db');
  const idsPath = join(folder, 'ids.txt');
  if ((await mkdir(folder, { recursive: true })) !== undefined) {
    const script = join(import.meta.dirname, 'servers', 'fill-file.ts');
    const args = ['--import', 'tsx', script, path, String(size), idsPath];
    await run(process.execPath, args, { cwd: workspace.project });
  }
  return { path, ids: (await readFile(idsPath, 'utf8')).trimEnd().split('\n') };
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
  const { path, ids } = await filledDatabase(workspace, size);
  const used = size > copiedSize ? path : await copyDatabase(workspace, path);
  const server = await startServer(fileCommand(workspace, used));
  await readOverHttp(server.port, ids);
  return { server, ids };
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
