import { expect } from 'chai';
import { closeReasons, sessionKinds } from '../../../src/data/version1/words.js';
import type { SessionFilter } from '../../../src/domain/filter.js';
import { behind, toParts } from '../../../src/persistence/mongodb/list-filters.js';
import { dueMinuteOf, indexPlans } from '../../../src/persistence/mongodb/schema.js';
import { t0 } from '../../support/sessions.js';

const filters: readonly SessionFilter[] = [
  {},
  { userId: 'ann' },
  { deviceId: 'laptop' },
  { client: 'shop' },
  { address: '127.0.0.1' },
  ...sessionKinds.map((kind) => ({ kind })),
].flatMap((filter) => [filter, { ...filter, active: true }, { ...filter, active: false }]);
const reasons = closeReasons.map((closeReason) => ({ closeReason }));
const listOrder = { open_time: -1, _id: 1 };

/** Whether a part is read in the order of lists: equalities, then what the index is ordered by. */
function hasList(part: object): boolean {
  return indexPlans.some(({ keys }) => {
    const names = Object.keys(keys);
    const order = Object.fromEntries(Object.entries(keys).slice(-2));
    const equalities = names.slice(0, -2);
    const asked = Object.keys(part).filter((name) => !['expire_time'].includes(name));
    return (
      JSON.stringify(order) === JSON.stringify(listOrder) &&
      equalities.every((name) => asked.includes(name)) &&
      asked.every((name) => equalities.includes(name) || (name === 'active' && isReason(part)))
    );
  });
}

/** An index of reasons has ended sessions only. */
function isReason(part: object): boolean {
  return 'close_reason' in part;
}

describe('toParts()', () => {
  for (const filter of [...filters, ...reasons]) {
    it(`has an index in the order of lists for each part: ${JSON.stringify(filter)}`, () => {
      const [last, due, ...others] = toParts(filter, t0).toReversed();
      expect([last !== undefined && hasList(last), others.length]).to.deep.equal([true, 0]);
      // What is due and unswept comes first, in the order of its deadlines.
      if (due !== undefined) expect(due.due_minute).to.deep.equal({ $lte: dueMinuteOf(t0) });
    });
  }

  it('takes values for values, whatever they look like', () => {
    const filter = { userId: { $ne: '' } as unknown as string, client: '$where' };
    expect(toParts(filter, t0)).to.deep.equal([
      { user_id: { $eq: { $ne: '' } }, client: { $eq: '$where' }, active: { $in: [false, true] } },
    ]);
  });

  it('has no part for what nothing can be: active, and closed for a reason', () => {
    expect(toParts({ active: true, closeReason: 'idle' }, t0)).to.deep.equal([]);
  });
});

describe('behind()', () => {
  it('leaves the conditions as they are without a place', () => {
    expect(behind({ active: true }, undefined)).to.deep.equal({ active: true });
  });

  it('begins at the place, without what stands at it', () => {
    expect(behind({ active: true }, { openTime: 5, id: 'x' })).to.deep.equal({
      $and: [
        { active: true },
        { open_time: { $lte: 5 } },
        { $or: [{ open_time: { $lt: 5 } }, { open_time: 5, _id: { $gt: 'x' } }] },
      ],
    });
  });
});
