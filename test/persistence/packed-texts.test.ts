import { expect } from 'chai';
import fc from 'fast-check';
import { compareIds } from '../../src/domain/open.js';
import {
  comparePackedIds,
  type PackedField,
  packTexts,
  textAt,
} from '../../src/persistence/packed-texts.js';

const optional = ['userName', 'deviceId', 'address', 'client'] as const;
const fields: readonly PackedField[] = ['id', 'userId', ...optional];

describe('comparePackedIds()', () => {
  it('orders by id as compareIds() does, whatever else is packed', () => {
    const id = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^a{0,3}b?$/),
      fc.constantFrom('\u{1f600}', '\uff00', ''),
    );
    const texts = fc.record({ id, userId: fc.string(), client: fc.string() });
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const order = comparePackedIds(packTexts(one), packTexts(other));
        expect(Math.sign(order)).to.equal(compareIds(one.id, other.id));
      }),
    );
  });
});

describe('packTexts() and textAt()', () => {
  it('give back each text as it was, and undefined for what is absent', () => {
    const text = fc.string({ unit: 'binary' });
    const texts = fc.record(
      { id: text, userId: text, userName: text, deviceId: text, address: text, client: text },
      { requiredKeys: ['id', 'userId'] },
    );
    fc.assert(
      fc.property(texts, (given) => {
        const packed = packTexts(given);
        for (const field of fields) expect(textAt(packed, field)).to.equal(given[field]);
      }),
    );
  });

  it('tell an empty text from an absent one', () => {
    const packed = packTexts({ id: 'a', userId: 'b', userName: '' });
    expect([textAt(packed, 'userName'), textAt(packed, 'client')]).to.deep.equal(['', undefined]);
  });

  it('take the longest text, and throw for one that is longer', () => {
    const longest = 'x'.repeat(65_534);
    expect(textAt(packTexts({ id: longest, userId: 'b' }), 'userId')).to.equal('b');
    expect(() => packTexts({ id: 'a', userId: `${longest}x` })).to.throw(RangeError, /^userId /);
  });
});
