import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { type Collections, collectionsOf } from '../../../src/persistence/mongodb/collections.js';
import type { MongodbSessionPersistence } from '../../../src/persistence/mongodb/mongodb-session-persistence.js';
import { failureOf } from '../../support/failure.js';
import { useMongoDatabases } from '../../support/mongo-database.js';
import {
  minute,
  openedSession,
  openInput,
  present,
  second,
  t0,
  touchInput,
} from '../../support/sessions.js';
import { openMongodbStore } from './mongodb-store.js';

const limit = { max: 1, policy: 'reject', kinds: ['rpc'] } as const;
const nothing = { endedBefore: 0, stretchesBefore: 0, now: t0, limit: 100 };

/** What a process that ended between two writes leaves behind, made by hand. */
describe('MongodbSessionPersistence after a crash', () => {
  const databases = useMongoDatabases();
  let store: MongodbSessionPersistence;
  let client: MongoClient;
  let collections: Collections;

  beforeEach(async () => {
    const { uri } = databases.create();
    store = await openMongodbStore(uri);
    client = await MongoClient.connect(uri);
    collections = collectionsOf(client.db(), 'sessions');
  });
  afterEach(async () => {
    await store.close('test');
    await client.close();
  });

  /** A session with one closed stretch, all of it written. */
  async function beaten(): Promise<string> {
    const { id } = await openedSession(store);
    for (const [n, path] of ['a', 'b'].entries()) {
      await store.touchSession(touchInput(id, { path: [path] }, t0 + n * second));
    }
    // Waits for the copy to the ledger.
    await store.prune(nothing);
    return id;
  }

  async function stretchIn(id: string) {
    return present(await collections.stretches.findOne({ session_id: id }));
  }

  /** The record as it was before its stretch was known to be in the ledger. */
  async function putBack(id: string, fields: Readonly<Record<string, unknown>> = {}) {
    const [row] = await store.getStretches(id);
    await collections.sessions.updateOne(
      { _id: id },
      { $set: { pending: [JSON.stringify(row)], pending_at: t0, ...fields }, $inc: { v: 1 } },
    );
  }

  it('getStretches() has a stretch that only the record has, and the sweep copies it', async () => {
    const id = await beaten();
    const before = await store.getStretches(id);
    const row = await stretchIn(id);
    await putBack(id);
    await collections.stretches.deleteMany({});
    expect(await store.getStretches(id)).to.deep.equal(before);
    expect(await store.prune(nothing)).to.deep.equal({ count: 0, more: false });
    expect(await stretchIn(id)).to.deep.equal(row);
    const record = present(await collections.sessions.findOne({ _id: id }));
    expect([record.pending, record.pending_at]).to.deep.equal([undefined, undefined]);
  });

  it('getStretches() has a stretch once that the record and the ledger have', async () => {
    const id = await beaten();
    const before = await store.getStretches(id);
    await putBack(id);
    expect(await store.getStretches(id)).to.deep.equal(before);
    await store.prune(nothing);
    expect(await store.getStretches(id)).to.deep.equal(before);
    expect(await collections.stretches.countDocuments({})).to.equal(1);
  });

  it('prune() removes no ended session before the ledger has its time', async () => {
    const id = await beaten();
    await store.closeSession({ sessionId: id, reason: 'logout', now: t0 + minute });
    await store.prune(nothing);
    const before = await store.getStretches(id);
    await collections.sessions.updateOne(
      { _id: id },
      { $set: { pending: before.map((row) => JSON.stringify(row)), pending_at: t0 } },
    );
    await collections.stretches.deleteMany({});
    const pruned = await store.prune({ ...nothing, endedBefore: t0 + 2 * minute });
    expect(pruned).to.deep.equal({ count: 1, more: false });
    expect(await store.getStretches(id)).to.deep.equal(before);
    expect(await store.getSession(id, t0)).to.equal(null);
  });

  it('prune() removes none of many before that, however little it does at a time', async () => {
    const ids = [await beaten(), await beaten(), await beaten()];
    for (const [n, id] of ids.entries()) {
      await store.closeSession({ sessionId: id, reason: 'logout', now: t0 + minute - n });
    }
    await store.prune(nothing);
    const before = await Promise.all(ids.map(async (id) => await store.getStretches(id)));
    for (const [n, id] of ids.entries()) {
      const pending = present(before[n]).map((row) => JSON.stringify(row));
      await collections.sessions.updateOne({ _id: id }, { $set: { pending, pending_at: t0 + n } });
    }
    await collections.stretches.deleteMany({});
    const input = { ...nothing, limit: 1, endedBefore: t0 + 2 * minute };
    for (let more = true; more; ) more = (await store.prune(input)).more;
    expect(await store.countSessions({}, t0)).to.equal(0);
    expect(await Promise.all(ids.map(async (id) => await store.getStretches(id)))).to.deep.equal(
      before,
    );
  });

  it('a session that was being removed is nobody’s, and the sweep removes it', async () => {
    const id = await beaten();
    const before = await store.getStretches(id);
    await putBack(id, { removing_at: t0 });
    await collections.sessions.updateOne({ _id: id }, { $unset: { active: '' } });
    await collections.stretches.deleteMany({});
    expect(await store.getSession(id, t0)).to.equal(null);
    expect(await store.countSessions({}, t0)).to.equal(0);
    expect(await store.closeSession({ sessionId: id, reason: 'logout', now: t0 })).to.equal(null);
    expect(await store.deleteSession(id, t0)).to.equal(null);
    expect(await store.getStretches(id)).to.deep.equal(before);
    await store.prune(nothing);
    expect(await collections.sessions.countDocuments({})).to.equal(0);
    expect(await store.getStretches(id)).to.deep.equal(before);
  });

  /** An open under a limit that was cut off: with a place, not live. */
  async function cutOff(openingAt: number): Promise<string> {
    const opened = present(await store.openSession(openInput({}, { limit, now: openingAt })));
    const change = {
      $set: { opening_at: openingAt },
      $unset: { active: '' },
      $inc: { v: 1 },
    } as const;
    await collections.sessions.updateOne({ _id: opened.id }, change);
    return opened.id;
  }

  it('an open that was cut off is in no list and live for nobody', async () => {
    const id = await cutOff(t0);
    expect(await store.getSession(id, t0)).to.equal(null);
    expect(await store.touchSession(touchInput(id, { seq: 1 }, t0 + 1))).to.equal(null);
    for (const filter of [{}, { userId: 'ann' }, { active: true }, { active: false }]) {
      expect(await store.countSessions(filter, t0)).to.equal(0);
    }
  });

  it('openSession() counts the place of an open that was cut off for 10 s, and then frees it', async () => {
    const id = await cutOff(t0);
    const open = async (now: number) => await store.openSession(openInput({}, { limit, now }));
    expect((await failureOf(open(t0 + 10 * second))).code).to.equal('SESSION_LIMIT');
    expect(present(await open(t0 + 10 * second + 1)).active).to.equal(true);
    expect(await collections.sessions.findOne({ _id: id })).to.equal(null);
  });

  it('prune() removes an open that was cut off, after 10 s', async () => {
    const id = await cutOff(t0);
    await store.prune({ ...nothing, now: t0 + 10 * second });
    expect(await collections.sessions.countDocuments({ _id: id })).to.equal(1);
    const pruned = await store.prune({ ...nothing, now: t0 + 10 * second + 1 });
    expect(pruned).to.deep.equal({ count: 0, more: false });
    expect(await collections.sessions.countDocuments({ _id: id })).to.equal(0);
  });

  it('openSession() goes on with an open of the same request that was cut off', async () => {
    const request = { requestId: 'r', fingerprint: 'f', expireTime: t0 + minute };
    const open = async () => await store.openSession(openInput({}, { limit, request }));
    const first = present(await open());
    await collections.requests.updateMany({}, { $set: { done: false } });
    const change = { $set: { opening_at: t0 }, $unset: { active: '' } } as const;
    await collections.sessions.updateOne({ _id: first.id }, change);
    expect(present(await open()).id).to.equal(first.id);
    expect(present(await open()).id).to.equal(first.id);
    expect(await store.countSessions({ active: true }, t0)).to.equal(1);
    expect(await collections.sessions.countDocuments({})).to.equal(1);
  });

  it('openSession() opens the session that a request was for whose process ended before', async () => {
    const request = { requestId: 'r', fingerprint: 'f', expireTime: t0 + minute };
    const open = async () => present(await store.openSession(openInput({}, { request })));
    const first = await open();
    await collections.sessions.deleteMany({});
    await collections.requests.updateMany({}, { $set: { done: false } });
    expect((await open()).id).to.equal(first.id);
    expect((await open()).id).to.equal(first.id);
    expect(await collections.sessions.countDocuments({})).to.equal(1);
  });

  it('openSession() opens no second session when nobody noted that the first is open', async () => {
    const request = { requestId: 'r', fingerprint: 'f', expireTime: t0 + minute };
    const open = async () => await store.openSession(openInput({}, { request }));
    const first = present(await open());
    await collections.requests.updateMany({}, { $set: { done: false } });
    expect(await open()).to.deep.equal(first);
    await store.deleteSession(first.id, t0);
    expect(await open()).to.equal(null);
  });

  it('a damaged text is refused, by name in a batch passed over, and the rest is served', async () => {
    const [one, two] = [await openedSession(store, { data: '1' }), await openedSession(store)];
    await store.touchSession(touchInput(two.id, { status: 'busy' }, t0));
    await collections.sessions.updateOne({ _id: one.id }, { $set: { data: '2' } });
    await collections.sessions.updateOne({ _id: two.id }, { $set: { contexts: '[]' } });
    for (const { id } of [one, two]) {
      const failure = await failureOf(store.getSession(id, t0));
      expect(failure.code).to.equal('STORE_DAMAGED');
    }
    await openedSession(store);
    const input = { userId: 'ann', reason: 'logout', now: t0, limit: 9 } as const;
    // The documents of an ended session go anyway: one is ended, two is passed over.
    expect(await store.closeUserSessions(input)).to.deep.equal({ count: 2, more: false });
    expect(await store.countSessions({ active: true }, t0)).to.equal(1);
  });
});
