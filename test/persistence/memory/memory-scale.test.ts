import { expect } from 'chai';
import fc from 'fast-check';
import { settle } from '../../support/failure.js';
import { openedSession, openInput, second, t0, touchInput } from '../../support/sessions.js';
import { createMemoryStore } from './memory-store.js';

/** More than one look at the deadlines moves. */
const many = 5_000;

describe('MemorySessionPersistence with many sessions', () => {
  it('answers rightly when more deadlines have passed than one look moves', async () => {
    const { store } = await createMemoryStore();
    for (let n = 0; n < many; n += 1) {
      await openedSession(store, { idleTimeoutMs: n % 2 === 0 ? 1 : second, userId: `${n % 7}` });
    }
    const now = t0 + 2;
    const page = await store.listSessions({ filter: { active: true }, now, take: 3, total: true });
    const counts = {
      page: [page.sessions.length, page.sessions.every(({ active }) => active), page.total],
      idle: await store.countSessions({ closeReason: 'idle' }, now),
      over: await store.countSessions({ active: false }, now),
    };
    expect(counts).to.deep.equal({ page: [3, true, many / 2], idle: many / 2, over: many / 2 });
    expect(await store.countSessions({ active: true }, t0)).to.equal(many);
    expect(await store.closeExpired(now, many)).to.deep.equal({ count: many / 2, more: false });
    expect(await store.countSessions({ active: true }, t0)).to.equal(many / 2);
  });

  it('closeExpired() ends none of many whose deadline has moved since', async () => {
    const { store } = await createMemoryStore();
    const ids = Array.from({ length: many }, (_, n) => `session ${n}`);
    for (const id of ids) await openedSession(store, { id, idleTimeoutMs: second });
    for (const id of ids.slice(1)) await store.touchSession(touchInput(id, {}, t0 + second));
    const now = t0 + second + 1;
    expect(await store.closeExpired(now, 10)).to.deep.equal({ count: 1, more: false });
    expect(await store.countSessions({ active: true }, now)).to.equal(many - 1);
    const later = t0 + 3 * second;
    expect((await store.closeExpired(later, many)).count).to.equal(many - 1);
  });

  it('keeps to the limit of a user, however many open at once', async () => {
    const cases = fc.record({
      max: fc.integer({ min: 1, max: 10 }),
      policy: fc.constantFrom('reject' as const, 'end_oldest' as const),
      opens: fc.array(fc.constantFrom('rpc' as const, 'web' as const, 'presence' as const), {
        maxLength: 40,
        size: 'max',
      }),
    });
    const property = fc.asyncProperty(cases, async ({ max, policy, opens }) => {
      const { store } = await createMemoryStore();
      const limit = { max, policy, kinds: ['rpc', 'web'] } as const;
      const inputs = opens.map((kind, n) => openInput({ kind }, { limit, now: t0 + (n % 5) }));
      await settle(inputs.map((input) => store.openSession(input)));
      const live = async (kind: 'rpc' | 'web' | 'presence') =>
        await store.countSessions({ kind, active: true }, t0 + 5);
      const limited = opens.filter((kind) => kind !== 'presence').length;
      expect((await live('rpc')) + (await live('web'))).to.equal(Math.min(max, limited));
      expect(await live('presence')).to.equal(opens.length - limited);
    });
    await fc.assert(property, { seed: 20_260_101 });
  });
});
