import { expect } from 'chai';
import type { NewSession } from '../../../src/domain/open.js';
import { failureOf } from '../../support/failure.js';
import { newSession, openedSession, openInput, present, t0 } from '../../support/sessions.js';
import type { Subject } from './subject.js';

/** Opening and reading one session. */
export function describeOpening(subject: Subject): void {
  describe('openSession()', () => {
    it('openSession() answers the whole record and getSession() the same', async () => {
      const input: NewSession = {
        id: 'the-id',
        userId: 'ann',
        userName: 'Ann Other',
        deviceId: 'laptop',
        kind: 'web',
        address: '127.0.0.1',
        client: 'shop',
        user: '{"roles":["buyer"]}',
        data: '{"cart":[]}',
        idleTimeoutMs: 60_000,
        absoluteTimeoutMs: 600_000,
      };
      const { absoluteTimeoutMs: _, ...fields } = input;
      const expected = {
        ...fields,
        active: true,
        openTime: t0,
        requestTime: t0,
        absoluteExpireTime: t0 + 600_000,
        revision: 0,
        contexts: [],
      };
      expect(await subject.store.openSession({ session: input, now: t0 })).to.deep.equal(expected);
      expect(await subject.store.getSession('the-id', t0)).to.deep.equal(expected);
    });

    it('openSession() leaves out what has no value', async () => {
      const opened = await subject.store.openSession(openInput({ id: 'bare' }));
      expect(opened).to.deep.equal({
        id: 'bare',
        userId: 'ann',
        kind: 'rpc',
        active: true,
        openTime: t0,
        requestTime: t0,
        revision: 0,
        contexts: [],
      });
      expect(await subject.store.getSession('bare', t0)).to.deep.equal(opened);
    });

    it('openSession() opens as many sessions of a user as are asked for', async () => {
      for (let n = 0; n < 20; n += 1) await openedSession(subject.store);
      expect(await subject.store.countSessions({ userId: 'ann', active: true }, t0)).to.equal(20);
    });

    it('openSession() never writes over a session that has the id', async () => {
      const first = await openedSession(subject.store, { id: 'taken', data: '1' });
      await failureOf(subject.store.openSession(openInput({ id: 'taken', userId: 'bob' })));
      expect(await subject.store.getSession('taken', t0)).to.deep.equal(first);
      expect(await subject.store.countSessions({}, t0)).to.equal(1);
    });
  });

  describe('getSession()', () => {
    for (const id of ['absent', '__proto__', 'constructor', 'hasOwnProperty', '']) {
      it(`getSession() answers null for the absent id "${id}"`, async () => {
        await openedSession(subject.store);
        expect(await subject.store.getSession(id, t0)).to.equal(null);
      });
    }

    it('getSession() finds a session whose id is the name of a property', async () => {
      const opened = await subject.store.openSession({
        session: newSession({ id: '__proto__' }),
        now: t0,
      });
      expect(await subject.store.getSession('__proto__', t0)).to.deep.equal(present(opened));
    });
  });
}
