import { spawnSync } from 'node:child_process';
import { autocannonLoad } from './autocannon-load.js';
import type { LoadGenerator } from './load.js';
import { wrkLoad } from './wrk-load.js';

/** wrk where it is installed, else autocannon, which needs more of the processor itself. */
export function chooseGenerator(): LoadGenerator {
  const found = spawnSync('wrk', ['--version'], { encoding: 'utf8' });
  const version = /wrk (?:\S*\/)?(\d+[\d.]*)/.exec(found.stdout ?? '')?.[1];
  return version === undefined
    ? { name: 'autocannon 9', run: autocannonLoad }
    : { name: `wrk ${version}, one thread`, run: wrkLoad };
}
