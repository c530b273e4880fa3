import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);
const guardModule = new URL('../../../src/services/http/load-guard.js', import.meta.url).href;

/**
 * Lets requests through a guard, 64 at a time, in a process with a small young generation; bytes that
 * are left in the old one before it was ever collected.
 */
const script = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { LoadGuard } from ${JSON.stringify(guardModule)};
  const oldBytes = () => getHeapSpaceStatistics()
    .filter(({ space_name }) => /^(old|large_object)_space$/.test(space_name))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0);
  const guard = new LoadGuard({ runningLimit: 1_000, loopDelayLimitMs: 1_000 });
  const running = [];
  const serve = (count) => {
    for (let n = 0; n < count; n += 1) {
      if (running.length === 64) guard.leave(running.shift());
      running.push(guard.enter({ text: new Array(64).fill(n) }));
    }
  };
  serve(20_000);
  // A pause: what is there now gets old.
  for (let n = 0; n < 200_000; n += 1) globalThis.garbage = new Array(16).fill(n);
  const before = oldBytes();
  serve(200_000);
  console.log(oldBytes() - before);
  guard.stop();`;

describe('LoadGuard and the collector of garbage', () => {
  it('keeps no request that is over until the old generation is collected', async () => {
    const options = ['--max-semi-space-size=2', '--initial-old-space-size=512'];
    const args = [...process.execArgv, ...options, '--input-type=module', '--eval', script];
    const { stdout } = await run(process.execPath, args, {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    // All 200,000 would be 120 MB.
    expect(Number(stdout)).to.be.lessThan(2_000_000);
  });
});
