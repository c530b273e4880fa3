import { expect } from 'chai';
import type { SessionKind } from '../../../src/data/version1/words.js';
import type { PruneInput } from '../../../src/logic/session-persistence.js';
import {
  minute,
  openedSession,
  openInput,
  present,
  second,
  t0,
  touchInput,
} from '../../support/sessions.js';
import type { Subject } from './subject.js';

/** Deleting, and what is kept no longer (specs: rpc-v1, rule 8). */
export function describeRemoving(subject: Subject): void {
  describe('deleteSession()', () => {
    describeOneDelete(subject);
  });
  describe('deleteUserSessions()', () => {
    describeUserDeletes(subject);
  });
  describe('prune()', () => {
    describePruneOfSessions(subject);
    describePruneOfOthers(subject);
  });
}

function describeOneDelete(subject: Subject): void {
  it('deleteSession() removes the record and answers it as it was', async () => {
    const fields = { data: '1', user: '2', deviceId: 'laptop', client: 'shop', address: '::1' };
    const opened = await openedSession(subject.store, fields);
    expect(await subject.store.deleteSession(opened.id, t0)).to.deep.equal(opened);
    expect(await subject.store.getSession(opened.id, t0)).to.equal(null);
    expect(await subject.store.deleteSession(opened.id, t0)).to.equal(null);
    for (const filter of [{}, { userId: 'ann' }, { deviceId: 'laptop' }, { client: 'shop' }]) {
      expect(await subject.store.countSessions(filter, t0)).to.equal(0);
    }
    const change = { type: 'data', data: '1' } as const;
    expect(await subject.store.changeSession(opened.id, change, t0)).to.equal(null);
    expect(await subject.store.touchSession(touchInput(opened.id, {}, t0))).to.equal(null);
  });

  it('deleteSession() answers a session past its deadline as ended', async () => {
    const opened = await openedSession(subject.store, { idleTimeoutMs: minute, data: '1' });
    const { data: _, ...kept } = opened;
    const closeTime = t0 + minute;
    expect(await subject.store.deleteSession(opened.id, t0 + 2 * minute)).to.deep.equal({
      ...kept,
      active: false,
      closeReason: 'idle',
      closeTime,
    });
    expect(await subject.store.closeExpired(t0 + 2 * minute, 9)).to.deep.equal({
      count: 0,
      more: false,
    });
  });

  it('deleteSession() keeps the time of a live session in the ledger', async () => {
    const { id } = await openedSession(subject.store);
    await subject.store.touchSession(touchInput(id, {}, t0));
    await subject.store.touchSession(touchInput(id, {}, t0 + second));
    await subject.store.deleteSession(id, t0 + 2 * second);
    const rows = await subject.store.getStretches(id);
    expect(rows.map(({ from, to }) => [from, to])).to.deep.equal([[t0, t0 + second]]);
  });

  it('deleteSession() answers the record once when it comes many times at once', async () => {
    const opened = await openedSession(subject.store);
    const deletes = [1, 2, 3, 4].map(() => subject.store.deleteSession(opened.id, t0));
    const answers = await Promise.all(deletes);
    expect(answers.filter((answer) => answer !== null)).to.deep.equal([opened]);
  });
}

function describeUserDeletes(subject: Subject): void {
  it('deleteUserSessions() removes live and ended records of one user', async () => {
    for (let n = 0; n < 5; n += 1) await openedSession(subject.store, { idleTimeoutMs: minute });
    const { id } = await openedSession(subject.store);
    await subject.store.closeSession({ sessionId: id, reason: 'logout', now: t0 });
    const other = await openedSession(subject.store, { userId: 'bob' });
    const counts = [];
    for (let more = true; more; ) {
      const result = await subject.store.deleteUserSessions('ann', 4, t0 + 2 * minute);
      counts.push(result.count);
      more = result.more;
    }
    expect(counts.filter((count) => count > 0)).to.deep.equal([4, 2]);
    const left = await subject.store.listSessions({ filter: {}, now: t0, take: 9 });
    expect(left.sessions.map((session) => session.id)).to.deep.equal([other.id]);
  });

  it('deleteUserSessions() does nothing for a user without sessions', async () => {
    expect(await subject.store.deleteUserSessions('nobody', 9, t0)).to.deep.equal({
      count: 0,
      more: false,
    });
  });

  it('deleteUserSessions() keeps the time of live sessions in the ledger', async () => {
    const { id } = await openedSession(subject.store);
    await subject.store.touchSession(touchInput(id, {}, t0));
    await subject.store.touchSession(touchInput(id, {}, t0 + second));
    await subject.store.deleteUserSessions('ann', 9, t0 + second);
    expect((await subject.store.getStretches(id)).length).to.equal(1);
  });
}

/** Nothing is old enough, unless said otherwise. */
function pruneInput(rest: Partial<PruneInput>): PruneInput {
  return { endedBefore: 0, stretchesBefore: 0, now: t0 + minute, limit: 100, ...rest };
}

function describePruneOfSessions(subject: Subject): void {
  const endedAt = async (kind: SessionKind, now: number) => {
    const { id } = await openedSession(subject.store, { kind });
    await subject.store.closeSession({ sessionId: id, reason: 'logout', now });
    return id;
  };
  const exists = async (id: string) => (await subject.store.getSession(id, t0)) !== null;

  it('prune() removes sessions that ended before the time, not those that ended at it', async () => {
    const old = await endedAt('rpc', t0 + 9);
    const young = await endedAt('rpc', t0 + 10);
    const live = (await openedSession(subject.store)).id;
    const result = await subject.store.prune(pruneInput({ endedBefore: t0 + 10 }));
    expect(result).to.deep.equal({ count: 1, more: false });
    expect([await exists(old), await exists(young), await exists(live)]).to.deep.equal([
      false,
      true,
      true,
    ]);
    const page = await subject.store.listSessions({
      filter: { closeReason: 'logout' },
      now: t0 + minute,
      take: 9,
      total: true,
    });
    expect([page.sessions.map(({ id }) => id), page.total]).to.deep.equal([[young], 1]);
  });

  it('prune() removes an ended session of kind presence at once, a live one never', async () => {
    const ended = await endedAt('presence', t0 + 10);
    const live = (await openedSession(subject.store, { kind: 'presence' })).id;
    expect(await subject.store.prune(pruneInput({}))).to.deep.equal({ count: 1, more: false });
    expect([await exists(ended), await exists(live)]).to.deep.equal([false, true]);
  });

  it('prune() goes by the deadline of sessions that the sweep ended', async () => {
    const { id } = await openedSession(subject.store, { idleTimeoutMs: minute });
    const now = t0 + 60 * minute;
    await subject.store.closeExpired(now, 9);
    await subject.store.prune(pruneInput({ endedBefore: t0 + minute, now }));
    expect(await exists(id)).to.equal(true);
    await subject.store.prune(pruneInput({ endedBefore: t0 + minute + 1, now }));
    expect(await exists(id)).to.equal(false);
  });

  it('prune() removes at most its limit and says that there is more', async () => {
    for (let n = 0; n < 5; n += 1) await endedAt('rpc', t0 + n);
    const counts = [];
    for (let more = true; more; ) {
      const result = await subject.store.prune(pruneInput({ endedBefore: t0 + 99, limit: 2 }));
      counts.push(result.count);
      more = result.more;
    }
    expect(counts.filter((count) => count > 0)).to.deep.equal([2, 2, 1]);
    expect(await subject.store.countSessions({}, t0)).to.equal(0);
  });
}

function describePruneOfOthers(subject: Subject): void {
  it('prune() removes stretches that ended before the time, not those that ended at it', async () => {
    const { id } = await openedSession(subject.store);
    const visits = ['a', 'b', 'c'];
    for (const [n, part] of visits.entries()) {
      await subject.store.touchSession(touchInput(id, { path: [part] }, t0 + n * second));
    }
    const stretchesBefore = t0 + 2 * second;
    const result = await subject.store.prune(pruneInput({ stretchesBefore }));
    expect(result).to.deep.equal({ count: 1, more: false });
    const rows = await subject.store.getStretches(id);
    expect(rows.map(({ path }) => path)).to.deep.equal([['b']]);
  });

  it('prune() removes request ids after their expire time, not at it', async () => {
    const request = { requestId: 'r', fingerprint: 'f', expireTime: t0 + minute };
    const { id } = present(await subject.store.openSession(openInput({}, { request })));
    await subject.store.deleteSession(id, t0);
    const prune = (now: number) => subject.store.prune(pruneInput({ now }));
    expect(await prune(t0 + minute)).to.deep.equal({ count: 0, more: false });
    expect(await subject.store.openSession(openInput({}, { request }))).to.equal(null);
    expect(await prune(t0 + minute + 1)).to.deep.equal({ count: 1, more: false });
    // Asked with an older clock, which still knew the request before it was removed.
    expect(await subject.store.openSession(openInput({}, { request }))).to.not.equal(null);
  });

  it('prune() has nothing to do in an empty store', async () => {
    const input = pruneInput({ endedBefore: t0, stretchesBefore: t0 });
    expect(await subject.store.prune(input)).to.deep.equal({ count: 0, more: false });
  });
}
