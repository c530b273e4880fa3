import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import type { SessionError } from '../../../../src/errors/session-error.js';
import { verifyDatabase } from '../../../../src/persistence/sqlite/file/verify-database.js';
import type { SqliteSessionPersistence } from '../../../../src/persistence/sqlite/sqlite-session-persistence.js';
import { failureOf } from '../../../support/failure.js';
import { newSession, openedSession, t0, touchInput } from '../../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { openFileStore } from '../file-store.js';
import { flipBitAt, offsetsOf, storedTime } from './file-damage.js';
import { mountSmall, remount, unmount } from './small-file-system.js';

const damaged = { code: 'STORE_DAMAGED' };
/** A start that looks at the header only, as it does for large files before it serves. */
const unchecked = { 'options.start_check_bytes': 0 };
/** The last sign of life of the session that is damaged, found nowhere else in the file. */
const lastBeat = t0 + 77_777;

/**
 * Bytes from one flipped bit to the next: odd, so that every kind of page and every place in it has
 * its turn; more where the same was looked at before.
 */
const flipStep = Number(process.env['FLIP_STEP'] ?? 263);

/** What stands in the file once, where, and what finds a flipped bit in it when it is read. */
const rows = [
  ['data', 'the cart of seven', 'documents'],
  ['user', 'the name of seven', 'documents'],
  ['a fixed field', 'Seven of seven', 'sessions'],
  ['a context', 'path-of-seven', 'live'],
  ['the last beat', storedTime(lastBeat), 'live'],
] as const;

describe('damage to the file', () => {
  let folder: TemporaryFolder;
  let path: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = folder.file('sessions.db');
    await makeDatabase(path);
  });
  afterEach(async () => await folder.remove());

  it('verifyDatabase() finds nothing in a sound file', async () => {
    const report = await verifyDatabase(path);
    expect(report).to.deep.equal({
      damaged: false,
      rows: { sessions: 10, live: 9, documents: 9, stretches: 2, requests: 1 },
      damagedRows: 0,
      indexMismatches: 0,
      findings: [],
    });
  });

  it('verifyDatabase() refuses what it cannot open, which says nothing of damage', async function () {
    const codeOf = async (file: string) => (await failureOf(verifyDatabase(file))).code;
    expect(await codeOf(folder.path)).to.equal('INVALID_CONFIG');
    const mounted = folder.file('read-only');
    mkdirSync(mounted);
    if (!mountSmall(mounted, 'size=4m')) this.skip();
    try {
      copyFileSync(path, `${mounted}/copy.db`);
      remount(mounted, 'ro');
      expect(await codeOf(`${mounted}/copy.db`)).to.equal('INVALID_CONFIG');
    } finally {
      unmount(mounted);
    }
  });

  it('verifyDatabase() tells what it is doing, to the last piece', async () => {
    const told = new Map<string, string>();
    await verifyDatabase(path, {
      onProgress: ({ part, done, total }) =>
        told.set(part, `${told.get(part) ?? ''}${done}/${total} `),
    });
    expect(Object.fromEntries(told)).to.deep.equal({
      sessions: '10/10 ',
      live: '9/9 ',
      documents: '9/9 ',
      stretches: '2/2 ',
      requests: '1/1 ',
      pages: '0/1 1/1 ',
      indexes: '0/5 1/5 2/5 3/5 4/5 5/5 ',
    });
  });

  it('verifyDatabase() tells of each batch of a long table', async () => {
    const store = await openFileStore(path);
    for (let index = 0; index < 1_000; index += 1)
      await openedSession(store, { id: `long-${index}` });
    await store.close('test');
    const told: number[] = [];
    await verifyDatabase(path, {
      onProgress: ({ part, done }) => void (part === 'sessions' && told.push(done)),
    });
    expect(told).to.deep.equal([500, 1_000, 1_010]);
  });

  for (const [name, bytes, table] of rows) {
    describe(`a flipped bit in ${name}`, () => {
      let store: SqliteSessionPersistence;
      beforeEach(async () => {
        const [offset = 0] = offsetsOf(path, bytes);
        flipBitAt(path, offset + 2);
        store = await openFileStore(path);
      });
      afterEach(async () => await store.close('test'));

      it('is not found by the start, and is refused when it is read', async () => {
        expect(await failureOf(store.getSession('seven', t0))).to.deep.equal(damaged);
        const change = { type: 'patch' as const, patch: { a: 1 } };
        expect(await failureOf(store.changeSession('seven', change, t0))).to.deep.equal(damaged);
        await store.checkReady();
      });

      it('fails no request but those for its row', async () => {
        const [one, seven] = await Promise.allSettled([
          store.touchSession(touchInput('one', {}, lastBeat)),
          store.changeSession('seven', { type: 'data', data: '1' }, t0),
          store.getSession('eight', t0),
        ]);
        expect(one.status).to.equal('fulfilled');
        expect(seven).to.deep.include({ status: 'rejected' });
        const page = await store.listSessions({ filter: { userId: 'user-one' }, now: t0, take: 9 });
        expect(page.sessions.map(({ id }) => id)).to.deep.equal(['one']);
      });

      it('is found by verify, with the row that has it', async () => {
        const report = await verifyDatabase(path);
        expect(report.damaged).to.equal(true);
        expect(report.damagedRows).to.equal(1);
        expect(report.findings[0]).to.match(/^sessions 7: /);
      });

      it('keeps its user from opening no session under a limit', async () => {
        for (const policy of ['reject', 'end_oldest'] as const) {
          const limit = { max: 3, policy, kinds: ['rpc'] } as const;
          const session = newSession({ id: `new-${policy}`, userId: 'user-seven' });
          const opened = await store.openSession({ session, now: t0 + 1, limit });
          expect(opened?.active, policy).to.equal(true);
        }
        const limit = { max: 3, policy: 'reject', kinds: ['rpc'] } as const;
        const session = newSession({ id: 'one-too-many', userId: 'user-seven' });
        const refused = await failureOf(store.openSession({ session, now: t0 + 1, limit }));
        expect(refused.code).to.equal('SESSION_LIMIT');
      });

      it('does not keep the other sessions of its user open', async () => {
        await openedSession(store, { id: 'other', userId: 'user-seven' }, t0 + 1);
        const input = { userId: 'user-seven', reason: 'admin', now: t0 + 1, limit: 1 } as const;
        const first = await store.closeUserSessions(input);
        if (first.more) await store.closeUserSessions(input);
        expect((await store.getSession('other', t0 + 1))?.active).to.equal(false);
      });

      it('does not stop the sweep, nor what removes the sessions of a user', async () => {
        const later = t0 + 86_400_000;
        // What cannot be read cannot be ended; its contexts and its documents are of no matter.
        const swept = table === 'documents' ? 9 : 8;
        expect(await store.closeExpired(later, 100)).to.deep.equal({ count: swept, more: false });
        expect(await store.closeExpired(later, 100)).to.deep.equal({ count: 0, more: false });
        const removed = await store.deleteUserSessions('user-seven', 100, later);
        expect(removed).to.deep.equal({ count: 1, more: false });
        expect(await store.getSession('seven', later)).to.equal(null);
        expect((await verifyDatabase(path)).damaged).to.equal(false);
      });
    });
  }

  it('a flipped bit in an index is found by the start and by verify', async () => {
    const report = await verifyAfterIndexFlip(path);
    expect(report.damagedRows).to.equal(0);
    expect(report.indexMismatches).to.be.greaterThan(0);
    const failure = await failureOf(openFileStore(path));
    expect(failure.code).to.equal('INVALID_CONFIG');
  });

  it('a flipped bit in an index leaves all that is asked by id', async () => {
    await verifyAfterIndexFlip(path);
    const store = await openFileStore(path, unchecked);
    for (const id of ['one', 'seven', 'eight']) {
      expect((await store.getSession(id, t0))?.id).to.equal(id);
    }
    await store.close('test');
  });

  it('no flipped bit ends the process or changes a session, or hides one but for its deadline', async function () {
    this.timeout(180_000);
    const sound = await answersOf(path);
    const seen = await flipEach(path, { settings: {} }, (answer, key) => {
      // A deadline that looks past takes its session from the lists of live ones, unread.
      if (key.includes('active')) expect(sound[key]).to.deep.include.members(answer as unknown[]);
      else expect(answer).to.deep.equal(sound[key]);
    });
    expect(seen).to.deep.equal(['INVALID_CONFIG', 'STORE_DAMAGED', 'sound']);
  });

  it('a flipped bit of the header is refused by the start and by verify, or changes nothing', async function () {
    this.timeout(180_000);
    const original = readFileSync(path);
    const sound = await answersOf(path);
    const passed = new Set<number>();
    for (let offset = 0; offset < headerLength; offset += 1) {
      for (const bit of new Set([1, 1 << (offset % 8)])) {
        writeFileSync(path, original);
        flipBitAt(path, offset, bit);
        const verified = await verdictOf(path);
        const seen = await answersOf(path);
        const at = `byte ${offset}, bit ${bit}`;
        expect(seen, at).to.deep.equal('start' in seen ? { start: 'INVALID_CONFIG' } : sound);
        expect(verified, `verify, ${at}`).to.equal('start' in seen ? 'damaged' : 'sound');
        if ('start' in seen || passed.has(offset)) continue;
        passed.add(offset);
        const store = await openFileStore(path);
        await openedSession(store, { id: 'new' });
        await store.close('test');
        expect(await verdictOf(path), `after a write, ${at}`).to.equal('sound');
      }
    }
    expect([...passed]).to.deep.equal(unread.flatMap(([first, last]) => rangeOf(first, last)));
  });

  it('no highest bit that is flipped ends the process or changes a session', async function () {
    this.timeout(180_000);
    const sound = await answersOf(path);
    const seen = await flipEach(path, { settings: unchecked, bit: 0x80 }, (answer, key) => {
      if (Array.isArray(answer)) expect(sound[key]).to.deep.include.members(answer);
      else if (answer !== null) expect(answer).to.deep.equal(sound[key]);
    });
    expect(seen).to.deep.equal(['INVALID_CONFIG', 'STORE_DAMAGED', 'sound']);
  });

  it('verify reads on, and says so, at a text that is not UTF-8 any more', async () => {
    for (const text of ['Seven of seven', 'the cart of seven', 'path-of-seven']) {
      const [offset = 0] = offsetsOf(path, text);
      flipBitAt(path, offset + 2, 0x80);
      const { damaged, damagedRows } = await verifyDatabase(path);
      expect({ text, damaged, damagedRows }).to.deep.equal({ text, damaged: true, damagedRows: 1 });
      flipBitAt(path, offset + 2, 0x80);
    }
  });

  it('no flipped bit changes a session, though an index may hide one, before a check', async function () {
    this.timeout(180_000);
    const sound = await answersOf(path);
    const seen = await flipEach(path, { settings: unchecked }, (answer, key) => {
      if (Array.isArray(answer)) expect(sound[key]).to.deep.include.members(answer);
      else if (answer !== null) expect(answer).to.deep.equal(sound[key]);
    });
    expect(seen).to.deep.equal(['INVALID_CONFIG', 'STORE_DAMAGED', 'sound']);
  });
});

/** Of an SQLite file (https://www.sqlite.org/fileformat.html#the_database_header). */
const headerLength = 100;

/**
 * First and last bytes of it that nothing reads, or of which a lower byte is enough: counter of changes,
 * cookie and format of the schema, size of the cache, encoding, what is reserved, and the version that
 * wrote last.
 */
const unread = [
  [24, 27],
  [40, 46],
  [48, 51],
  [56, 59],
  [72, 99],
] as const;

function rangeOf(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

async function verdictOf(path: string): Promise<'sound' | 'damaged'> {
  return (await verifyDatabase(path)).damaged ? 'damaged' : 'sound';
}

const ids = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ended'];

async function makeDatabase(path: string): Promise<void> {
  const store = await openFileStore(path);
  for (const id of ids) {
    const userName = `${id[0]?.toUpperCase()}${id.slice(1)} of ${id}`;
    const documents = { data: `"the cart of ${id}"`, user: `"the name of ${id}"` };
    const fields = { id, userId: `user-${id}`, userName, idleTimeoutMs: 600_000, ...documents };
    const request = { requestId: 'r', fingerprint: 'f', expireTime: lastBeat };
    const session = newSession(fields);
    if (id === 'one') await store.openSession({ session, now: t0, request });
    else await openedSession(store, fields);
  }
  const at = (now: number, path_: string) => touchInput('seven', { path: [path_] }, now);
  await store.touchSession(at(t0 + 1_000, 'first'));
  await store.touchSession(at(t0 + 2_000, 'second'));
  await store.touchSession({ ...at(lastBeat, 'path-of-seven') });
  await store.closeSession({ sessionId: 'ended', reason: 'logout', now: t0 });
  await store.close('test');
}

async function verifyAfterIndexFlip(path: string) {
  // The index of users goes on with the time of opening, the table with the name.
  const entry = Buffer.concat([Buffer.from('user-seven'), storedTime(t0)]);
  const [offset = 0] = offsetsOf(path, entry);
  flipBitAt(path, offset + 7);
  return await verifyDatabase(path);
}

async function answers(store: SqliteSessionPersistence): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const id of ids) {
    const [outcome] = await Promise.allSettled([store.getSession(id, t0)]);
    found[id] = outcome.status === 'fulfilled' ? outcome.value : outcome.reason.code;
  }
  for (const filter of [{}, { userId: 'user-two' }, { active: true }, { kind: 'rpc' as const }]) {
    const page = store.listSessions({ filter, now: t0, take: 100 });
    const [outcome] = await Promise.allSettled([page]);
    found[`list of ${JSON.stringify(filter)}`] =
      outcome.status === 'fulfilled' ? outcome.value.sessions : outcome.reason.code;
  }
  return found;
}

/** Looks at what a store answers with each bit flipped; answers the sorts of answers. */
async function flipEach(
  path: string,
  {
    settings,
    bit,
  }: { readonly settings: Readonly<Record<string, unknown>>; readonly bit?: number },
  check: (answer: unknown, key: string) => void,
): Promise<readonly string[]> {
  const seen = new Set<string>();
  const size = readFileSync(path).length;
  for (let offset = 101; offset < size; offset += flipStep) {
    flipBitAt(path, offset, bit);
    for (const [key, answer] of Object.entries(await answersOf(path, settings))) {
      seen.add(typeof answer === 'string' ? answer : 'sound');
      if (typeof answer !== 'string') check(answer, key);
    }
    flipBitAt(path, offset, bit);
  }
  return [...seen].toSorted();
}

async function answersOf(
  path: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, unknown>> {
  let store: SqliteSessionPersistence;
  try {
    store = await openFileStore(path, settings);
  } catch (caught) {
    return { start: (caught as SessionError).code };
  }
  try {
    return await answers(store);
  } finally {
    await store.close('test');
  }
}
