import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import type { SqliteSessionPersistence } from '../../../../src/persistence/sqlite/sqlite-session-persistence.js';
import { failureOf, settle } from '../../../support/failure.js';
import { newSession, present, t0, touchInput } from '../../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { openFileStore } from '../file-store.js';
import { fillUp, mountSmall, remount, unmount } from './small-file-system.js';

const mebibyte = 1_048_576;
/** Less than is free in the database when all was deleted. */
const reserve = { 'options.reserve_bytes': 2 * mebibyte };
const data = JSON.stringify('x'.repeat(3_000));

describe('a full disk', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
  });
  afterEach(async () => await folder.remove());

  describe('by a limit of pages', () => {
    let store: SqliteSessionPersistence;
    let full: readonly string[];
    beforeEach(async () => {
      const settings = { ...reserve, 'options.max_pages': 512 };
      store = await openFileStore(folder.file('sessions.db'), settings);
      full = await fill(store);
    });
    afterEach(async () => await store.close('test'));

    describeFullStore(() => ({ store, ids: full }));
  });

  describe('by a file system of 20 MiB', () => {
    const mounted = () => folder.file('small');
    let store: SqliteSessionPersistence | undefined;
    let full: readonly string[];

    beforeEach(async function () {
      mkdirSync(mounted());
      // Where mounting is not allowed, the limit of pages above stands for it.
      if (!mountSmall(mounted(), 'size=20m')) this.skip();
      store = await openFileStore(`${mounted()}/sessions.db`, reserve);
      full = await fill(store);
    });
    afterEach(async () => {
      await store?.close('test');
      if (store !== undefined) unmount(mounted());
      store = undefined;
    });

    const subject = () => ({ store: present(store), ids: full });
    describeFullStore(subject);

    it('openSession() has most of the disk: a long log is given up for it', () => {
      expect(statSync(`${mounted()}/sessions.db`).size).to.be.above(10 * mebibyte);
    });

    it('openSession() works again when a reader that kept the log has ended', async () => {
      const path = `${mounted()}/reader.db`;
      remount(mounted(), 'size=40m');
      const other = await openFileStore(path, reserve);
      await open(other, 'first');
      const reader = reading(path);
      await fill(other);
      const held = statSync(path).size;
      reader.exec('ROLLBACK');
      while (!(await opens(other, 'again'))) await sleep(20);
      expect(statSync(path).size).to.be.above(held);
      reader.close();
      await other.close('test');
    });

    it('closeSession() works when others took all room while a reader kept the log', async () => {
      const path = `${mounted()}/others.db`;
      remount(mounted(), 'size=40m');
      const other = await openFileStore(path, reserve);
      const reader = reading(path);
      const ids = Array.from({ length: 256 }, (_, index) => `kept${index}`);
      await Promise.all(ids.map(async (id) => await open(other, id)));
      fillUp(`${mounted()}/rest`);
      reader.exec('ROLLBACK');
      for (const sessionId of ids) {
        const closed = await other.closeSession({ sessionId, reason: 'logout', now: t0 });
        expect(closed?.active, sessionId).to.equal(false);
      }
      reader.close();
      await other.close('test');
    });

    it('openSession() works again when there is room, though a reader keeps the log', async () => {
      const path = `${mounted()}/kept.db`;
      remount(mounted(), 'size=60m');
      const other = await openFileStore(path, reserve);
      await open(other, 'first');
      const reader = reading(path);
      // What the reader keeps in the log.
      await open(other, 'second');
      fillUp(`${mounted()}/rest`);
      expect(await failureOf(open(other, 'no-room'))).to.deep.equal({ code: 'STORAGE_FULL' });
      const closed = await other.closeSession({ sessionId: 'first', reason: 'logout', now: t0 });
      expect(closed?.active).to.equal(false);
      expect(existsSync(`${path}.reserve`)).to.equal(false);
      rmSync(`${mounted()}/rest`);
      while (!(await opens(other, 'room'))) await sleep(20);
      reader.close();
      await other.close('test');
    });

    it('closeSession() works when they did, and the log holds more than the reserve', async () => {
      const path = `${mounted()}/long.db`;
      remount(mounted(), 'size=170m');
      const other = await openFileStore(path, reserve);
      const reader = reading(path);
      const large = JSON.stringify('x'.repeat(200_000));
      const ids: string[] = [];
      // So long that each commit would bring it into the database.
      while (statSync(`${path}-wal`).size < 66 * mebibyte) {
        const id = `large${ids.length}`;
        ids.push(id);
        await other.openSession({ session: newSession({ id, data: large }), now: t0 });
      }
      fillUp(`${mounted()}/rest`);
      reader.exec('ROLLBACK');
      // Each takes 250 KB of the log, and what runs by itself has its turn.
      for (const sessionId of ids.slice(0, 6)) {
        const closed = await other.closeSession({ sessionId, reason: 'logout', now: t0 });
        expect(closed?.active, sessionId).to.equal(false);
        await sleep(300);
      }
      rmSync(`${mounted()}/rest`);
      // Nothing is written, and it is brought in.
      while (statSync(path).size < 40 * mebibyte) await sleep(20);
      // The rest of it is on its way.
      while (!(await opens(other, 'room'))) await sleep(20);
      reader.close();
      await other.close('test');
    });

    it('openSession() works again when somebody else makes room', async () => {
      const { store: opened } = subject();
      expect(await failureOf(open(opened, 'no-room'))).to.deep.equal({ code: 'STORAGE_FULL' });
      remount(mounted(), 'size=40m');
      // Looked for once a second at most.
      while (!(await opens(opened, 'room'))) await sleep(20);
      expect((await opened.getSession('room', t0))?.data).to.equal(data);
    });
  });
});

interface FullStore {
  readonly store: SqliteSessionPersistence;
  /** What was acknowledged. */
  readonly ids: readonly string[];
}

function describeFullStore(subject: () => FullStore): void {
  it('openSession() answers STORAGE_FULL and keeps nothing, and reads go on', async () => {
    const { store, ids } = subject();
    expect(await failureOf(open(store, 'one-more'))).to.deep.equal({ code: 'STORAGE_FULL' });
    expect(await store.getSession('one-more', t0)).to.equal(null);
    expect(await store.countSessions({}, t0)).to.equal(ids.length);
    for (const id of ids) expect((await store.getSession(id, t0))?.data, id).to.equal(data);
    const page = await store.listSessions({ filter: { userId: 'ann' }, now: t0, take: 10 });
    expect(page.sessions.length).to.equal(10);
  });

  it('closeSession() and deleteSession() work for every session', async () => {
    const { store, ids } = subject();
    const half = Math.floor(ids.length / 2);
    for (const sessionId of ids.slice(0, half)) {
      const closed = await store.closeSession({ sessionId, reason: 'logout', now: t0 });
      expect(closed?.active, sessionId).to.equal(false);
    }
    for (const id of ids.slice(half))
      expect(await store.deleteSession(id, t0), id).not.to.equal(null);
    expect(await store.countSessions({ active: false }, t0)).to.equal(half);
    expect(await store.countSessions({}, t0)).to.equal(half);
  });

  it('closeUserSessions(), closeExpired(), prune() and deleteUserSessions() work', async () => {
    const { store, ids } = subject();
    const later = t0 + 86_400_000;
    const closeBobs = { userId: 'bob', reason: 'admin' as const, now: t0, limit: ids.length };
    const bobs = (await store.closeUserSessions(closeBobs)).count;
    const expired = (await store.closeExpired(later, ids.length)).count;
    expect(bobs + expired).to.equal(ids.length);
    const kept = { stretchesBefore: 0, now: t0, limit: ids.length };
    expect((await store.prune({ ...kept, endedBefore: t0 + 1 })).count).to.equal(bobs);
    expect((await store.deleteUserSessions('ann', ids.length, later)).count).to.equal(expired);
    expect(await store.countSessions({}, later)).to.equal(0);
  });

  it('openSession() and touchSession() work again when sessions were deleted', async () => {
    const { store, ids } = subject();
    for (const id of ids) await store.deleteSession(id, t0);
    await open(store, 'again');
    expect(await store.touchSession(touchInput('again', {}, t0 + 1))).not.to.equal(null);
    expect((await store.getSession('again', t0))?.data).to.equal(data);
  });

  it('what fits is written when another write of its group does not', async () => {
    const { store, ids } = subject();
    const [sessionId = ''] = ids;
    const opening = failureOf(open(store, 'too-much'));
    const closing = store.closeSession({ sessionId, reason: 'logout', now: t0 });
    expect(await opening).to.deep.equal({ code: 'STORAGE_FULL' });
    expect((await closing)?.closeReason).to.equal('logout');
  });

  it('a store that is opened again has what was acknowledged', async () => {
    const { store, ids } = subject();
    await store.close('test');
    await store.open('test');
    expect(await store.countSessions({}, t0)).to.equal(ids.length);
  });
}

/** Opens sessions until there is no room; answers the acknowledged ones. */
async function fill(store: SqliteSessionPersistence): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let number = 0; ; number += 64) {
    const group = Array.from({ length: 64 }, (_, index) => `s${number + index}`);
    const outcomes = await Promise.allSettled(group.map(async (id) => await open(store, id)));
    ids.push(...group.filter((_, index) => outcomes[index]?.status === 'fulfilled'));
    if (outcomes.every((outcome) => outcome.status === 'rejected')) return ids;
  }
}

async function opens(store: SqliteSessionPersistence, id: string): Promise<boolean> {
  return (await settle([open(store, id)])).values.length > 0;
}

/** A connection in the middle of a question: the log keeps what is written from now on. */
function reading(path: string): Connection {
  const reader = new Connection(path, { readOnly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM sessions').get();
  return reader;
}

async function open(store: SqliteSessionPersistence, id: string): Promise<unknown> {
  const userId = id.length % 2 === 0 ? 'ann' : 'bob';
  const session = newSession({ id, userId, data, idleTimeoutMs: 3_600_000 });
  return await store.openSession({ session, now: t0 });
}
