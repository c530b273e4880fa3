import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { SqliteSessionPersistence } from '../../../src/persistence/sqlite/sqlite-session-persistence.js';
import { failureOf } from '../../support/failure.js';
import { openedSession, openInput, t0, touchInput } from '../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { flipBitAt, rootPageOf } from './file/file-damage.js';
import { openFileStore } from './file-store.js';

const storeModule = new URL('./file-store.js', import.meta.url).href;

describe('what the file store promises', () => {
  let folder: TemporaryFolder;
  let path: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = folder.file('sessions.db');
  });
  afterEach(async () => await folder.remove());

  it('one process serves a file, and what it acknowledged outlives its kill -9', async () => {
    const other = spawn(process.execPath, [
      ...process.execArgv,
      '--input-type=module',
      '--eval',
      `import { openFileStore } from ${JSON.stringify(storeModule)};
       const store = await openFileStore(${JSON.stringify(path)});
       const session = { id: 'acknowledged', userId: 'ann', kind: 'rpc', data: '1' };
       await store.openSession({ session, now: ${t0} });
       console.log('ready');
       setInterval(() => undefined, 1_000);`,
    ]);
    try {
      await untilReady(other);
      expect(await failureOf(openFileStore(path))).to.deep.include({ code: 'INVALID_CONFIG' });
    } finally {
      other.kill('SIGKILL');
      await once(other, 'exit');
    }
    const store = await openFileStore(path);
    expect((await store.getSession('acknowledged', t0))?.data).to.equal('1');
    await store.close('test');
  });

  it('an I/O error ends the process, and what it acknowledged before is there', async () => {
    // A limit of the size of files is the I/O error that a test can make; it is not "disk full".
    const script = `import { openFileStore } from ${JSON.stringify(storeModule)};
      const store = await openFileStore(${JSON.stringify(path)});
      const data = JSON.stringify('x'.repeat(4_000));
      for (let number = 0; number < 5_000; number += 1) {
        const session = { id: 's' + number, userId: 'ann', kind: 'rpc', data };
        await store.openSession({ session, now: ${t0} });
        console.log(number);
      }`;
    const node = [process.execPath, ...process.execArgv, '--input-type=module', '--eval', script];
    const limited = spawn('sh', ['-c', 'ulimit -f 4000; exec "$@"', 'sh', ...node]);
    const output = text(limited.stdout);
    const complaint = text(limited.stderr);
    const [exitCode] = await once(limited, 'exit');
    expect(exitCode).to.not.be.oneOf([0, null]);
    expect(await complaint).to.match(/disk I\/O error/);
    const acknowledged = (await output).split('\n').filter((line) => line !== '');
    expect(acknowledged.length).to.be.greaterThan(10);
    const store = await openFileStore(path);
    expect(await store.countSessions({}, t0)).to.be.within(
      acknowledged.length,
      acknowledged.length + 1,
    );
    expect((await store.getSession(`s${acknowledged.at(-1)}`, t0))?.active).to.equal(true);
    await store.close('test');
  });

  it('closeSession() and deleteSession() leave nothing of the documents in the files', async () => {
    const store = await openFileStore(path);
    for (let count = 0; count < 20; count += 1) {
      const secret = JSON.stringify(`secret-${'x'.repeat(count * 500)}`);
      const { id } = await openedSession(store, { data: secret, user: secret });
      await openedSession(store, { data: '"kept"' });
      if (count % 2 === 0) await store.deleteSession(id, t0);
      else await store.closeSession({ sessionId: id, reason: 'logout', now: t0 });
    }
    await store.close('test');
    const files = readdirSync(folder.path).map((name) => readFileSync(folder.file(name)));
    expect(files.some((content) => content.includes('kept'))).to.equal(true);
    expect(files.some((content) => content.includes('secret-'))).to.equal(false);
  });

  it('touchSession() reads and writes no document', async () => {
    const store = await openFileStore(path);
    const data = JSON.stringify('large '.repeat(20_000));
    const { id } = await openedSession(store, { data });
    await store.close('test');
    // A damaged document is found by whoever reads it.
    flipBitAt(path, readFileSync(path).indexOf('large') + 3);
    const again = await openFileStore(path);
    await again.touchSession(touchInput(id, { status: 'busy' }, t0 + 1));
    expect(await failureOf(again.getSession(id, t0))).to.deep.equal({ code: 'STORE_DAMAGED' });
    await again.close('test');
  });

  it('checkReady() fails when the check of a large file finds damage while it is served', async () => {
    const store = await openFileStore(path);
    for (let count = 0; count < 200; count += 1) await store.openSession(openInput());
    await store.close('test');
    // The number of cells of a page that no start reads.
    flipBitAt(path, rootPageOf(path, 'sessions_kind') + 3);
    const large = await openFileStore(path, { 'options.start_check_bytes': 0 });
    expect(await readiness(large, 'STORE_UNAVAILABLE')).to.deep.equal({
      code: 'STORE_UNAVAILABLE',
    });
    await large.close('test');
  });

  it('checkReady() goes on when the check of a large file finds nothing', async () => {
    await (await openFileStore(path)).close('test');
    const large = await openFileStore(path, { 'options.start_check_bytes': 0 });
    await sleep(50);
    await large.checkReady();
    await large.close('test');
  });
});

async function untilReady(child: ChildProcess): Promise<void> {
  const [said] = await Promise.race([once(child.stdout as never, 'data'), once(child, 'exit')]);
  if (!String(said).includes('ready')) throw new Error(`The other process ended: ${String(said)}`);
}

/** Waits until a store is not ready, as long as a test may take. */
async function readiness(store: SqliteSessionPersistence, code: string): Promise<unknown> {
  for (;;) {
    const [outcome] = await Promise.allSettled([store.checkReady()]);
    if (outcome.status === 'rejected' && outcome.reason.code === code) return { code };
    await sleep(5);
  }
}
