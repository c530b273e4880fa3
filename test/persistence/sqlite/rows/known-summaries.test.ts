import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import type { SessionFilter } from '../../../../src/domain/filter.js';
import type { SessionSummary } from '../../../../src/domain/session.js';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import { KnownSummaries } from '../../../../src/persistence/sqlite/rows/known-summaries.js';
import type { SqliteSessionPersistence } from '../../../../src/persistence/sqlite/sqlite-session-persistence.js';
import { failureOf } from '../../../support/failure.js';
import { minute, openedSession, t0, touchInput } from '../../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { changeFile } from '../file/file-damage.js';
import { openFileStore } from '../file-store.js';

describe('KnownSummaries', () => {
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

  /** What is written of a live session. */
  const summary = (n: number, fields: Partial<SessionSummary> = {}): SessionSummary => ({
    id: `session-${n}`,
    userId: 'ann',
    kind: 'rpc',
    active: true,
    openTime: t0 + n,
    requestTime: t0 + n,
    revision: n,
    ...fields,
  });
  const numbersUpTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  const foundIn = (known: KnownSummaries, count: number) =>
    numbersUpTo(count).filter((n) => known.activity(n) !== undefined);

  it('summaries() answers what was noted last, whatever a session has, and nothing of others', () => {
    const known = new KnownSummaries(connection, 4_096);
    const whole = summary(7, {
      userId: '\u0000 \u{1f600}é',
      kind: 'workstation',
      userName: 'Ann',
      deviceId: 'd'.repeat(300),
      address: '::1',
      client: '漢字',
      idleTimeoutMs: 1,
      absoluteExpireTime: t0 + 5,
    });
    known.noteRead(7, { ...whole, requestTime: 1, revision: 1 });
    known.noteWritten(7, whole);
    known.noteRead(8, summary(8, { idleTimeoutMs: 0 }));
    expect(known.summaries([7, 8, 9, 39, 0])).to.deep.equal([
      whole,
      summary(8, { idleTimeoutMs: 0 }),
      undefined,
      undefined,
      undefined,
    ]);
    expect(known.activity(7)).to.deep.equal({ requestTime: t0 + 7, revision: 7 });
  });

  it('noteWritten() keeps as many as there is room for, and of those the last', () => {
    const known = new KnownSummaries(connection, 1_000);
    for (const n of numbersUpTo(20)) known.noteWritten(n, summary(n));
    const found = foundIn(known, 20);
    expect(found.length).to.be.within(5, 8);
    expect(found).to.deep.equal(numbersUpTo(20).slice(-found.length));
  });

  it('activity() does not take for a record what was written over it', () => {
    const known = new KnownSummaries(connection, 192);
    known.noteRead(1, summary(1));
    known.noteRead(2, summary(2));
    // The revision of the last stands where the number of the second stood.
    known.noteRead(3, summary(3, { id: 'a', userId: 'b' }));
    known.noteRead(5, summary(5, { revision: 2 }));
    expect(foundIn(known, 5)).to.deep.equal([5]);
  });

  it('noteRead() of two in one place keeps the last', () => {
    const known = new KnownSummaries(connection, 1_024);
    known.noteRead(1, summary(1));
    known.noteRead(9, summary(9));
    expect(foundIn(known, 9)).to.deep.equal([9]);
  });

  it('noteRead() keeps nothing that is larger than all of the room, nor what no protocol lets in', () => {
    const known = new KnownSummaries(connection, 1_024);
    known.noteRead(1, summary(1));
    known.noteRead(2, summary(2, { client: 'x'.repeat(1_024) }));
    const roomy = new KnownSummaries(connection, 1_000_000);
    roomy.noteRead(1, summary(1, { client: 'x'.repeat(1_024) }));
    roomy.noteRead(2, summary(2, { client: 'x'.repeat(1_025) }));
    roomy.noteRead(3, summary(3, { client: 'x'.repeat(100_000) }));
    expect(foundIn(roomy, 3)).to.deep.equal([1]);
    expect(foundIn(known, 2)).to.deep.equal([1]);
  });

  it('summaries() never says of a session what another has, or what it had before', () => {
    const note = fc.record({
      n: fc.integer({ min: 1, max: 40 }),
      name: fc.string({ maxLength: 40, unit: 'grapheme' }),
      requestTime: fc.nat(),
      forget: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3_000 }),
        fc.array(note, { maxLength: 100 }),
        (bytes, notes) => {
          const known = new KnownSummaries(connection, bytes);
          const names = new Map<number, string>();
          const noted = new Map<number, SessionSummary>();
          for (const { n, name, requestTime, forget } of notes) {
            // A name never changes.
            const userName = names.get(n) ?? name;
            names.set(n, userName);
            const session = summary(n, { userName, requestTime });
            if (forget) known.delete(n);
            else known.noteRead(n, session);
            if (forget) noted.delete(n);
            else noted.set(n, session);
            const all = numbersUpTo(40);
            for (const [index, found] of known.summaries(all).entries()) {
              if (found !== undefined) expect(found).to.deep.equal(noted.get(index + 1));
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('delete() forgets a session, and not the one in its place', () => {
    const known = new KnownSummaries(connection, 1_024);
    known.noteRead(1, summary(1));
    known.delete(9);
    expect(foundIn(known, 9)).to.deep.equal([1]);
    known.delete(1);
    expect(foundIn(known, 9)).to.deep.equal([]);
  });

  it('forgets what a transaction wrote that was given up, and nothing else', async () => {
    const known = new KnownSummaries(connection, 4_096);
    known.noteRead(1, summary(1));
    connection.exec('BEGIN');
    known.noteWritten(2, summary(2));
    await connection.commit();
    connection.exec('BEGIN');
    known.noteWritten(3, summary(3));
    known.noteWritten(1, summary(1, { requestTime: t0 + 9 }));
    connection.rollBack();
    known.noteWritten(4, summary(4));
    expect(foundIn(known, 5)).to.deep.equal([2, 4]);
  });

  it('forgets what was given up, though another was committed before anybody asked', async () => {
    const known = new KnownSummaries(connection, 4_096);
    connection.exec('BEGIN');
    known.noteWritten(1, summary(1));
    connection.rollBack();
    connection.exec('BEGIN');
    await connection.commit();
    expect(known.summaries([1])).to.deep.equal([undefined]);
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
  /** All pages of a filter, one after the other. */
  const pages = async (take: number, filter: SessionFilter = { userId: 'ann' }) => {
    const found: (readonly SessionSummary[])[] = [];
    let page = await store.listSessions({ filter, take, now: t0 + minute, total: true });
    while (page.more) {
      found.push(page.sessions);
      const { openTime = 0, id = '' } = page.sessions.at(-1) ?? {};
      page = await store.listSessions({ filter, take, now: t0 + minute, after: { openTime, id } });
    }
    return [...found, page.sessions];
  };
  /** Pages of one row, each by how many stand before it. */
  const skipped = async (count: number) => {
    const filter = { userId: 'ann' };
    const found: (readonly SessionSummary[])[] = [];
    for (let skip = 0; skip < count; skip += 1) {
      found.push((await store.listSessions({ filter, take: 1, skip, now: t0 + minute })).sessions);
    }
    return found;
  };
  const openMany = async (count: number) => {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      // Not at once: of two that are, the id decides, which an index has not.
      ids.push((await openedSession(store, {}, t0 - index)).id);
    }
    return ids;
  };

  for (const known of [1_000_000, 300, 0]) {
    it(`says what the sessions say, with ${known} bytes to know them, over a restart too`, async () => {
      await reopen({ 'options.known_bytes': known });
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
      await reopen({ 'options.known_bytes': known });
      expect(await listed()).to.deep.equal(found);
      await beat(other, t0 + 7);
      expect(await listed()).to.deep.equal(await read(ids));
    });
  }

  it('has the rows and the order that a read of the file has, by each field, page by page', async () => {
    for (let index = 0; index < 30; index += 1) {
      // Of some that are opened at once only the end of the id differs, up or down.
      const end = String(index % 2 === 0 ? index : 99 - index).padStart(2, '0');
      const id = index % 3 === 0 ? `the same ${end}` : `id ${index}`;
      const fields = { id, userName: `Ann ${index}`, deviceId: index % 2 === 0 ? 'one' : 'two' };
      await openedSession(store, { ...fields, address: '::1', client: 'test' }, t0 + (index >> 3));
    }
    const ids = (await pages(10)).flat().map(({ id }) => id);
    for (const id of [...ids.slice(3, 8), 'the same 06', 'the same 18']) {
      await store.closeSession({ sessionId: id, reason: 'logout', now: t0 + 40 });
    }
    const all = async () => [
      await pages(7),
      await pages(7, { deviceId: 'two' }),
      await pages(1, { address: '::1' }),
      await pages(100, { userId: 'ann', client: 'test' }),
      await pages(2, { userId: 'nobody' }),
      ...(await skipped(30)),
    ];
    const waiting = await all();
    await reopen();
    const unknown = await all();
    const found = await all();
    await reopen({ 'options.known_bytes': 0 });
    const read = await all();
    expect(waiting).to.deep.equal(read);
    expect(unknown).to.deep.equal(read);
    expect(found).to.deep.equal(read);
  });

  it('of a user with more than a few sessions has those that are past their deadline too', async () => {
    for (let index = 0; index < 6; index += 1) {
      const idleTimeoutMs = index % 2 === 0 ? 1 : 10 * minute;
      await openedSession(store, { idleTimeoutMs }, t0 + index);
    }
    const all = async () => [
      await pages(2),
      await pages(2, { userId: 'ann', active: true }),
      await pages(2, { userId: 'ann', active: false }),
      await pages(2, { userId: 'ann', closeReason: 'idle' }),
    ];
    await reopen({ 'options.quick_rows': 4 });
    const unknown = await all();
    const found = await all();
    await reopen({ 'options.quick_rows': 4, 'options.known_bytes': 0 });
    const read = await all();
    expect(read.map((list) => list.flat().length)).to.deep.equal([6, 3, 3, 3]);
    expect(unknown).to.deep.equal(read);
    expect(found).to.deep.equal(read);
  });

  it('does not read the rows that were written or read before', async () => {
    await openMany(3);
    await reopen();
    const [{ id } = { id: '' }] = (await pages(10)).flat();
    await store.closeSession({ sessionId: id, reason: 'logout', now: t0 + 1 });
    const before = await pages(10);
    changeFile(path(), "UPDATE sessions SET user_name = 'other' WHERE active = 1");
    expect(await pages(10)).to.deep.equal(before);
    changeFile(path(), "UPDATE sessions SET user_name = 'other'");
    expect(await failureOf(pages(10))).to.deep.equal({ code: 'STORE_DAMAGED' });
  });

  it('passes over an entry whose session is not there, as a read of the file does', async () => {
    await openMany(3);
    await reopen();
    changeFile(path(), 'DROP TRIGGER sessions_removed; DELETE FROM sessions WHERE n = 2');
    expect((await pages(1)).map(({ length }) => length)).to.deep.equal([1, 1]);
  });

  it('has nothing of sessions that ended or were deleted, whatever the index says', async () => {
    const [ended = '', deleted = '', live = ''] = await openMany(3);
    await reopen();
    await pages(10);
    changeFile(path(), 'DROP TRIGGER sessions_removed; DROP TRIGGER sessions_ended');
    const found = async () =>
      Object.fromEntries((await pages(10)).flat().map(({ id, active }) => [id, active]));
    await store.closeSession({ sessionId: ended, reason: 'logout', now: t0 + 1 });
    expect(await found()).to.deep.equal({ [ended]: false, [deleted]: true, [live]: true });
    await store.deleteSession(deleted, t0 + 1);
    expect(await found()).to.deep.equal({ [ended]: false, [live]: true });
  });

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
