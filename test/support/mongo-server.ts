import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from './service-process.js';

/** A MongoDB server of a test's own: mongo-java-server with an H2 file, on loopback. */
export interface MongoServer {
  readonly port: number;
  /** Without a database. */
  readonly uri: string;
  /** Ends it, its data written; idempotent. */
  stop(): Promise<void>;
  /** Ends it at once; what it wrote in the last second may be gone. */
  kill(): Promise<void>;
  /** Starts it again after its end, on its port and with its data. */
  restart(): Promise<void>;
}

/** Longest time for the jars, a start and an end. */
const patienceMs = { jars: 240_000, start: 30_000, stop: 10_000 } as const;

const sources = join(projectFolder, 'test/support/mongo-java-server');
const jars = join(projectFolder, 'node_modules/.cache/mongo-java-server');

/** Starts a server on a free port, with an empty file in a temporary folder. */
export async function startMongoServer(): Promise<MongoServer> {
  await fetchJars();
  const folder = await mkdtemp(join(tmpdir(), 'service-sessions-mongo-'));
  let running = await run(join(folder, 'data.h2'), 0);
  const { port } = running;
  process.once('exit', () => {
    running.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    port,
    uri: `mongodb://127.0.0.1:${port}`,
    stop: async () => await end(running.child, 'input'),
    kill: async () => await end(running.child, 'kill'),
    async restart() {
      running = await run(join(folder, 'data.h2'), port);
    },
  };
}

/** Puts the jars into the packages' cache once; Maven has them in its own after the first time. */
async function fetchJars(): Promise<void> {
  if (existsSync(jars)) return;
  await mkdir(join(jars, '..'), { recursive: true });
  const target = await mkdtemp(`${jars}-`);
  const args = ['-q', '-B', '-f', sources, 'dependency:copy-dependencies'];
  await complete('mvn', [...args, `-DoutputDirectory=${target}`]);
  await rename(target, jars).catch((caught: unknown) => {
    // Another run was first.
    rmSync(target, { recursive: true, force: true });
    if (!existsSync(jars)) throw caught;
  });
}

async function complete(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs.jars);
  const code = await ended(child).finally(() => clearTimeout(timer));
  if (code !== '0') throw new Error(`${command} ended with ${code}: ${output()}`);
}

async function run(file: string, port: number): Promise<{ child: ChildProcess; port: number }> {
  const args = ['-Xmx768m', '-cp', join(jars, '*'), join(sources, 'TestServer.java'), file];
  const child = spawn('java', [...args, String(port)], { stdio: ['pipe', 'pipe', 'pipe'] });
  const output = collect(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs.start);
  const end = ended(child);
  try {
    for (;;) {
      const listens = /listens on (\d+)/.exec(output());
      if (listens !== null) {
        release(child);
        return { child, port: Number(listens[1]) };
      }
      const early = await Promise.race([end, once(child.stdout, 'data').then(() => undefined)]);
      if (early !== undefined) throw new Error(`java ended with ${early}: ${output()}`);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** A test run ends without a word to the server, whose input ends with it. */
function release(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
  }
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = (text + String(chunk)).slice(-10_000);
    });
  }
  return () => text;
}

/** The exit code, or what could not be started. */
async function ended(child: ChildProcess): Promise<string> {
  return await new Promise<string | number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).then(String);
}

async function end(child: ChildProcess, how: 'input' | 'kill'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const closed = once(child, 'exit');
  if (how === 'kill') child.kill('SIGKILL');
  else child.stdin?.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs.stop);
  await closed;
  clearTimeout(timer);
}
