import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The project's folder, also from the compiled tests. */
export const projectFolder = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url),
);

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `bin/main.js` as a child process. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  /** Where it listens, as it printed it. */
  readonly url: string;
  /** Everything that it printed so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<ProcessExit>;
}

/** What a process is started with. */
export interface ServiceProcessOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Longest time that a process has for its start or its end, so that none is left over. */
const patienceMs = 15_000;

/** Runs `bin/main.js` to its end. */
export async function runMain(
  options: ServiceProcessOptions,
): Promise<ProcessExit & { readonly stdout: string; readonly stderr: string }> {
  const { child, output } = start(options);
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  return { code, signal, ...output() };
}

/** Starts `bin/main.js` on a free port and waits until it says that it listens. */
export async function startServiceProcess(
  options: ServiceProcessOptions = {},
): Promise<ServiceProcess> {
  const env = { HTTP_PORT: '0', HTTP_DRAIN_DELAY: '0', LOG_LEVEL: 'warn', ...options.env };
  const { child, output } = start({ ...options, env });
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const found = /listens on (http:\S+?);/.exec(output().stdout);
      if (found?.[1] !== undefined) resolve(found[1]);
    };
    child.stdout?.on('data', look);
    child.once('close', () => reject(new Error(`ended early: ${output().stderr}`)));
    setTimeout(() => reject(new Error('did not listen in time')), patienceMs).unref();
  }).catch((caught: unknown) => {
    child.kill('SIGKILL');
    throw caught;
  });
  return { child, url, output, stop: async (signal = 'SIGTERM') => await stop(child, signal) };
}

function start(options: ServiceProcessOptions) {
  const { args = [], cwd = projectFolder, env = {} } = options;
  const child = spawn(process.execPath, [`${projectFolder}bin/main.js`, ...args], {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.stdout += String(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    chunks.stderr += String(chunk);
  });
  return { child, output: () => ({ ...chunks }) };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<ProcessExit> {
  if (child.exitCode === null && child.signalCode === null) {
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    child.kill(signal);
    await once(child, 'close');
    clearTimeout(timer);
  }
  return { code: child.exitCode, signal: child.signalCode };
}

/** The environment without what would configure the service; coverage is kept. */
function cleanEnvironment(): Record<string, string | undefined> {
  const { PATH, HOME, NODE_V8_COVERAGE } = process.env;
  return { PATH, HOME, ...(NODE_V8_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE }) };
}
