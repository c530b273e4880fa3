import { expect } from 'chai';
import type { SessionPersistence } from '../../../src/logic/session-persistence.js';
import { failureOf } from '../../support/failure.js';
import { populate, populatedAt } from '../../support/population.js';
import { minute, openedSession, present, second, t0, touchInput } from '../../support/sessions.js';
import type { Subject } from './subject.js';

/** Ends by time (specs: rpc-v1, rule 5). */
export function describeExpiring(subject: Subject): void {
  describe('closeExpired()', () => {
    describeSweep(subject);
    describeSweepBatches(subject);
  });
}

function describeSweep(subject: Subject): void {
  it('closeExpired() leaves sessions at the deadline open', async () => {
    const opened = await openedSession(subject.store, { idleTimeoutMs: minute, data: '1' });
    expect(await subject.store.closeExpired(t0 + minute, 100)).to.deep.equal({
      count: 0,
      more: false,
    });
    expect(await subject.store.getSession(opened.id, t0 + minute)).to.deep.equal(opened);
  });

  it('closeExpired() writes the deadline as the close time, and erases the documents', async () => {
    const opened = await openedSession(subject.store, {
      idleTimeoutMs: minute,
      data: '"secret"',
      user: '"secret"',
    });
    await subject.store.touchSession(touchInput(opened.id, {}, t0 + second));
    const expected = {
      id: opened.id,
      userId: 'ann',
      kind: 'rpc',
      idleTimeoutMs: minute,
      active: false,
      openTime: t0,
      requestTime: t0 + second,
      closeTime: t0 + minute + second,
      closeReason: 'idle',
      revision: 0,
      contexts: [],
    };
    const now = t0 + 60 * minute;
    expect(await subject.store.getSession(opened.id, now)).to.deep.equal(expected);
    const count = subject.underTest.writesEnds ? 0 : 1;
    expect(await subject.store.closeExpired(now, 100)).to.deep.equal({ count, more: false });
    expect(await subject.store.getSession(opened.id, now)).to.deep.equal(expected);
    expect(await subject.store.closeExpired(now, 100)).to.deep.equal({ count: 0, more: false });
  });

  it('closeExpired() closes the stretches that were open', async () => {
    const { id } = await openedSession(subject.store, { absoluteTimeoutMs: minute });
    for (const now of [t0, t0 + 20 * second, t0 + 40 * second]) {
      await subject.store.touchSession(touchInput(id, {}, now));
    }
    expect(await subject.store.getStretches(id)).to.deep.equal([]);
    await subject.store.closeExpired(t0 + 2 * minute, 100);
    const rows = await subject.store.getStretches(id);
    expect(rows.map(({ from, to }) => [from, to])).to.deep.equal([[t0, t0 + 40 * second]]);
  });

  it('closeExpired() goes by the deadline that the last sign of life moved', async () => {
    const touched = await openedSession(subject.store, { idleTimeoutMs: minute });
    const changed = await openedSession(subject.store, { idleTimeoutMs: minute });
    const silent = await openedSession(subject.store, { idleTimeoutMs: minute });
    await subject.store.touchSession(touchInput(touched.id, {}, t0 + minute));
    const change = { type: 'data', data: '1' } as const;
    await subject.store.changeSession(changed.id, change, t0 + minute);
    const now = t0 + 2 * minute;
    expect(await subject.store.closeExpired(now, 100)).to.deep.equal({ count: 1, more: false });
    const read = async (id: string) => present(await subject.store.getSession(id, now)).active;
    expect([await read(touched.id), await read(changed.id), await read(silent.id)]).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect(await subject.store.closeExpired(now + 1, 100)).to.deep.equal({ count: 2, more: false });
  });

  it('closeExpired() never touches a session without a deadline, or one that has ended', async () => {
    const { id } = await openedSession(subject.store);
    const other = await openedSession(subject.store, { idleTimeoutMs: minute });
    await subject.store.closeSession({ sessionId: other.id, reason: 'logout', now: t0 });
    const far = t0 + 20 * 365 * 24 * 60 * minute;
    expect(await subject.store.closeExpired(far, 100)).to.deep.equal({ count: 0, more: false });
    expect(present(await subject.store.getSession(id, far)).active).to.equal(true);
  });

  it('a clock that is behind still finds the session live, and may go on with it', async () => {
    const opened = await openedSession(subject.store, { idleTimeoutMs: minute });
    const states = async (now: number) => ({
      active: await subject.store.countSessions({ userId: 'ann', active: true }, now),
      idle: await subject.store.countSessions({ closeReason: 'idle' }, now),
      logout: await subject.store.countSessions({ closeReason: 'logout' }, now),
    });
    const late = t0 + minute + 1;
    expect(await states(late)).to.deep.equal({ active: 0, idle: 1, logout: 0 });
    expect(await states(late - 1)).to.deep.equal({ active: 1, idle: 0, logout: 0 });
    expect((await subject.store.closeExpired(late - 1, 9)).count).to.equal(0);
    await subject.store.touchSession(touchInput(opened.id, {}, late - 1));
    expect(await states(late)).to.deep.equal({ active: 1, idle: 0, logout: 0 });
    const later = late + minute;
    expect(await states(later)).to.deep.equal({ active: 0, idle: 1, logout: 0 });
    const close = { sessionId: opened.id, reason: 'logout', now: later - 2 } as const;
    await subject.store.closeSession(close);
    expect(await states(later)).to.deep.equal({ active: 0, idle: 0, logout: 1 });
    expect((await subject.store.closeExpired(later, 9)).count).to.equal(0);
  });

  it('closeExpired() changes nothing that anybody reads', async () => {
    await populate(subject.store);
    for (const now of [populatedAt + 2 * minute, populatedAt + 60 * minute]) {
      const lists = await readLists(subject.store, now);
      const before = subject.underTest.writesEnds ? [] : await readRecords(subject.store, now);
      expect((await subject.store.closeExpired(now, 1_000)).count).to.be.greaterThan(0);
      expect(await readLists(subject.store, now)).to.deep.equal(lists);
      const after = await readRecords(subject.store, now);
      expect(subject.underTest.writesEnds ? [] : after).to.deep.equal(before);
    }
  });

  it('what a store of several processes said to have ended, no clock behind finds live', async () => {
    if (!subject.underTest.writesEnds) return;
    const changes = [
      async (id: string) => await subject.store.getSession(id, t0 + minute + 1),
      async (id: string) => await subject.store.touchSession(touchInput(id, {}, t0 + minute + 1)),
      async (id: string) =>
        await subject.store.changeSession(id, { type: 'data', data: '1' }, t0 + minute + 1),
    ];
    for (const change of changes) {
      const { id } = await openedSession(subject.store, { idleTimeoutMs: minute });
      await Promise.allSettled([change(id)]);
      const failure = await failureOf(subject.store.touchSession(touchInput(id, {}, t0)));
      expect(failure.code).to.equal('SESSION_ENDED');
      expect(present(await subject.store.getSession(id, t0)).active).to.equal(false);
    }
  });
}

async function readLists(store: SessionPersistence, now: number) {
  const query = { now, take: 1_000, total: true };
  return await Promise.all(
    [{}, { active: true }, { active: false }, { closeReason: 'idle' as const }].map((filter) =>
      store.listSessions({ ...query, filter }),
    ),
  );
}

async function readRecords(store: SessionPersistence, now: number) {
  const { sessions } = await store.listSessions({ filter: {}, now, take: 1_000 });
  return await Promise.all(sessions.map(({ id }) => store.getSession(id, now)));
}

function describeSweepBatches(subject: Subject): void {
  it('closeExpired() ends at most its limit, those due longest by the minute first', async () => {
    const deadlines = [5, 1, 4, 2, 3].map((minutes) => minutes * minute);
    for (const idleTimeoutMs of deadlines) await openedSession(subject.store, { idleTimeoutMs });
    const now = t0 + 60 * minute;
    const written = async () => {
      // Before its time came, a session reads as ended only when its end was written.
      const { sessions } = await subject.store.listSessions({
        filter: { active: false },
        now: t0,
        take: 9,
      });
      return sessions.map(({ closeTime }) => ((closeTime ?? 0) - t0) / minute).toSorted();
    };
    expect(await subject.store.closeExpired(now, 2)).to.deep.equal({ count: 2, more: true });
    expect(await written()).to.deep.equal([1, 2]);
    expect(await subject.store.closeExpired(now, 2)).to.deep.equal({ count: 2, more: true });
    expect(await written()).to.deep.equal([1, 2, 3, 4]);
    expect(await subject.store.closeExpired(now, 2)).to.deep.equal({ count: 1, more: false });
    expect(await written()).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it('closeExpired() counts each session once when sweeps run at the same time', async () => {
    for (let n = 0; n < 10; n += 1) await openedSession(subject.store, { idleTimeoutMs: 1 });
    const sweeps = [1, 2, 3, 4].map(() => subject.store.closeExpired(t0 + minute, 6));
    const counts = (await Promise.all(sweeps)).map(({ count }) => count);
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(10);
  });
}
