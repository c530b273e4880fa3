import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { projectFolder } from '../../support/service-process.js';

/** A server of `examples/` as a child process. */
export interface ExampleProcess {
  /** Where it listens, as it printed it. */
  readonly url: string;
  /** What it complained about so far. */
  complaints(): string;
  /** Ends it by SIGTERM. Answers its exit code; `null` where it had to be killed. */
  stop(): Promise<number | null>;
}

/** Longest time for a start or an end, so that no process is left over. */
const patienceMs = 15_000;

/** Installs what the examples depend on: the client of this repository. */
export async function installExamples(): Promise<void> {
  const args = ['--prefix', 'examples', 'install', '--offline', '--no-audit', '--no-fund'];
  await promisify(execFile)('npm', args, { cwd: projectFolder });
}

/** Starts `examples/<name>/server.js` on a service; a free port unless said otherwise. */
export async function startExample(
  name: string,
  sessionsUrl: string,
  port = '0',
): Promise<ExampleProcess> {
  const child = spawn(process.execPath, [`examples/${name}/server.js`], {
    cwd: projectFolder,
    env: { PATH: process.env['PATH'], PORT: port, SESSIONS_URL: sessionsUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += String(chunk);
  });
  const killer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += String(chunk);
      const found = /listens on (http:\S+)\n/.exec(stdout)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(`${name} ended early: ${stderr}`)));
  });
  clearTimeout(killer);
  return {
    url,
    complaints: () => stderr,
    async stop() {
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      child.kill('SIGTERM');
      await closed;
      clearTimeout(timer);
      return child.exitCode;
    },
  };
}
