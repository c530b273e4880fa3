import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createJsonClient } from './http-client.js';

/** How a server is started. */
export interface ServerCommand {
  /** The Node to run it; this one when absent. */
  readonly node?: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Where its error output goes. */
  readonly log: string;
}

/** A server that answers. */
export interface ChildServer {
  readonly port: number;
  readonly pid: number;
  /** Milliseconds from the start of the process to the first answer. */
  readonly readyMs: number;
  /**
   * Ends it, at once unless another signal is given; answers its exit code, or `undefined` when a
   * signal ended it.
   */
  stop(signal?: NodeJS.Signals): Promise<number | undefined>;
}

const readyTimeoutMs = 120_000;
const stopTimeoutMs = 20_000;
/** Unit of `/proc/<pid>/stat` on all systems in use. */
const tickMs = 10;
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts a server on a free port of loopback and waits until it answers a list.
 * @throws Error with the end of its log when it ends before, or is silent for 2 min.
 */
export async function startServer(
  make: (port: number) => ServerCommand,
  pollMs = 20,
): Promise<ChildServer> {
  const port = await freePort();
  const command = make(port);
  const started = performance.now();
  const child = spawnServer(command);
  try {
    await untilReady(child, port, pollMs);
  } catch (cause) {
    child.kill('SIGKILL');
    const log = readFileSync(command.log, 'utf8').slice(-2_000);
    throw new Error(`${command.args.join(' ')} did not start:\n${log}`, { cause });
  }
  return {
    port,
    pid: child.pid ?? 0,
    readyMs: performance.now() - started,
    stop: (signal = 'SIGKILL') => stopServer(child, signal),
  };
}

/** Resident memory of a process in bytes; `undefined` where the system does not tell. */
export function residentBytes(pid: number): number | undefined {
  try {
    const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? undefined : Number(found[1]) * 1024;
  } catch {
    return undefined;
  }
}

/** Processor time a process used so far, in milliseconds; `undefined` where nobody tells. */
export function processorMs(pid: number): number | undefined {
  try {
    // The name of the program, in brackets, may have spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [user, system] = [Number(fields[11]), Number(fields[12])];
    return (user + system) * tickMs;
  } catch {
    return undefined;
  }
}

function spawnServer(command: ServerCommand): ChildProcess {
  const log = openSync(command.log, 'w');
  const child = spawn(command.node ?? process.execPath, command.args, {
    cwd: command.cwd,
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'ignore', log],
  });
  closeSync(log);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function untilReady(child: ChildProcess, port: number, pollMs: number): Promise<void> {
  const client = createJsonClient(port, 1);
  const deadline = performance.now() + readyTimeoutMs;
  try {
    while (performance.now() < deadline) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended');
      const answer = await client
        .post('get_sessions', '{"paging":{"take":1}}')
        .catch(() => undefined);
      if (answer?.status === 200) return;
      await sleep(pollMs);
    }
    throw new Error('it did not answer');
  } finally {
    client.close();
  }
}

async function stopServer(
  child: ChildProcess,
  signal: NodeJS.Signals,
): Promise<number | undefined> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill(signal);
    const force = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await gone;
    clearTimeout(force);
  }
  return child.exitCode ?? undefined;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
