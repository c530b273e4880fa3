import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { Connection } from '../../../src/persistence/sqlite/connection.js';
import { KnownActivity } from '../../../src/persistence/sqlite/known-activity.js';
import type { SqliteSessionPersistence } from '../../../src/persistence/sqlite/sqlite-session-persistence.js';
import { failureOf } from '../../support/failure.js';
import { minute, openedSession, t0, touchInput } from '../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { changeFile } from './file-damage.js';
import { openFileStore } from './file-store.js';

describe('KnownActivity', () => {
  let folder: TemporaryFolder;
  let connection: Connection;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    connection = new Connection(folder.file('known.db'));
  });
  afterEach(async () => {
    connection.close();
    await folder.remove();
  });

  const activity = (requestTime: number) => ({ requestTime, revision: requestTime + 1 });

  it('get() answers what was noted last, and nothing of others', () => {
    const known = new KnownActivity(connection, 100);
    known.noteRead(7, activity(t0));
    known.noteWritten(7, activity(t0 + 1));
    expect([known.get(7), known.get(8), known.get(107)]).to.deep.equal([
      activity(t0 + 1),
      undefined,
      undefined,
    ]);
  });

  it('keeps as many as there are places, and of two in one place the last', () => {
    const known = new KnownActivity(connection, 4);
    const found = () => [1, 2, 3, 4, 5, 6].filter((n) => known.get(n) !== undefined);
    for (let n = 1; n <= 6; n += 1) known.noteWritten(n, activity(n));
    expect(found()).to.deep.equal([3, 4, 5, 6]);
    known.noteRead(1, activity(1));
    expect(found()).to.deep.equal([1, 3, 4, 6]);
  });

  it('delete() forgets a session, and not the one in its place', () => {
    const known = new KnownActivity(connection, 2);
    known.noteRead(1, activity(1));
    known.delete(3);
    expect(known.get(1)).to.deep.equal(activity(1));
    known.delete(1);
    expect(known.get(1)).to.equal(undefined);
  });

  it('forgets what a transaction wrote that was given up, and nothing else', async () => {
    const known = new KnownActivity(connection, 100);
    const found = () => [1, 2, 3, 4, 5].filter((n) => known.get(n) !== undefined);
    known.noteRead(1, activity(1));
    connection.exec('BEGIN');
    known.noteWritten(2, activity(2));
    await connection.commit();
    connection.exec('BEGIN');
    known.noteWritten(3, activity(3));
    known.noteWritten(1, activity(4));
    connection.rollBack();
    known.noteWritten(4, activity(4));
    expect(found()).to.deep.equal([2, 4]);
  });

  it('forgets what was given up, though another was committed before anybody asked', async () => {
    const known = new KnownActivity(connection, 100);
    connection.exec('BEGIN');
    known.noteWritten(1, activity(1));
    connection.rollBack();
    connection.exec('BEGIN');
    await connection.commit();
    expect(known.get(1)).to.equal(undefined);
  });
});

describe('a list of sessions', () => {
  let folder: TemporaryFolder;
  let store: SqliteSessionPersistence;
  const path = () => folder.file('sessions.db');
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    store = await openFileStore(path());
  });
  afterEach(async () => {
    await store.close('test');
    await folder.remove();
  });

  const reopen = async (settings: Readonly<Record<string, unknown>> = {}) => {
    await store.close('test');
    store = await openFileStore(path(), settings);
  };
  const beat = async (id: string, now: number) => await store.touchSession(touchInput(id, {}, now));
  /** Request times and revisions of a list, by id. */
  const listed = async (now = t0 + minute) => {
    const { sessions } = await store.listSessions({ filter: { userId: 'ann' }, take: 100, now });
    return Object.fromEntries(
      sessions.map(({ id, requestTime, revision }) => [id, { requestTime, revision }]),
    );
  };
  /** The same of single sessions, which are read. */
  const read = async (ids: readonly string[], now = t0 + minute) => {
    const found = await Promise.all(ids.map(async (id) => await store.getSession(id, now)));
    return Object.fromEntries(
      found.flatMap((session) => {
        if (session === null) return [];
        const { id, requestTime, revision } = session;
        return [[id, { requestTime, revision }]];
      }),
    );
  };
  const openMany = async (count: number) => {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) ids.push((await openedSession(store)).id);
    return ids;
  };

  for (const known of [1_000_000, 2, 0]) {
    it(`says what the sessions say, with ${known} known, over a restart too`, async () => {
      await reopen({ 'options.known_activity': known });
      const ids = await openMany(6);
      const [one = '', other = '', closed = '', deleted = '', changed = ''] = ids;
      await beat(one, t0 + 1);
      await beat(other, t0 + 2);
      await beat(one, t0 + 3);
      expect(await listed()).to.deep.equal(await read(ids));
      await store.closeSession({ sessionId: closed, reason: 'logout', now: t0 + 4 });
      await store.deleteSession(deleted, t0 + 5);
      await store.changeSession(changed, { type: 'data', data: '{"a":1}' }, t0 + 6);
      const found = await listed();
      expect(found).to.deep.equal(await read(ids));
      expect(Object.keys(found).length).to.equal(5);
      await reopen({ 'options.known_activity': known });
      expect(await listed()).to.deep.equal(found);
      await beat(other, t0 + 7);
      expect(await listed()).to.deep.equal(await read(ids));
    });
  }

  it('does not read the activity that was written or read before, and checks what it reads', async () => {
    const [one = '', other = ''] = await openMany(2);
    await beat(one, t0 + 1);
    const before = await read([one, other]);
    changeFile(path(), 'UPDATE live SET request_time = request_time + 1');
    expect(await listed()).to.deep.equal(before);
    await reopen();
    expect(await failureOf(listed())).to.deep.equal({ code: 'STORE_DAMAGED' });
    changeFile(path(), 'UPDATE live SET request_time = request_time - 1');
    expect(await listed()).to.deep.equal(before);
    changeFile(path(), 'DELETE FROM live');
    expect(Object.keys(await listed())).to.have.members([one, other]);
  });

  it('is refused when a session has lost its row of live', async () => {
    await openMany(2);
    await reopen();
    changeFile(path(), 'DELETE FROM live WHERE n = 1');
    expect(await failureOf(listed())).to.deep.equal({ code: 'STORE_DAMAGED' });
  });

  it('is refused once a batch has found the row of live damaged', async () => {
    await openMany(1);
    await listed();
    changeFile(path(), 'UPDATE live SET checksum = 1');
    const ofAnn = { userId: 'ann', reason: 'logout', now: t0 + 2, limit: 10 } as const;
    expect(await store.closeUserSessions(ofAnn)).to.deep.include({ count: 0 });
    expect(await failureOf(listed())).to.deep.equal({ code: 'STORE_DAMAGED' });
  });

  it('forgets what a lost transaction wrote', async () => {
    await reopen({ 'options.max_pages': 256 });
    const { id } = await openedSession(store);
    const data = JSON.stringify('x'.repeat(3_000_000));
    const changed = store.changeSession(id, { type: 'data', data }, t0 + 1);
    expect(await failureOf(changed)).to.deep.equal({ code: 'STORAGE_FULL' });
    expect(await listed()).to.deep.equal(await read([id]));
  });

  it('during a commit has nothing that is not committed', async () => {
    const { id } = await openedSession(store);
    for (let now = t0 + 1; now <= t0 + 100; now += 1) {
      const beaten = beat(id, now);
      await setImmediate();
      // Asked for in this order: what is committed never goes back.
      const [inList, alone] = await Promise.all([listed(), read([id])]);
      expect(inList[id]?.requestTime).to.be.at.most(alone[id]?.requestTime ?? 0);
      await beaten;
    }
  });
});
