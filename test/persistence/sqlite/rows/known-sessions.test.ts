import { expect } from 'chai';
import { absent } from '../../../../src/domain/presence.js';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import { KnownSessions } from '../../../../src/persistence/sqlite/rows/known-sessions.js';
import type { StoredSession } from '../../../../src/persistence/sqlite/rows/session-rows.js';
import type { SqliteSessionPersistence } from '../../../../src/persistence/sqlite/sqlite-session-persistence.js';
import { failureOf } from '../../../support/failure.js';
import { recordOf } from '../../../support/records.js';
import { openedSession, present, second, t0, touchInput } from '../../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { changeFile } from '../file/file-damage.js';
import { copyAsKilled, openFileStore } from '../file-store.js';

describe('KnownSessions', () => {
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

  it('get() answers what was noted last, and nothing of others', () => {
    const known = new KnownSessions(connection, 100);
    known.set(stored('a', 1), null);
    known.set(stored('a', 2), null);
    expect([known.get('a')?.n, known.get('b')]).to.deep.equal([2, undefined]);
  });

  it('set() keeps as many as there are places at most, and the one that beat last', () => {
    const known = new KnownSessions(connection, 4);
    const ids = Array.from({ length: 50 }, (_, index) => `session-${index}`);
    for (const [index, id] of ids.entries()) {
      known.set(stored(id, index), null);
      expect(known.get(id)?.n).to.equal(index);
    }
    expect(ids.filter((id) => known.get(id) !== undefined).length).to.be.within(1, 4);
  });

  it('set() forgets a session whose contexts have become long, and keeps none with a limit of 0', () => {
    const known = new KnownSessions(connection, 100);
    known.set(stored('a', 1), '[]');
    known.set(stored('a', 1), 'x'.repeat(1_025));
    const none = new KnownSessions(connection, 0);
    none.set(stored('a', 1), null);
    none.delete('a');
    expect([known.get('a'), none.get('a')]).to.deep.equal([undefined, undefined]);
  });

  it('delete() forgets a session, and not the one in its place', () => {
    const known = new KnownSessions(connection, 1);
    known.set(stored('a', 1), null);
    known.delete('b');
    expect(known.get('a')?.n).to.equal(1);
    known.delete('a');
    expect(known.get('a')).to.equal(undefined);
  });

  it('all are forgotten when a transaction is given up, and what is noted after that is not', () => {
    const known = new KnownSessions(connection, 100);
    known.set(stored('a', 1), null);
    connection.exec('BEGIN');
    connection.rollBack();
    known.set(stored('b', 2), null);
    expect([known.get('a'), known.get('b')?.n]).to.deep.equal([undefined, 2]);
  });
});

describe('a beat of a session that the store knows', () => {
  let folder: TemporaryFolder;
  let store: SqliteSessionPersistence;
  const path = () => folder.file('sessions.db');
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    store = await openFileStore(path(), { 'options.max_pages': 256 });
  });
  afterEach(async () => {
    await store.close('test');
    await folder.remove();
  });

  const beat = async (id: string, time: number) =>
    (await store.touchSession(touchInput(id, {}, time)))?.outcome.seq;

  it('does not read it: what another writes into the file meanwhile is not seen', async () => {
    const { id } = await openedSession(store);
    await beat(id, t0 + 1);
    changeFile(path(), "UPDATE sessions SET user_name = 'damaged'");
    expect(await beat(id, t0 + 2)).to.equal(1);
  });

  it('counts once when its transaction was lost and is done again', async () => {
    const { id } = await openedSession(store);
    await beat(id, t0 + 1);
    const [touched, opened] = await Promise.all([
      store.touchSession(touchInput(id, {}, t0 + 2)),
      failureOf(openedSession(store, { data: JSON.stringify('x'.repeat(3_000_000)) })),
    ]);
    expect(touched).to.deep.include({ outcome: outcomeOf(1, t0 + 2) });
    expect(opened).to.deep.equal({ code: 'STORAGE_FULL' });
    expect(await beat(id, t0 + 3)).to.equal(2);
  });

  it('finds the presence of others, and leaves its own changes to be found by them', async () => {
    const [one, other] = [await openedSession(store), await openedSession(store)];
    const says = async (id: string, status: 'available' | 'busy', time: number) =>
      (await store.touchSession(touchInput(id, { status }, time)))?.status;
    await says(one.id, 'available', t0 + 1);
    await says(other.id, 'available', t0 + 2);
    expect(await says(one.id, 'busy', t0 + 3)).to.equal('busy');
    expect(await says(other.id, 'available', t0 + 4)).to.equal('busy');
    expect(await says(one.id, 'available', t0 + 5)).to.equal('available');
  });

  it('answers null when it was deleted with its user as a damaged one', async () => {
    const { id } = await openedSession(store);
    await beat(id, t0 + 1);
    changeFile(path(), "UPDATE sessions SET user_name = 'damaged'");
    expect(await store.deleteUserSessions('ann', 10, t0 + 2)).to.deep.include({ count: 1 });
    expect(await store.touchSession(touchInput(id, {}, t0 + 3))).to.equal(null);
    await openedSession(store, { id });
    expect(await beat(id, t0 + 4)).to.equal(0);
  });

  it('is no duplicate when it was deleted', async () => {
    const { id } = await openedSession(store);
    const again = async (time: number) =>
      await store.touchSession(touchInput(id, { seq: 5 }, time));
    await again(t0 + 1);
    await store.deleteSession(id, t0 + 2);
    expect(await again(t0 + 3)).to.equal(null);
  });

  it('answers null when its rows are gone, whoever took them', async () => {
    const { id } = await openedSession(store);
    await beat(id, t0 + 1);
    changeFile(path(), 'DELETE FROM live; DELETE FROM sessions');
    expect(await beat(id, t0 + 2)).to.equal(undefined);
  });

  it('is no duplicate when it was pruned because its row said that it had ended', async () => {
    const { id } = await openedSession(store, { kind: 'presence' });
    const again = async (time: number) =>
      await store.touchSession(touchInput(id, { seq: 5 }, time));
    await again(t0 + 1);
    changeFile(path(), 'UPDATE sessions SET active = 0');
    const kept = { endedBefore: 0, stretchesBefore: 0, now: t0 + 2, limit: 10 };
    expect((await store.prune(kept)).count).to.equal(1);
    expect(await again(t0 + 3)).to.equal(null);
  });

  it('that was deleted so is no duplicate, nor one of the session that has its id next', async () => {
    const { id } = await openedSession(store, { idleTimeoutMs: 90 * second });
    const counted = async (seq: number, time: number) =>
      (await store.touchSession(touchInput(id, { seq }, time)))?.outcome.duplicate;
    await counted(5, t0 + 1);
    changeFile(path(), "UPDATE sessions SET user_name = 'damaged'");
    await store.deleteUserSessions('ann', 10, t0 + 2);
    expect(await counted(5, t0 + 3)).to.equal(undefined);
    expect(await counted(6, t0 + 91 * second)).to.equal(undefined);
    await openedSession(store, { id, userId: 'bob' });
    expect(await counted(0, t0 + 4)).to.equal(false);
  });

  it('that was deleted does not get into the session that was opened next', async () => {
    const { id } = await openedSession(store);
    // As a kill leaves it: with no open since, and its entries in memory only.
    copyAsKilled(path(), folder.file('killed.db'));
    await store.close('test');
    store = await openFileStore(folder.file('killed.db'));
    await beat(id, t0 + 1);
    changeFile(folder.file('killed.db'), "UPDATE sessions SET user_name = 'damaged'");
    await store.deleteUserSessions('ann', 10, t0 + 2);
    const bobs = await openedSession(store, { userId: 'bob' });
    expect(await store.touchSession(touchInput(id, { path: ['ann'] }, t0 + 3))).to.equal(null);
    expect(await store.getSession(bobs.id, t0 + 4)).to.deep.equal(bobs);
  });

  it('is refused once a batch has found its row damaged', async () => {
    const { id } = await openedSession(store);
    await beat(id, t0 + 1);
    changeFile(path(), "UPDATE live SET contexts = replace(contexts, 'seq', 'sfq')");
    const ofAnn = { userId: 'ann', reason: 'logout', now: t0 + 2, limit: 10 } as const;
    expect(await store.closeUserSessions(ofAnn)).to.deep.include({ count: 0 });
    expect(await failureOf(beat(id, t0 + 3))).to.deep.equal({ code: 'STORE_DAMAGED' });
  });

  it('finds where a sweep has filed its deadline', async () => {
    const { id } = await openedSession(store, { idleTimeoutMs: 90 * second });
    await beat(id, t0 + 50 * second);
    expect((await store.closeExpired(t0 + 60 * second, 10)).count).to.equal(0);
    await beat(id, t0 + 61 * second);
    expect((await store.getSession(id, t0 + 61 * second))?.requestTime).to.equal(t0 + 61 * second);
  });

  it('keeps no part of what its caller holds', async () => {
    const { id } = await openedSession(store);
    const folders = ['one'];
    const withPath = async (time: number) =>
      await store.touchSession(touchInput(id, { path: folders }, time));
    await withPath(t0 + 1);
    folders[0] = 'other';
    await withPath(t0 + 2);
    await store.closeSession({ sessionId: id, reason: 'logout', now: t0 + 2 });
    const [stretch] = await store.getStretches(id);
    expect(present(stretch).path).to.deep.equal(['one']);
  });
});

function outcomeOf(seq: number, requestTime: number) {
  return { duplicate: false, epoch: 0, seq, nextBeatMs: 120_000, requestTime };
}

function stored(id: string, n: number): StoredSession {
  const live = {
    row: [],
    dueMinute: null,
    presence: absent,
    documentsChecksum: null,
    contextsChecksum: null,
  };
  return { n, session: recordOf({ id }), live };
}
