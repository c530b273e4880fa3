import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { NullCounters, NullLogger } from 'pip-services3-components-nodex';
import { storeDamaged } from '../../../src/errors/makers.js';
import type {
  BatchResult,
  PruneInput,
  SessionPersistence,
} from '../../../src/logic/session-persistence.js';
import { SessionSweeper } from '../../../src/logic/session-sweeper.js';
import { type Collections, collectionsOf } from '../../../src/persistence/mongodb/collections.js';
import { DamagedSessions } from '../../../src/persistence/mongodb/damaged-sessions.js';
import type { MongodbSessionPersistence } from '../../../src/persistence/mongodb/mongodb-session-persistence.js';
import { createTestClock } from '../../support/create-controller.js';
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

/** Lets a sweeper with steps of 5 sweep once. */
async function sweepOnce(steps: Pick<SessionPersistence, 'closeExpired' | 'prune'>): Promise<void> {
  let isOver = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    isOver = resolve;
  });
  const prune = async (input: PruneInput) => {
    const result = await steps.prune(input);
    if (!result.more || result.count === 0) isOver();
    return result;
  };
  const sweeper = new SessionSweeper({
    store: { ...steps, prune } as SessionPersistence,
    clock: createTestClock(t0),
    logger: new NullLogger(),
    counters: new NullCounters(),
    settings: {
      cleanupIntervalMs: 50,
      cleanupBatch: 5,
      retentionMs: 100 * minute,
      ledgerRetentionMs: 100 * minute,
    },
  });
  await over;
  await sweeper.stop();
}

/** What a process that ended between two writes leaves behind, made by hand. */
describe('MongodbSessionPersistence after a crash', () => {
  const databases = useMongoDatabases();
  let store: MongodbSessionPersistence;
  let client: MongoClient;
  let collections: Collections;
  let uri: string;

  beforeEach(async () => {
    ({ uri } = databases.create());
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
    expect(await store.prune(nothing)).to.deep.equal({ count: 1, more: false });
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
    // Settled, then removed.
    expect(pruned).to.deep.equal({ count: 2, more: false });
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

  for (const isRepeated of [true, false]) {
    it(`openSession() raises nothing that ended and was swept (${isRepeated ? '' : 'not '}repeated before), though nobody noted that it was open`, async () => {
      const request = { requestId: 'r', fingerprint: 'f', expireTime: t0 + minute };
      const open = async () =>
        await store.openSession(openInput({ kind: 'presence' }, { request }));
      const first = present(await open());
      await collections.requests.updateMany({}, { $set: { done: false } });
      if (isRepeated) expect(await open()).to.deep.equal(first);
      await store.closeSession({ sessionId: first.id, reason: 'logout', now: t0 });
      expect(await store.prune(nothing)).to.deep.equal({ count: 1, more: false });
      expect(await open()).to.equal(null);
      expect(await collections.sessions.countDocuments({})).to.equal(0);
    });
  }

  it('a sweep copies all stretches that a crash kept back, however many a step does', async () => {
    for (let n = 0; n < 12; n += 1) {
      const { id } = await openedSession(store);
      await collections.sessions.updateOne({ _id: id }, { $set: { pending: [], pending_at: t0 } });
    }
    const steps: BatchResult[] = [];
    await sweepOnce({
      closeExpired: async () => ({ count: 0, more: false }),
      prune: async (input) => {
        const result = await store.prune({ ...input, now: t0 });
        steps.push(result);
        return result;
      },
    });
    expect(await collections.sessions.countDocuments({ pending_at: { $gt: 0 } })).to.equal(0);
    expect(steps).to.deep.equal([
      { count: 5, more: true },
      { count: 5, more: true },
      { count: 2, more: false },
    ]);
  });

  it('prune() passes over stretches that are damaged, and does the rest', async () => {
    const good = [await beaten(), await beaten()];
    const rows = await Promise.all(good.map(async (id) => await store.getStretches(id)));
    const bad = [];
    for (const pending of [['x'], ['{}'], ['null'], 'x', [1]]) {
      const { id } = await openedSession(store);
      await collections.sessions.updateOne({ _id: id }, {
        $set: { pending, pending_at: 1 },
      } as object);
      bad.push(id);
    }
    for (const id of good) await putBack(id);
    // What waits does not depend on the contexts.
    await collections.sessions.updateOne({ _id: present(good[0]) }, { $set: { contexts: 'x' } });
    await collections.stretches.deleteMany({});
    const ended = await openedSession(store, { userId: 'bob' });
    await store.closeSession({ sessionId: ended.id, reason: 'logout', now: t0 });
    const input = { ...nothing, endedBefore: t0 + minute, limit: 2 };
    for (let more = true; more; ) ({ more } = await store.prune(input));
    expect(await store.getSession(ended.id, t0)).to.equal(null);
    for (const [n, id] of good.entries()) {
      expect(await store.getStretches(id)).to.deep.equal(rows[n]);
    }
    const left = await collections.sessions.find({ pending_at: { $gt: 0 } }).toArray();
    expect(new Set(left.map(({ _id }) => _id))).to.deep.equal(new Set(bad));
  });

  it('prune() removes what is to go with the stretches that can be read', async () => {
    const id = await beaten();
    const before = await store.getStretches(id);
    const pending = ['x', ...before.map((row) => JSON.stringify(row))];
    const fields = { $set: { pending, pending_at: t0, removing_at: t0 }, $unset: { active: '' } };
    await collections.sessions.updateOne({ _id: id }, fields as object);
    await collections.stretches.deleteMany({});
    expect(await store.prune(nothing)).to.deep.equal({ count: 1, more: false });
    expect(await collections.sessions.countDocuments({})).to.equal(0);
    expect(await store.getStretches(id)).to.deep.equal(before);
  });

  /** A live session whose contexts are not what was written. */
  async function damagedSession(now = t0): Promise<string> {
    const { id } = await openedSession(store, {}, now);
    await store.touchSession(touchInput(id, {}, now));
    await collections.sessions.updateOne({ _id: id }, { $set: { contexts: 'x' } });
    return id;
  }

  it('openSession() counts a damaged session, and ends another for the new one', async () => {
    const damaged = await damagedSession();
    const endOldest = { max: 2, policy: 'end_oldest', kinds: ['rpc'] } as const;
    const open = async (now: number, more = {}) =>
      present(await store.openSession(openInput({}, { limit: { ...endOldest, ...more }, now })));
    const first = await open(t0 + 1);
    expect((await store.getSession(first.id, t0 + 1))?.active).to.equal(true);
    await open(t0 + 2);
    expect((await store.getSession(first.id, t0 + 2))?.closeReason).to.equal('limit');
    // None is left to be ended but the damaged one: it goes on, as does the new one.
    await open(t0 + 3, { max: 1 });
    expect(await store.countSessions({ active: true }, t0 + 3)).to.equal(2);
    expect((await collections.sessions.findOne({ _id: damaged }))?.active).to.equal(true);
    const refused = failureOf(open(t0 + 4, { policy: 'reject' }));
    expect((await refused).code).to.equal('SESSION_LIMIT');
  });

  it('openSession() does not count a damaged session past its deadline, of another kind, or that goes', async () => {
    const [due, other] = [await damagedSession(), await damagedSession()];
    const going = { $set: { removing_at: t0 }, $unset: { active: '' } } as const;
    await collections.sessions.updateOne({ _id: await damagedSession() }, going);
    await collections.sessions.updateOne({ _id: due }, { $set: { idle_timeout: 1 } });
    await collections.sessions.updateOne({ _id: other }, { $set: { kind: 'presence' } });
    const opened = await store.openSession(openInput({}, { limit, now: t0 + minute }));
    expect(present(opened).active).to.equal(true);
  });

  it('deleteUserSessions() removes damaged sessions too, with the stretches that waited', async () => {
    const ids = [await damagedSession(), await beaten(), await damagedSession(t0 + 1)];
    const before = await store.getStretches(present(ids[1]));
    await putBack(present(ids[1]), { contexts: 'x' });
    await collections.stretches.deleteMany({});
    await collections.sessions.updateOne({ _id: present(ids[2]) }, {
      $set: { open_time: 'x' },
    } as object);
    expect(await store.deleteUserSessions('ann', 9, t0)).to.deep.equal({ count: 3, more: false });
    await store.prune(nothing);
    expect(await collections.sessions.countDocuments({})).to.equal(0);
    expect(await store.getStretches(present(ids[1]))).to.deep.equal(before);
  });

  it('closeUserSessions() and closeExpired() say that there is more behind damaged sessions, and come to an end', async () => {
    for (let n = 0; n < 3; n += 1) await damagedSession(t0 + n);
    for (let n = 3; n < 6; n += 1) await openedSession(store, { idleTimeoutMs: minute }, t0 + n);
    const close = { userId: 'ann', reason: 'admin', now: t0 + 9, limit: 1 } as const;
    for (let n = 0; n < 2; n += 1) {
      expect(await store.closeUserSessions(close)).to.deep.equal({ count: 1, more: true });
    }
    expect(await store.closeUserSessions(close)).to.deep.equal({ count: 1, more: false });
    expect(await store.closeUserSessions(close)).to.deep.equal({ count: 0, more: false });

    await collections.sessions.updateMany(
      { active: true },
      { $set: { due_minute: 1, expire_time: 1 } },
    );
    for (let n = 0; n < 2; n += 1) await openedSession(store, { idleTimeoutMs: 1 });
    const fresh = await openMongodbStore(uri);
    const expire = async () => await fresh.closeExpired(t0 + minute, 1);
    expect(await expire()).to.deep.equal({ count: 1, more: true });
    expect(await expire()).to.deep.equal({ count: 1, more: false });
    expect(await expire()).to.deep.equal({ count: 0, more: false });
    await fresh.close('test');
  });

  it('closeUserSessions() and closeExpired() end a session of which only what waits is damaged', async () => {
    const waiting = { $set: { pending: ['x'], pending_at: 1 } };
    const { id } = await openedSession(store);
    const due = await openedSession(store, { userId: 'bob', idleTimeoutMs: 1 });
    for (const _id of [id, due.id]) await collections.sessions.updateOne({ _id }, waiting);
    expect(await store.prune(nothing)).to.deep.equal({ count: 0, more: false });
    const close = { userId: 'ann', reason: 'admin', now: t0, limit: 9 } as const;
    expect(await store.closeUserSessions(close)).to.deep.equal({ count: 1, more: false });
    expect((await store.getSession(id, t0))?.closeReason).to.equal('admin');
    expect(await store.closeExpired(t0 + minute, 9)).to.deep.equal({ count: 1, more: false });
  });

  it('closeUserSessions() and closeExpired() end a session that was damaged once and is mended', async () => {
    const ids = [await damagedSession(), await damagedSession()];
    const whole = await openedSession(store, { userId: 'bob' });
    await store.touchSession(touchInput(whole.id, {}, t0));
    const { contexts } = present(await collections.sessions.findOne({ _id: whole.id }));
    const mend = async (_id?: string) =>
      await collections.sessions.updateOne(
        { _id: present(_id) },
        { $set: { contexts: present(contexts) } },
      );
    const close = { userId: 'ann', reason: 'admin', now: t0, limit: 9 } as const;
    expect(await store.closeUserSessions(close)).to.deep.equal({ count: 0, more: false });
    await mend(ids[0]);
    expect(await store.closeUserSessions(close)).to.deep.equal({ count: 1, more: false });

    await collections.sessions.updateOne(
      { _id: present(ids[1]) },
      { $set: { idle_timeout: 1, due_minute: 1, expire_time: 1 } },
    );
    expect(await store.closeExpired(t0 + minute, 9)).to.deep.equal({ count: 0, more: false });
    await mend(ids[1]);
    expect(await store.closeExpired(t0 + minute, 9)).to.deep.equal({ count: 1, more: false });
  });

  it('a session is said to be damaged once, and again when it was whole or removed meanwhile', () => {
    const found: string[] = [];
    const sessions = new DamagedSessions(({ code }) => found.push(code));
    const fail = () =>
      sessions.read('a', () => {
        throw storeDamaged(new Error('x'));
      });
    expect([fail(), fail(), found.length]).to.deep.equal([undefined, undefined, 1]);
    expect([sessions.read('a', () => 1), sessions.others]).to.deep.equal([1, {}]);
    fail();
    sessions.forget('a');
    fail();
    expect(found.length).to.equal(3);
  });

  it('openSession() that is refused lists what can be asked for, and no open that is under way', async () => {
    const two = { ...limit, max: 2 };
    const { id } = await openedSession(store);
    const cut = present(await store.openSession(openInput({}, { limit: two, now: t0 })));
    const change = { $set: { opening_at: t0 }, $unset: { active: '' } } as const;
    await collections.sessions.updateOne({ _id: cut.id }, change);
    const refused = await failureOf(store.openSession(openInput({}, { limit: two, now: t0 + 1 })));
    expect(refused.code).to.equal('SESSION_LIMIT');
    const { sessions } = refused.details as { readonly sessions: readonly { id: string }[] };
    expect(sessions.map((session) => session.id)).to.deep.equal([id]);
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
