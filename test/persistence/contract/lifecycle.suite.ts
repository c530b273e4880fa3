import { expect } from 'chai';
import { defaultPresenceRules } from '../../../src/domain/presence.js';
import type { SessionPersistence } from '../../../src/logic/session-persistence.js';
import { failureOf } from '../../support/failure.js';
import { openedSession, openInput, t0 } from '../../support/sessions.js';
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

    it('lead() has the only process that serves a store sweep, every time', async () => {
      for (let step = 0; step < 3; step += 1) {
        expect((await subject.store.lead?.(60_000)) ?? true).to.equal(true);
      }
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
  lead: async (store) => await (store.lead?.(1) ?? store.checkReady()),
  checkReady: (store) => store.checkReady(),
};
