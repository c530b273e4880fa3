import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { verifyDatabase } from '../../src/persistence/sqlite/file/verify-database.js';
import { startServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { AcknowledgedWrites } from './acknowledged-writes.js';

/** QUALITY "Faults": 30 cycles in CI; fewer where somebody waits for the tests. */
const cycles = Number(process.env['KILL_CYCLES'] ?? (process.env['REQUIRE_ALL'] ? 30 : 8));
const writers = 16;
const longestRunMs = 400;

describe('kill -9 under load', () => {
  let folder: TemporaryFolder;
  before(async () => {
    folder = await createTemporaryFolder();
  });
  after(async () => await folder.remove());

  it(`loses no acknowledged write and raises nothing ended, in ${cycles} cycles`, async function () {
    this.timeout(cycles * 10_000);
    const writes = new AcknowledgedWrites();
    const env = { FILE_PATH: folder.file('sessions.db') };
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      const service = await startServiceProcess({ env });
      expect(await writes.compare(service.url), `cycle ${cycle}`).to.deep.equal([]);
      const writing = writes.write(service.url, writers);
      await sleep(Math.random() * longestRunMs);
      expect(await service.stop('SIGKILL')).to.deep.equal({ code: null, signal: 'SIGKILL' });
      await writing;
    }
    const service = await startServiceProcess({ env });
    expect(await writes.compare(service.url)).to.deep.equal([]);
    await service.stop();
    expect(writes.count).to.be.greaterThan(cycles * writers);
    expect((await verifyDatabase(folder.file('sessions.db'))).damaged).to.equal(false);
  });

  it('SIGTERM under load is drained: nobody who watches readiness sees a failure, exit 0', async () => {
    const env = { FILE_PATH: folder.file('drained.db'), HTTP_DRAIN_DELAY: '1000' };
    const writes = new AcknowledgedWrites();
    const service = await startServiceProcess({ env });
    const stop = new AbortController();
    const writing = writes.write(service.url, writers, stop.signal);
    await sleep(longestRunMs);
    const ending = service.stop('SIGTERM');
    await untilNotReady(service.url);
    stop.abort();
    await writing;
    expect(writes.failures).to.equal(0);
    expect(await ending).to.deep.equal({ code: 0, signal: null });
    const again = await startServiceProcess({ env });
    expect(await writes.compare(again.url)).to.deep.equal([]);
    await again.stop();
  });

  it('a second signal ends it at once', async () => {
    const service = await startServiceProcess({
      env: { FILE_PATH: folder.file('twice.db'), HTTP_DRAIN_DELAY: '5000' },
    });
    // A connection that is open keeps the drain waiting.
    await fetch(`${service.url}/livez`);
    service.child.kill('SIGTERM');
    await sleep(100);
    expect(await service.stop('SIGTERM')).to.deep.equal({ code: 130, signal: null });
  });
});

/** What a balancer does: asks until it hears that nothing more should be sent here. */
async function untilNotReady(url: string): Promise<void> {
  while ((await fetch(`${url}/readyz`)).status === 200) await sleep(10);
}
