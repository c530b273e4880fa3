import { expect } from 'chai';
import type { SessionPersistence } from '../../../src/logic/session-persistence.js';
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
import type { DurableStoreUnderTest, Subject } from './subject.js';

/** What a store keeps when it is opened again: for stores that keep something. */
export function describeReopening(subject: Subject<DurableStoreUnderTest>): void {
  it('getSession(), listSessions() and getStretches() answer as before', async () => {
    const { underTest, store } = subject;
    await populate(store);
    const { id } = await openedSession(store, { data: '{"kept":"é😀"}' }, populatedAt);
    for (const path of [['a'], ['b'], ['c']]) {
      const now = populatedAt + path.length * second;
      await store.touchSession(touchInput(id, { path, status: 'busy', activity: 'x' }, now));
    }
    const now = populatedAt + 2 * minute;
    const before = await readAll(store, now);
    expect(await readAll(await underTest.reopen(), now)).to.deep.equal(before);
  });

  it('openSession() still knows request ids, also of deleted sessions', async () => {
    const { underTest, store } = subject;
    const request = (requestId: string) => ({
      request: { requestId, fingerprint: 'f', expireTime: t0 + minute },
    });
    const kept = await store.openSession(openInput({}, request('kept')));
    const deleted = present(await store.openSession(openInput({}, request('deleted'))));
    await store.deleteSession(deleted.id, t0);
    const again = await underTest.reopen();
    expect(await again.openSession(openInput({}, request('kept')))).to.deep.equal(kept);
    expect(await again.openSession(openInput({}, request('deleted')))).to.equal(null);
  });

  it('closeExpired(), changeSession() and touchSession() go on where they were', async () => {
    const { underTest, store } = subject;
    const opened = await openedSession(store, { idleTimeoutMs: minute, data: '{"a":1}' });
    await store.touchSession(touchInput(opened.id, { seq: 5, status: 'busy' }, t0 + second));
    await openedSession(store, { idleTimeoutMs: second });
    const again = await underTest.reopen();
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
