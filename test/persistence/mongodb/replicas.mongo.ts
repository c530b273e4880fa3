import { expect } from 'chai';
import type { SessionLimit } from '../../../src/domain/open.js';
import type { SessionPersistence } from '../../../src/logic/session-persistence.js';
import type { MongodbSessionPersistence } from '../../../src/persistence/mongodb/mongodb-session-persistence.js';
import { SessionTable } from '../../../src/persistence/mongodb/session-table.js';
import { failureOf, settle } from '../../support/failure.js';
import { useMongoDatabases } from '../../support/mongo-database.js';
import {
  minute,
  openedSession,
  openInput,
  present,
  t0,
  touchInput,
} from '../../support/sessions.js';
import { makeDatabase, openMongodbStore } from './mongodb-store.js';

/** How many processes a test stands for. */
const replicaCount = 4;

describe('Several MongodbSessionPersistence on one database', () => {
  const databases = useMongoDatabases();
  let stores: readonly MongodbSessionPersistence[] = [];
  const at = (index: number): SessionPersistence => present(stores[index % stores.length]);

  beforeEach(async () => {
    const { uri } = databases.create();
    await makeDatabase(uri);
    // All at once: each finds the schema missing, or half made.
    stores = await Promise.all(
      Array.from({ length: replicaCount }, async () => await openMongodbStore(uri)),
    );
  });
  afterEach(async () => {
    for (const store of stores) await store.close('test');
  });

  const kinds = ['rpc', 'web'] as const;
  const limits: readonly SessionLimit[] = [
    { max: 3, policy: 'reject', kinds },
    { max: 3, policy: 'end_oldest', kinds },
    { max: 1, policy: 'reject', kinds },
    { max: 1, policy: 'end_oldest', kinds },
  ];
  for (const limit of limits) {
    it(`openSession() 24 times at once leaves the limit (${limit.policy}, ${limit.max})`, async () => {
      const opens = Array.from({ length: 24 }, async (_, n) =>
        at(n).openSession(openInput({}, { limit })),
      );
      const { values, failures } = await settle(opens);
      expect(await at(0).countSessions({ active: true }, t0)).to.equal(limit.max);
      expect(values.length).to.equal(limit.policy === 'reject' ? limit.max : 24);
      expect(new Set(failures.map(({ code }) => code))).to.deep.equal(
        new Set(limit.policy === 'reject' ? ['SESSION_LIMIT'] : []),
      );
      const { sessions } = await at(1).listSessions({ filter: {}, now: t0, take: 99 });
      expect(sessions.length).to.equal(values.length);
    });

    it(`openSession() of one request many times at once opens one (${limit.policy}, ${limit.max})`, async () => {
      const request = { requestId: 'r', fingerprint: 'f', expireTime: t0 + minute };
      const opens = Array.from({ length: 12 }, async (_, n) =>
        at(n).openSession(openInput({}, { limit, request })),
      );
      const { values, failures } = await settle(opens);
      expect(failures).to.deep.equal([]);
      expect(new Set(values.map((session) => session?.id)).size).to.equal(1);
      expect(await at(0).countSessions({}, t0)).to.equal(1);
    });
  }

  for (const max of [1, 3]) {
    it(`touchSession() refuses what a limit of ${max} ended, at the replica that opened it`, async () => {
      const limit = { max, policy: 'end_oldest', kinds } as const;
      for (let round = 0; round < 12; round += 1) {
        const userId = `user-${round}`;
        const opens = Array.from({ length: 16 }, async (_, n) =>
          at(n).openSession(openInput({ userId }, { limit, now: t0 + n })),
        );
        const ids = (await Promise.all(opens)).map((session) => present(session).id);
        const beats = ids.map(async (id, n) => at(n).touchSession(touchInput(id, {}, t0 + minute)));
        const { values, failures } = await settle(beats);
        expect(values.length).to.equal(max);
        expect(new Set(failures.map(({ code }) => code))).to.deep.equal(new Set(['SESSION_ENDED']));
        expect(await at(round).countSessions({ userId, active: true }, t0 + minute)).to.equal(max);
      }
    });
  }

  it('openSession() of one request at all replicas opens one session', async () => {
    for (let round = 0; round < 10; round += 1) {
      const request = { requestId: `r${round}`, fingerprint: 'f', expireTime: t0 + minute };
      const opens = Array.from({ length: 8 }, async (_, n) =>
        at(n).openSession(openInput({}, { request })),
      );
      const { values } = await settle(opens);
      expect([values.length, new Set(values.map((session) => session?.id)).size]).to.deep.equal([
        8, 1,
      ]);
      expect(await at(round).countSessions({}, t0)).to.equal(round + 1);
    }
  });

  it('touchSession() loses no beat that several replicas take at the same time', async () => {
    const { id } = await openedSession(at(0));
    const tabs = Array.from({ length: 24 }, (_, n) => `tab-${n}`);
    await Promise.all(
      tabs.map(async (contextId, n) => at(n).touchSession(touchInput(id, { contextId }, t0 + 1))),
    );
    const read = present(await at(0).getSession(id, t0 + 1));
    expect(new Set(read.contexts.map(({ contextId }) => contextId))).to.deep.equal(new Set(tabs));
  });

  it('touchSession() takes a beat once, though every replica knows the session', async () => {
    const { id } = await openedSession(at(0));
    for (let n = 0; n < replicaCount; n += 1) {
      const beat = { contextId: `warm-${n}` };
      await at(n).touchSession(touchInput(id, beat, t0 + n));
    }
    const beats = Array.from({ length: 12 }, async (_, n) =>
      at(n).touchSession(touchInput(id, { seq: 7 }, t0 + 9)),
    );
    const touched = (await Promise.all(beats)).map(present);
    expect(touched.filter(({ outcome }) => !outcome.duplicate).length).to.equal(1);
    for (let n = 0; n < replicaCount; n += 1) {
      const again = present(await at(n).touchSession(touchInput(id, { seq: 7 }, t0 + 9)));
      expect([again.outcome.duplicate, again.outcome.seq]).to.deep.equal([true, 7]);
    }
  });

  it('touchSession() answers a duplicate with the pair that stands in the database', async () => {
    const { id } = await openedSession(at(0));
    await at(0).touchSession(touchInput(id, { seq: 5 }, t0 + 1));
    await at(1).touchSession(touchInput(id, { seq: 9, status: 'busy' }, t0 + 2));
    const again = present(await at(0).touchSession(touchInput(id, { seq: 5 }, t0 + 3)));
    const { duplicate, seq, requestTime } = again.outcome;
    expect([duplicate, seq, requestTime, again.status]).to.deep.equal([true, 9, t0 + 2, 'busy']);
  });

  it('touchSession() refuses for no activity that another replica has ended', async () => {
    const { id } = await openedSession(at(0));
    const beat = (activity: string, rest = {}) => ({ contextId: 'tab', activity, ...rest });
    for (let n = 0; n < 16; n += 1) {
      await at(0).touchSession(touchInput(id, beat(`event-${n}`), t0 + n));
    }
    await at(1).touchSession(touchInput(id, beat('event-0', { ended: true, epoch: 0 }), t0 + 20));
    const next = await at(0).touchSession(touchInput(id, beat('event-16', { epoch: 1 }), t0 + 21));
    expect(present(next).outcome.duplicate).to.equal(false);
  });

  it('touchSession() refuses at once what another replica has ended, changed or removed', async () => {
    const [closed, removed] = [await openedSession(at(0)), await openedSession(at(0))];
    for (const { id } of [closed, removed]) await at(0).touchSession(touchInput(id, {}, t0 + 1));
    await at(1).closeSession({ sessionId: closed.id, reason: 'admin', now: t0 + 2 });
    await at(1).deleteSession(removed.id, t0 + 2);
    const refused = await failureOf(at(0).touchSession(touchInput(closed.id, {}, t0 + 3)));
    expect(refused.code).to.equal('SESSION_ENDED');
    expect(await at(0).touchSession(touchInput(removed.id, {}, t0 + 3))).to.equal(null);
  });

  it('touchSession() does not take the session of an id that was opened anew for the old one', async () => {
    const { id } = await openedSession(at(0), { idleTimeoutMs: minute });
    await at(0).touchSession(touchInput(id, { contextId: 'old', status: 'busy' }, t0 + 1));
    await at(1).deleteSession(id, t0 + 2);
    await openedSession(at(1), { id, userId: 'bob' }, t0 + 3);
    // As many changes as the old one had.
    await at(1).touchSession(touchInput(id, { contextId: 'new' }, t0 + 3));
    const touched = present(await at(0).touchSession(touchInput(id, { seq: 4 }, t0 + 4)));
    expect([touched.outcome.seq, touched.session.openTime, touched.status]).to.deep.equal([
      4,
      t0 + 3,
      undefined,
    ]);
  });

  it('a session that one replica said to have ended lives on at none', async () => {
    const { id } = await openedSession(at(0), { idleTimeoutMs: minute });
    await at(0).touchSession(touchInput(id, {}, t0));
    expect(present(await at(1).getSession(id, t0 + minute + 1)).active).to.equal(false);
    const refused = await failureOf(at(0).touchSession(touchInput(id, {}, t0 + minute - 1)));
    expect(refused.code).to.equal('SESSION_ENDED');
  });

  describe('a session that one replica took for ended when it decided', () => {
    const limit = { max: 1, policy: 'reject', kinds } as const;
    const decisions: Readonly<Record<string, (store: SessionPersistence, now: number) => unknown>> =
      {
        'openSession() under a limit': (store, now) =>
          store.openSession(openInput({}, { limit, now })),
        'closeUserSessions()': (store, now) =>
          store.closeUserSessions({ userId: 'ann', reason: 'admin', now, limit: 1 }),
      };
    for (const [name, decide] of Object.entries(decisions)) {
      it(`lives on at none whose clock is behind: ${name}`, async () => {
        const opened = [];
        for (let n = 0; n < 3; n += 1) {
          opened.push(await openedSession(at(0), { idleTimeoutMs: minute }));
        }
        await decide(at(1), t0 + minute + 1);
        for (const { id } of opened) {
          const refused = await failureOf(at(0).touchSession(touchInput(id, {}, t0 + minute)));
          expect(refused.code).to.equal('SESSION_ENDED');
          const { closeReason, closeTime } = present(await at(2).getSession(id, t0));
          expect([closeReason, closeTime]).to.deep.equal(['idle', t0 + minute]);
        }
      });
    }
  });

  it('openSession() counts a session that was revived after it was found past its deadline', async () => {
    const { id } = await openedSession(at(0), { idleTimeoutMs: minute });
    const limit = { max: 1, policy: 'reject', kinds } as const;
    const { end } = SessionTable.prototype;
    SessionTable.prototype.end = async function (stored, change) {
      SessionTable.prototype.end = end;
      await at(0).touchSession(touchInput(id, {}, t0 + minute));
      return await end.call(this, stored, change);
    };
    const open = at(1).openSession(openInput({}, { limit, now: t0 + minute + 1 }));
    expect((await failureOf(open)).code).to.equal('SESSION_LIMIT');
    expect(await at(1).countSessions({ active: true }, t0 + minute + 1)).to.equal(1);
  });

  it('a session that a beat keeps alive at one replica is not ended by what another knew', async () => {
    const { id } = await openedSession(at(0), { idleTimeoutMs: minute });
    await at(0).touchSession(touchInput(id, {}, t0));
    await at(1).touchSession(touchInput(id, {}, t0 + minute));
    const touched = await at(0).touchSession(touchInput(id, {}, t0 + minute + 1));
    expect(present(touched).session.active).to.equal(true);
  });

  it('changeSession() at all replicas at once loses none', async () => {
    const { id } = await openedSession(at(0), { data: '{}' });
    const changes = Array.from({ length: 16 }, async (_, n) =>
      at(n).changeSession(id, { type: 'patch', patch: { [`key-${n}`]: n } }, t0 + 1),
    );
    await Promise.all(changes);
    const read = present(await at(0).getSession(id, t0 + 1));
    expect(read.revision).to.equal(16);
    expect(Object.keys(JSON.parse(present(read.data)) as object).length).to.equal(16);
  });

  it('closeExpired() of all replicas at once ends each session once', async () => {
    for (let n = 0; n < 60; n += 1) await openedSession(at(n), { idleTimeoutMs: 1 });
    const counts = await Promise.all(
      stores.map(async (store) => (await store.closeExpired(t0 + minute, 100)).count),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(60);
    expect(await at(0).countSessions({ closeReason: 'idle', active: false }, t0)).to.equal(60);
  });

  it('closeUserSessions() and deleteUserSessions() at all replicas count each session once', async () => {
    for (let n = 0; n < 20; n += 1) await openedSession(at(n));
    const sum = (counts: readonly { count: number }[]) =>
      counts.reduce((total, { count }) => total + count, 0);
    const input = { userId: 'ann', reason: 'logout', now: t0, limit: 50 } as const;
    const closes = await Promise.all(stores.map(async (store) => store.closeUserSessions(input)));
    expect(sum(closes)).to.equal(20);
    const deletes = await Promise.all(
      stores.map(async (store) => await store.deleteUserSessions('ann', 50, t0)),
    );
    expect(sum(deletes)).to.equal(20);
    expect(await at(0).countSessions({}, t0)).to.equal(0);
  });
});
