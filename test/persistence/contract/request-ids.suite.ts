import { expect } from 'chai';
import type { OpenRequest } from '../../../src/logic/session-persistence.js';
import { failureOf, settle } from '../../support/failure.js';
import { minute, openInput, present, t0 } from '../../support/sessions.js';
import type { Subject } from './subject.js';

const request: OpenRequest = {
  requestId: 'request-1',
  fingerprint: 'fingerprint-1',
  expireTime: t0 + 10 * minute,
};

/** `request_id`: an open that may be repeated (specs: rpc-v1, rule 7). */
export function describeRequestIds(subject: Subject): void {
  const openAgain = (now: number, changes: Partial<OpenRequest> = {}) =>
    subject.store.openSession(openInput({}, { now, request: { ...request, ...changes } }));

  describe('openSession() with a request id', () => {
    it('openSession() answers the first session to a repeated request, as it is now', async () => {
      const first = present(await openAgain(t0));
      const changed = await subject.store.changeSession(
        first.id,
        { type: 'data', data: '1' },
        t0 + 1,
      );
      expect(await openAgain(t0 + 2)).to.deep.equal(changed);
      expect(await subject.store.countSessions({}, t0 + 2)).to.equal(1);
    });

    it('openSession() answers an ended session to a repeated request', async () => {
      const { id } = present(await openAgain(t0));
      const closed = await subject.store.closeSession({
        sessionId: id,
        reason: 'admin',
        now: t0 + 1,
      });
      expect(await openAgain(t0 + 2)).to.deep.equal(closed);
    });

    it('openSession() answers an expired session nobody swept as ended', async () => {
      const input = openInput({ idleTimeoutMs: 1_000 }, { request });
      const first = present(await subject.store.openSession(input));
      expect(await openAgain(t0 + 1_001)).to.deep.equal({
        ...first,
        active: false,
        closeReason: 'idle',
        closeTime: t0 + 1_000,
      });
    });

    it('openSession() answers null when the session of the request was deleted', async () => {
      const { id } = present(await openAgain(t0));
      await subject.store.deleteSession(id, t0);
      expect(await openAgain(t0 + 1)).to.equal(null);
      expect(await subject.store.countSessions({}, t0 + 1)).to.equal(0);
    });

    it('openSession() refuses other parameters under the same request id', async () => {
      await openAgain(t0);
      const again = openAgain(t0 + 1, { fingerprint: 'another' });
      expect(await failureOf(again)).to.deep.equal({ code: 'REQUEST_ID_REUSED' });
      expect(await subject.store.countSessions({}, t0 + 1)).to.equal(1);
    });

    it('openSession() still knows the request at its expire time', async () => {
      const first = await openAgain(t0);
      expect(await openAgain(request.expireTime)).to.deep.equal(first);
    });

    it('openSession() opens anew after the expire time of the request', async () => {
      const first = present(await openAgain(t0));
      const now = request.expireTime + 1;
      const renewed = { fingerprint: 'another', expireTime: now + minute };
      const second = present(await openAgain(now, renewed));
      expect(second.id).to.not.equal(first.id);
      expect(await openAgain(now + minute, renewed)).to.deep.equal(second);
    });

    it('openSession() keeps the request ids of users apart', async () => {
      await openAgain(t0);
      const other = await subject.store.openSession(openInput({ userId: 'bob' }, { request }));
      expect(present(other).userId).to.equal('bob');
    });

    it('openSession() does not mix up user and request id', async () => {
      const open = (userId: string, requestId: string) =>
        subject.store.openSession(
          openInput({ userId }, { request: { ...request, requestId, fingerprint: userId } }),
        );
      for (const [userId, requestId] of [
        ['a', 'bc'],
        ['ab', 'c'],
        ['a:', 'b'],
        ['a', ':b'],
        ['a"', '"b'],
      ] as const) {
        expect(present(await open(userId, requestId)).userId).to.equal(userId);
      }
      expect(await subject.store.countSessions({}, t0)).to.equal(5);
    });

    it('openSession() opens one session for equal requests at the same time', async () => {
      const { values } = await settle(Array.from({ length: 8 }, () => openAgain(t0)));
      expect(new Set(values.map((session) => session?.id)).size).to.equal(1);
      expect(await subject.store.countSessions({}, t0)).to.equal(1);
    });

    it('openSession() forgets a request whose open was refused', async () => {
      const limit = { max: 1, policy: 'reject', kinds: ['rpc'] } as const;
      const blocker = present(await subject.store.openSession(openInput()));
      const refused = subject.store.openSession(openInput({}, { limit, request }));
      expect((await failureOf(refused)).code).to.equal('SESSION_LIMIT');
      await subject.store.closeSession({ sessionId: blocker.id, reason: 'logout', now: t0 });
      expect(present(await openAgain(t0)).active).to.equal(true);
    });

    it('openSession() that is refused leaves an expired request as it was', async () => {
      const limit = { max: 1, policy: 'reject', kinds: ['rpc'] } as const;
      await openAgain(t0);
      const now = request.expireTime + 1;
      const renewed = { ...request, fingerprint: 'another', expireTime: now + minute };
      const refused = subject.store.openSession(openInput({}, { now, limit, request: renewed }));
      expect((await failureOf(refused)).code).to.equal('SESSION_LIMIT');
      const pruned = await subject.store.prune({
        endedBefore: 0,
        stretchesBefore: 0,
        now,
        limit: 9,
      });
      expect(pruned).to.deep.equal({ count: 1, more: false });
    });

    it('openSession() answers a repeated request at the limit', async () => {
      const limit = { max: 1, policy: 'reject', kinds: ['rpc'] } as const;
      const first = await subject.store.openSession(openInput({}, { limit, request }));
      const again = subject.store.openSession(openInput({}, { limit, request }));
      expect(await again).to.deep.equal(first);
    });
  });
}
