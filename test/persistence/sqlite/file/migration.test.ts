import { copyFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { expect } from 'chai';
import type { NewSession } from '../../../../src/domain/open.js';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import { openFileSource } from '../../../../src/persistence/sqlite/file/copy-file.js';
import { openDatabase } from '../../../../src/persistence/sqlite/file/open-database.js';
import { schemaVersion } from '../../../../src/persistence/sqlite/file/schema.js';
import { verifyDatabase } from '../../../../src/persistence/sqlite/file/verify-database.js';
import { failureOf } from '../../../support/failure.js';
import { openedSession, openInput, present, t0, touchInput } from '../../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { copyAsKilled, openFileStore, openLogged } from '../file-store.js';
import { indexStateOf } from '../indexes/index-state.js';
import { KeptSessions } from '../kept-sessions.js';
import { flipBitAt, offsetsOf, rootPageOf } from './file-damage.js';
import { fillUp, mountSmall, unmount } from './small-file-system.js';
import { makeVersion1, schemaOf } from './version-1.js';

const request = { requestId: 'r', fingerprint: 'f', expireTime: t0 + 86_400_000 };
/** What was beaten, and where: the last stretch is still open. */
const paths = ['first', 'second', 'third'];

describe('a database of version 1 of the schema', () => {
  let folder: TemporaryFolder;
  let path: string;
  let kept: KeptSessions;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = folder.file('sessions.db');
    const source = folder.file('source.db');
    kept = await makeSource(source);
    makeVersion1(path, source);
  });
  afterEach(async () => await folder.remove());
  const bringing = () => [`Bringing ${path} from version 1 of its schema to ${schemaVersion}`];

  it('open() serves all that is in it, and the log says what was done, once', async () => {
    for (const expected of [bringing(), []]) {
      const { store, lines } = await openLogged(path);
      await kept.assertIn(store);
      const found = await store.getStretches('beaten');
      expect(found.map((stretch) => stretch.path)).to.deep.equal([['first'], ['second']]);
      const repeated = openInput(dora('other'), { request });
      expect((await store.openSession(repeated))?.id).to.equal('asked-for');
      await store.close('test');
      expect(lines).to.deep.equal(expected);
      expect((await verifyDatabase(path)).findings).to.deep.equal([]);
    }
  });

  it('openDatabase() makes of it what a new database is, with all entries merged', async () => {
    const fresh = folder.file('fresh.db');
    await (await openFileStore(fresh)).close('test');
    const versions: number[] = [];
    openDatabase(path, { onMigrate: (version) => versions.push(version) }).close();
    expect(versions).to.deep.equal([1]);
    expect(schemaOf(path)).to.deep.equal(schemaOf(fresh));
    const { mark, merged, last } = indexStateOf(path);
    expect({ mark, merged }).to.deep.equal({ mark: last, merged: last });
  });

  it('open() serves one without sessions', async () => {
    const [empty, source] = [folder.file('empty.db'), folder.file('empty-source.db')];
    await (await openFileStore(source)).close('test');
    makeVersion1(empty, source);
    const store = await openFileStore(empty);
    await new KeptSessions().assertIn(store);
    const none = new KeptSessions();
    await none.open(store, 3);
    await none.assertIn(store);
    await store.close('test');
    expect((await verifyDatabase(empty)).findings).to.deep.equal([]);
  });

  it('open() opens, changes and removes sessions as before', async () => {
    const store = await openFileStore(path, { 'options.merge_rows': 4 });
    await kept.open(store, 9);
    await kept.closeUser(store, 'ann');
    await kept.removeUser(store, 'bob');
    await kept.assertIn(store);
    await store.close('test');
    expect((await verifyDatabase(path)).findings).to.deep.equal([]);
  });

  it('open() serves what a kill left in its log', async () => {
    const connection = new Connection(path);
    connection.exec('DELETE FROM live WHERE n = 1; DELETE FROM documents WHERE n = 1');
    connection.exec('DELETE FROM sessions WHERE n = 1');
    const killed = folder.file('killed.db');
    copyAsKilled(path, killed);
    connection.close();
    expect(statSync(`${killed}-wal`).size).to.be.above(0);
    const store = await openFileStore(killed);
    const [first = ''] = kept.ids;
    expect(await store.getSession(first, kept.now)).to.equal(null);
    expect(await store.countSessions({}, kept.now)).to.equal(kept.ids.length - 1);
    await store.close('test');
    expect((await verifyDatabase(killed)).findings).to.deep.equal([]);
  });

  it('verifyDatabase() says that it is of version 1', async () => {
    expect((await verifyDatabase(path)).findings).to.deep.equal([
      'the file: its schema has version 1; start this version of the service with it once',
    ]);
  });

  for (const index of ['sessions_user', 'sessions_kind', 'live_due']) {
    it(`open() refuses one without the index ${index}, and leaves it as it was`, async () => {
      const connection = new Connection(path);
      connection.exec(`DROP INDEX ${index}`);
      connection.close();
      await assertRefused(path, /its schema is not what was made/);
    });
  }

  it('open() leaves it as it was when a damaged row cannot be brought over', async () => {
    const [source, twins] = [folder.file('twins-source.db'), folder.file('twins.db')];
    const store = await openFileStore(source);
    for (const id of ['twin-a', 'twin-c']) await openedSession(store, { id, userId: 'of-twin' });
    await store.close('test');
    makeVersion1(twins, source);
    // Both have the same id then, in the table and not in its index.
    const [offset = 0] = offsetsOf(twins, 'twin-cof-twin');
    flipBitAt(twins, offset + 5, 2);
    await assertRefused(twins, /twins\.db: /);
  });

  it('open() refuses one whose table has lost sessions that its indexes still have', async () => {
    const count = kept.ids.length;
    expect(count).to.be.within(16, 31);
    // The number of cells of the only page of the table.
    flipBitAt(path, rootPageOf(path, 'sessions') + 4, 16);
    await assertRefused(path, /the database is damaged/);
  });

  it('open() refuses one with a damaged id, and a start that does not look keeps it found', async () => {
    const [id = ''] = kept.ids;
    // In the row, not in its index: only there the user follows.
    const [row] = offsetsOf(path, `${id}ann`);
    flipBitAt(path, Number(row) + id.length - 1);
    await assertRefused(path, /the database is damaged/);
    const store = await openFileStore(path, { 'options.start_check_bytes': 0 });
    const damaged = { code: 'STORE_DAMAGED' };
    expect(await failureOf(store.getSession(id, t0))).to.deep.equal(damaged);
    await store.close('test');
  });

  it('a copy from it is refused, and leaves it as it was', () => {
    const before = schemaOf(path);
    expect(() => openFileSource(path)).to.throw(/schema has version 1; start this version/);
    expect(schemaOf(path)).to.deep.equal(before);
  });

  it('verifyDatabase() says what to do about it', async () => {
    expect((await verifyDatabase(path)).findings).to.deep.equal([
      'the file: its schema has version 1; start this version of the service with it once',
    ]);
  });

  it('open() leaves it as it was when the disk is full, and brings it over with room', async function () {
    const mounted = folder.file('small');
    const small = `${mounted}/sessions.db`;
    mkdirSync(mounted);
    if (!mountSmall(mounted, 'size=2m')) this.skip();
    try {
      copyFileSync(path, small);
      fillUp(`${mounted}/rest`, 64 * 1_024);
      await assertRefused(small, /full/);
      rmSync(`${mounted}/rest`);
      const store = await openFileStore(small);
      await kept.assertIn(store);
      await store.close('test');
      expect((await verifyDatabase(small)).findings).to.deep.equal([]);
    } finally {
      unmount(mounted);
    }
  });
});

/** A start that is refused, and changes nothing. */
async function assertRefused(path: string, reason: RegExp): Promise<void> {
  const before = schemaOf(path);
  const [outcome] = await Promise.allSettled([openFileStore(path)]);
  if (outcome.status === 'fulfilled') await outcome.value.close('test');
  expect(outcome.status).to.equal('rejected');
  const { code, message } = outcome.status === 'rejected' ? outcome.reason : {};
  expect(code).to.equal('INVALID_CONFIG');
  expect(message).to.match(reason);
  expect(schemaOf(path)).to.deep.equal(before);
}

/** Sessions of every sort, in a database of this version. */
async function makeSource(path: string): Promise<KeptSessions> {
  const store = await openFileStore(path);
  const kept = new KeptSessions();
  await kept.open(store, 16);
  await kept.close(
    store,
    [3, 7].map((index) => kept.ids[index] as string),
  );
  await kept.remove(store, [kept.ids[5] as string]);
  kept.keep(present(await store.openSession(openInput(dora('asked-for'), { request }))));
  await openedSession(store, dora('beaten'));
  for (const [index, part] of paths.entries()) {
    await store.touchSession(touchInput('beaten', { path: [part] }, t0 + index * 1_000));
  }
  kept.keep(present(await store.getSession('beaten', t0)));
  await store.close('test');
  return kept;
}

/** A session that lists by other users do not have. */
function dora(id: string): Partial<NewSession> {
  return { id, userId: 'dora' };
}
