import { expect } from 'chai';
import type { SessionLimit } from '../../../src/domain/open.js';
import { toSummaryV1 } from '../../../src/domain/wire.js';
import { failureOf, settle } from '../../support/failure.js';
import { idsOf, openedSession, openInput, present, summaryOf, t0 } from '../../support/sessions.js';
import type { Subject } from './subject.js';

const reject: SessionLimit = { max: 3, policy: 'reject', kinds: ['rpc', 'web'] };
const endOldest: SessionLimit = { ...reject, policy: 'end_oldest' };

/** The limit of sessions per user (specs: rpc-v1, rule 9). */
export function describeLimits(subject: Subject): void {
  describe('openSession() under a limit', () => {
    it('openSession() refuses one session more and names the live ones, oldest first', async () => {
      const live = [];
      for (const id of ['c', 'b', 'a']) live.push(await openedSession(subject.store, { id }));
      const failure = await failureOf(
        subject.store.openSession(openInput({}, { now: t0 + 1, limit: reject })),
      );
      expect(failure).to.deep.equal({
        code: 'SESSION_LIMIT',
        details: { limit: 3, sessions: live.toReversed().map(summaryOf).map(toSummaryV1) },
      });
      expect(await subject.store.countSessions({}, t0 + 1)).to.equal(3);
    });

    it('openSession() ends the oldest by open time, then by id', async () => {
      for (const id of ['c', 'b']) await openedSession(subject.store, { id, data: '1' });
      await openedSession(subject.store, { id: 'a' }, t0 + 1);
      const opened = present(
        await subject.store.openSession(
          openInput({ id: 'new' }, { now: t0 + 2, limit: endOldest }),
        ),
      );
      expect(opened.active).to.equal(true);
      const page = await subject.store.listSessions({
        filter: { active: true },
        now: t0 + 2,
        take: 9,
      });
      expect(idsOf(page.sessions)).to.deep.equal(['new', 'a', 'c']);
      expect(await subject.store.getSession('b', t0 + 2)).to.deep.equal({
        id: 'b',
        userId: 'ann',
        kind: 'rpc',
        active: false,
        openTime: t0,
        requestTime: t0,
        closeTime: t0 + 2,
        closeReason: 'limit',
        revision: 0,
        contexts: [],
      });
    });

    it('openSession() ends as many as it takes when a limit was lowered', async () => {
      for (let n = 0; n < 6; n += 1) await openedSession(subject.store, {}, t0 + n);
      const limit = { ...endOldest, max: 2 };
      await subject.store.openSession(openInput({}, { now: t0 + 10, limit }));
      expect(await subject.store.countSessions({ active: true }, t0 + 10)).to.equal(2);
      expect(await subject.store.countSessions({ closeReason: 'limit' }, t0 + 10)).to.equal(5);
    });

    it('openSession() counts only the kinds of the limit', async () => {
      for (const kind of ['presence', 'token', 'workstation'] as const) {
        await openedSession(subject.store, { kind });
      }
      for (let n = 0; n < 3; n += 1) {
        await subject.store.openSession(openInput({ kind: 'web' }, { limit: reject }));
      }
      await subject.store.openSession(openInput({ kind: 'presence' }, { limit: reject }));
      const refused = subject.store.openSession(openInput({}, { limit: reject }));
      expect((await failureOf(refused)).code).to.equal('SESSION_LIMIT');
      expect(await subject.store.countSessions({ active: true }, t0)).to.equal(7);
    });

    it('openSession() does not count the sessions of others', async () => {
      for (let n = 0; n < 5; n += 1) await openedSession(subject.store, { userId: 'bob' });
      const opened = await subject.store.openSession(openInput({}, { limit: reject }));
      expect(present(opened).active).to.equal(true);
    });

    it('openSession() counts no ended session, and none past its deadline', async () => {
      const { id } = await openedSession(subject.store);
      await subject.store.closeSession({ sessionId: id, reason: 'logout', now: t0 });
      await openedSession(subject.store, { idleTimeoutMs: 1_000 });
      await openedSession(subject.store, { absoluteTimeoutMs: 1_000 });
      const limit = { ...reject, max: 1 };
      const atDeadline = subject.store.openSession(openInput({}, { now: t0 + 1_000, limit }));
      expect((await failureOf(atDeadline)).code).to.equal('SESSION_LIMIT');
      const after = await subject.store.openSession(openInput({}, { now: t0 + 1_001, limit }));
      expect(present(after).active).to.equal(true);
    });

    for (const limit of [reject, endOldest]) {
      it(`openSession() 25 times at once leaves the limit (${limit.policy})`, async () => {
        const opens = Array.from({ length: 25 }, (_, n) =>
          subject.store.openSession(openInput({ kind: n % 2 === 0 ? 'rpc' : 'web' }, { limit })),
        );
        const { values, failures } = await settle(opens);
        expect(await subject.store.countSessions({ active: true }, t0)).to.equal(3);
        expect(values.length).to.equal(limit.policy === 'reject' ? 3 : 25);
        expect(new Set(failures.map(({ code }) => code))).to.deep.equal(
          new Set(limit.policy === 'reject' ? ['SESSION_LIMIT'] : []),
        );
      });
    }
  });
}
