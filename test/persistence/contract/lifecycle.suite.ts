import { expect } from 'chai';
import { defaultPresenceRules } from '../../../src/domain/presence.js';
import type { SessionPersistence } from '../../../src/logic/session-persistence.js';
import { failureOf } from '../../support/failure.js';
import { populate, populatedAt } from '../../support/population.js';
import {
  minute,
  openedSession,
  openInput,
  present,
  second,
  t0,
  touchInput,
} from '../../support/sessions.js';
import type { CreateStore, Subject } from './subject.js';

/** An empty store, a store that is closed, and one that is opened again. */
export function describeLifecycle(subject: Subject, createStore: CreateStore): void {
  describe('an empty store', () => {
    it('listSessions() and countSessions() find nothing', async () => {
      for (const filter of [{}, { active: true }, { active: false }, { userId: 'ann' }]) {
        const query = { filter, now: t0, take: 10, total: true };
        const nothing = { sessions: [], total: 0, more: false };
        expect(await subject.store.listSessions(query)).to.deep.equal(nothing);
        expect(await subject.store.countSessions(filter, t0)).to.equal(0);
      }
    });

    it('closeExpired() finds nothing', async () => {
      const nothing = { count: 0, more: false };
      expect(await subject.store.closeExpired(t0, 10)).to.deep.equal(nothing);
    });

    it('checkReady() resolves', async () => {
      await subject.store.checkReady();
    });
  });

  describe('a closed store', () => {
    for (const [name, call] of Object.entries(calls)) {
      it(`${name}() is refused`, async () => {
        const closed = await createStore();
        await openedSession(closed.store, { id: 'x' });
        await closed.close();
        expect(await failureOf(call(closed.store))).to.deep.equal({ code: 'STORE_UNAVAILABLE' });
      });
    }
  });

  describe('a store that is opened again', () => {
    describeReopening(subject);
  });
}

const calls: Readonly<Record<string, (store: SessionPersistence) => Promise<unknown>>> = {
  openSession: (store) => store.openSession(openInput()),
  getSession: (store) => store.getSession('x', t0),
  listSessions: (store) => store.listSessions({ filter: {}, now: t0, take: 1 }),
  countSessions: (store) => store.countSessions({}, t0),
  touchSession: (store) =>
    store.touchSession({ sessionId: 'x', beat: {}, now: t0, presence: defaultPresenceRules }),
  changeSession: (store) => store.changeSession('x', { type: 'data', data: '1' }, t0),
  closeSession: (store) => store.closeSession({ sessionId: 'x', reason: 'logout', now: t0 }),
  closeUserSessions: (store) =>
    store.closeUserSessions({ userId: 'ann', reason: 'logout', now: t0, limit: 1 }),
  closeExpired: (store) => store.closeExpired(t0, 1),
  deleteSession: (store) => store.deleteSession('x', t0),
  deleteUserSessions: (store) => store.deleteUserSessions('ann', 1, t0),
  prune: (store) => store.prune({ endedBefore: t0, stretchesBefore: t0, now: t0, limit: 1 }),
  getStretches: (store) => store.getStretches('x'),
  checkReady: (store) => store.checkReady(),
};

function describeReopening(subject: Subject): void {
  it('getSession(), listSessions() and getStretches() answer as before', async function () {
    const { underTest, store } = subject;
    const { reopen } = underTest;
    if (reopen === undefined) return this.skip();
    await populate(store);
    const { id } = await openedSession(store, { data: '{"kept":"é😀"}' }, populatedAt);
    for (const path of [['a'], ['b'], ['c']]) {
      const now = populatedAt + path.length * second;
      await store.touchSession(touchInput(id, { path, status: 'busy', activity: 'x' }, now));
    }
    const now = populatedAt + 2 * minute;
    const before = await readAll(store, now);
    expect(await readAll(await reopen.call(underTest), now)).to.deep.equal(before);
  });

  it('openSession() still knows request ids, also of deleted sessions', async function () {
    const { underTest, store } = subject;
    const { reopen } = underTest;
    if (reopen === undefined) return this.skip();
    const request = (requestId: string) => ({
      request: { requestId, fingerprint: 'f', expireTime: t0 + minute },
    });
    const kept = await store.openSession(openInput({}, request('kept')));
    const deleted = present(await store.openSession(openInput({}, request('deleted'))));
    await store.deleteSession(deleted.id, t0);
    const again = await reopen.call(underTest);
    expect(await again.openSession(openInput({}, request('kept')))).to.deep.equal(kept);
    expect(await again.openSession(openInput({}, request('deleted')))).to.equal(null);
  });

  it('closeExpired(), changeSession() and touchSession() go on where they were', async function () {
    const { underTest, store } = subject;
    const { reopen } = underTest;
    if (reopen === undefined) return this.skip();
    const opened = await openedSession(store, { idleTimeoutMs: minute, data: '{"a":1}' });
    await store.touchSession(touchInput(opened.id, { seq: 5, status: 'busy' }, t0 + second));
    await openedSession(store, { idleTimeoutMs: second });
    const again = await reopen.call(underTest);
    const repeated = await again.touchSession(touchInput(opened.id, { seq: 5 }, t0 + 2 * second));
    expect([repeated?.outcome.duplicate, repeated?.status]).to.deep.equal([true, 'busy']);
    const change = { type: 'patch', patch: { b: 2 }, revision: 0 } as const;
    const changed = await again.changeSession(opened.id, change, t0 + 2 * second);
    expect(changed?.data).to.equal('{"a":1,"b":2}');
    expect((await again.closeExpired(t0 + 3 * second, 9)).count).to.equal(1);
    expect((await again.closeExpired(t0 + 60 * minute, 9)).count).to.equal(1);
  });
}

async function readAll(store: SessionPersistence, now: number) {
  const page = await store.listSessions({ filter: {}, now, take: 1_000, total: true });
  const ids = page.sessions.map(({ id }) => id);
  return {
    page,
    records: await Promise.all(ids.map((id) => store.getSession(id, now))),
    rows: await Promise.all(ids.map((id) => store.getStretches(id))),
  };
}
