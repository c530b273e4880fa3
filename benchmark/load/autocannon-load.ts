import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LoadPlan, LoadResult } from './load.js';

const run = promisify(execFile);

/** Load by autocannon in a process of its own. */
export async function autocannonLoad(plan: LoadPlan): Promise<LoadResult> {
  const script = join(import.meta.dirname, 'autocannon-process.ts');
  const args = ['--import', 'tsx', script, JSON.stringify(plan)];
  const { stdout } = await run(process.execPath, args);
  return JSON.parse(stdout) as LoadResult;
}
