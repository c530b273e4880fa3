import { expect } from 'chai';
import type { SessionRecord } from '../../../src/domain/session.js';
import type { CloseUserInput } from '../../../src/logic/session-persistence.js';
import { minute, openedSession, t0, touchInput } from '../../support/sessions.js';
import type { Subject } from './subject.js';

/** Ends by a call (specs: rpc-v1, rule 4). */
export function describeClosing(subject: Subject): void {
  describe('closeSession()', () => {
    describeOneClose(subject);
  });
  describe('closeUserSessions()', () => {
    describeUserCloses(subject);
  });
}

function ended(
  record: SessionRecord,
  end: Pick<SessionRecord, 'closeReason' | 'closeTime'>,
): SessionRecord {
  const { user: _user, data: _data, ...kept } = record;
  return { ...kept, ...end, active: false, contexts: [] };
}

function describeOneClose(subject: Subject): void {
  const close = (sessionId: string, reason: 'logout' | 'admin', now: number) =>
    subject.store.closeSession({ sessionId, reason, now });

  it('closeSession() ends and erases, and leaves request_time alone', async () => {
    const opened = await openedSession(subject.store, {
      data: '"secret"',
      user: '"secret"',
      userName: 'Ann',
      idleTimeoutMs: minute,
    });
    await subject.store.touchSession(touchInput(opened.id, { status: 'busy' }, t0 + 1));
    const expected = ended(
      { ...opened, requestTime: t0 + 1 },
      { closeReason: 'admin', closeTime: t0 + 2 },
    );
    expect(await close(opened.id, 'admin', t0 + 2)).to.deep.equal(expected);
    expect(await subject.store.getSession(opened.id, t0 + 3)).to.deep.equal(expected);
  });

  it('closeSession() answers an ended session as it is', async () => {
    const { id } = await openedSession(subject.store);
    const closed = await close(id, 'logout', t0 + 1);
    expect(await close(id, 'admin', t0 + 2)).to.deep.equal(closed);
    expect(await subject.store.getSession(id, t0 + 2)).to.deep.equal(closed);
  });

  it('closeSession() answers null for an absent session', async () => {
    expect(await close('absent', 'logout', t0)).to.equal(null);
  });

  it('closeSession() leaves a session past its deadline the end it had', async () => {
    const opened = await openedSession(subject.store, { idleTimeoutMs: minute, data: '1' });
    const expected = ended(opened, { closeReason: 'idle', closeTime: t0 + minute });
    expect(await close(opened.id, 'logout', t0 + minute + 1)).to.deep.equal(expected);
    expect(await subject.store.getSession(opened.id, t0 + minute + 1)).to.deep.equal(expected);
  });

  it('closeSession() ends a session at its deadline itself', async () => {
    const opened = await openedSession(subject.store, { idleTimeoutMs: minute });
    const expected = ended(opened, { closeReason: 'logout', closeTime: t0 + minute });
    expect(await close(opened.id, 'logout', t0 + minute)).to.deep.equal(expected);
  });

  it('closeSession() ends once when it comes many times at once', async () => {
    const opened = await openedSession(subject.store);
    const reasons = ['logout', 'admin', 'logout', 'admin'] as const;
    const answers = await Promise.all(reasons.map((reason) => close(opened.id, reason, t0 + 1)));
    const stored = await subject.store.getSession(opened.id, t0 + 1);
    expect(answers).to.deep.equal(reasons.map(() => stored));
  });

  it('closeSession() takes the session from the live ones of every list', async () => {
    const fields = { deviceId: 'laptop', client: 'shop', address: '::1' };
    const { id } = await openedSession(subject.store, fields);
    await close(id, 'logout', t0);
    for (const filter of [{}, { userId: 'ann' }, { kind: 'rpc' as const }, ...pairs(fields)]) {
      expect(await subject.store.countSessions({ ...filter, active: true }, t0)).to.equal(0);
      expect(await subject.store.countSessions({ ...filter, active: false }, t0)).to.equal(1);
      expect(await subject.store.countSessions(filter, t0)).to.equal(1);
    }
    expect(await subject.store.countSessions({ closeReason: 'logout' }, t0)).to.equal(1);
  });
}

function pairs(fields: Readonly<Record<string, string>>) {
  return Object.entries(fields).map(([key, value]) => ({ [key]: value }));
}

function describeUserCloses(subject: Subject): void {
  const closeAll = (rest: Partial<CloseUserInput> = {}) =>
    subject.store.closeUserSessions({
      userId: 'ann',
      reason: 'admin',
      now: t0 + 10,
      limit: 100,
      ...rest,
    });

  it('closeUserSessions() ends all live sessions of one user, with their documents', async () => {
    const mine = [];
    for (let n = 0; n < 4; n += 1) mine.push(await openedSession(subject.store, { data: '1' }));
    const other = await openedSession(subject.store, { userId: 'bob', data: '1' });
    expect(await closeAll()).to.deep.equal({ count: 4, more: false });
    for (const opened of mine) {
      expect(await subject.store.getSession(opened.id, t0 + 10)).to.deep.equal(
        ended(opened, { closeReason: 'admin', closeTime: t0 + 10 }),
      );
    }
    expect(await subject.store.getSession(other.id, t0 + 10)).to.deep.equal(other);
    expect(await closeAll()).to.deep.equal({ count: 0, more: false });
  });

  it('closeUserSessions() lets one session go on, or none when it is of another user', async () => {
    const kept = await openedSession(subject.store);
    const other = await openedSession(subject.store, { userId: 'bob' });
    await openedSession(subject.store);
    expect(await closeAll({ exceptId: kept.id })).to.deep.equal({ count: 1, more: false });
    expect(await subject.store.getSession(kept.id, t0 + 10)).to.deep.equal(kept);
    expect(await closeAll({ exceptId: other.id })).to.deep.equal({ count: 1, more: false });
    expect(await subject.store.countSessions({ active: true }, t0 + 10)).to.equal(1);
  });

  it('closeUserSessions() counts no session past its deadline, which keeps its end', async () => {
    const expired = await openedSession(subject.store, { idleTimeoutMs: 1 });
    await openedSession(subject.store);
    expect(await closeAll()).to.deep.equal({ count: 1, more: false });
    expect(await subject.store.getSession(expired.id, t0 + 10)).to.deep.equal(
      ended(expired, { closeReason: 'idle', closeTime: t0 + 1 }),
    );
  });

  it('closeUserSessions() ends at most its limit and says that there is more', async () => {
    for (let n = 0; n < 5; n += 1) await openedSession(subject.store);
    const kept = await openedSession(subject.store);
    const counts = [];
    for (let more = true; more; ) {
      const result = await closeAll({ limit: 2, exceptId: kept.id });
      counts.push(result.count);
      more = result.more;
    }
    expect(counts.filter((count) => count > 0)).to.deep.equal([2, 2, 1]);
    expect(await subject.store.countSessions({ active: true }, t0 + 10)).to.equal(1);
  });

  it('closeUserSessions() does nothing for a user without sessions', async () => {
    expect(await closeAll({ userId: 'nobody' })).to.deep.equal({ count: 0, more: false });
  });
}
