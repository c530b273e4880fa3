import { expect } from 'chai';
import fc from 'fast-check';
import { sessionKinds } from '../../src/data/version1/words.js';
import { isLive } from '../../src/domain/expiry.js';
import { applyLimit, compareIds, openRecord, type SessionLimit } from '../../src/domain/open.js';
import { recordOf } from '../support/records.js';
import { idsOf, newSession, t0 } from '../support/sessions.js';

const limit: SessionLimit = { max: 2, policy: 'end_oldest', kinds: ['web', 'rpc'] };
const opening = { kind: 'web', now: t0 } as const;
const old = recordOf({ id: 'old', openTime: t0 - 9 });
const young = recordOf({ id: 'young', openTime: t0 - 1 });

describe('openRecord()', () => {
  it('openRecord() turns a lifetime into the time of its end', () => {
    const input = newSession({ absoluteTimeoutMs: 5, idleTimeoutMs: 3, data: '1' });
    const { absoluteTimeoutMs: _, ...fields } = input;
    expect(openRecord(input, t0)).to.deep.equal({
      ...fields,
      active: true,
      openTime: t0,
      requestTime: t0,
      absoluteExpireTime: t0 + 5,
      revision: 0,
      contexts: [],
    });
  });
});

describe('applyLimit()', () => {
  it('applyLimit() allows what is below the limit', () => {
    expect(applyLimit(limit, opening, [old])).to.deep.equal({ allowed: true, end: [] });
  });

  it('applyLimit() ends the oldest, or refuses and names the live ones', () => {
    expect(applyLimit(limit, opening, [young, old])).to.deep.equal({ allowed: true, end: [old] });
    const reject = { ...limit, policy: 'reject' } as const;
    expect(applyLimit(reject, opening, [young, old])).to.deep.equal({
      allowed: false,
      live: [old, young],
    });
  });

  it('applyLimit() goes by the id, by code unit, among those opened at the same time', () => {
    const same = ['b', 'B', 'a', '_'].map((id) => recordOf({ id }));
    const decision = applyLimit({ ...limit, max: 3 }, opening, same);
    expect(decision.allowed && idsOf(decision.end)).to.deep.equal(['B', '_']);
  });

  it('applyLimit() does not limit other kinds, nor count and end them', () => {
    const presence = recordOf({ id: 'presence', kind: 'presence', openTime: 0 });
    const all = [presence, old, young];
    expect(applyLimit(limit, { ...opening, kind: 'presence' }, all)).to.deep.equal({
      allowed: true,
      end: [],
    });
    expect(applyLimit(limit, opening, all)).to.deep.equal({ allowed: true, end: [old] });
  });

  it('applyLimit() never leaves more than the limit, and ends no more than it must', () => {
    const records = fc.array(
      fc.record({
        id: fc.uuid(),
        kind: fc.constantFrom(...sessionKinds),
        openTime: fc.integer({ min: t0 - 5, max: t0 }),
        active: fc.boolean(),
        idleTimeoutMs: fc.constantFrom(1, 3, 100),
      }),
      { maxLength: 12 },
    );
    const property = fc.property(records, fc.integer({ min: 1, max: 5 }), (fields, max) => {
      const all = fields.map((given) => recordOf({ ...given, requestTime: given.openTime }));
      const counts = (session: (typeof all)[number]) =>
        limit.kinds.includes(session.kind) && isLive(session, t0);
      const live = all.filter(counts);
      const decision = applyLimit({ ...limit, max }, opening, all);
      if (!decision.allowed) throw new Error('end_oldest never refuses.');
      expect(decision.end.length).to.equal(Math.max(0, live.length + 1 - max));
      const kept = live.filter((session) => !decision.end.includes(session));
      for (const gone of decision.end) {
        expect(live).to.include(gone);
        for (const { openTime } of kept) expect(openTime).to.be.at.least(gone.openTime);
      }
    });
    fc.assert(property, { seed: 20_260_101 });
  });
});

describe('compareIds()', () => {
  it('compareIds() orders by code unit, whatever the language', () => {
    const ids = ['😀', 'é', 'z', 'a', '_', 'Z', 'A', '9', '-', '￿'];
    expect(ids.toSorted(compareIds)).to.deep.equal([
      '-',
      '9',
      'A',
      'Z',
      '_',
      'a',
      'z',
      'é',
      '😀',
      '￿',
    ]);
    expect(compareIds('a', 'a')).to.equal(0);
  });
});
