import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LoadPlan, LoadResult } from './load.js';

const run = promisify(execFile);

/** Load by wrk: one thread, so that the server has the rest of the machine. */
export async function wrkLoad(plan: LoadPlan): Promise<LoadResult> {
  const { stdout } = await run('wrk', [
    '--threads=1',
    `--connections=${plan.connections}`,
    `--duration=${plan.seconds}s`,
    '--timeout=20s',
    `--script=${join(import.meta.dirname, 'wrk.lua')}`,
    `http://127.0.0.1:${plan.port}/v1/sessions/${plan.command}`,
    '--',
    plan.bodiesPath,
  ]);
  const line = /^RESULT (.*)$/m.exec(stdout)?.[1];
  if (line === undefined) throw new Error(`wrk: ${stdout}`);
  return JSON.parse(line) as LoadResult;
}
