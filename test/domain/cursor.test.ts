import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { encodeCursor, parseCursor } from '../../src/domain/cursor.js';
import type { SessionFilter } from '../../src/domain/filter.js';
import { t0 } from '../support/sessions.js';

const ids = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{43}$/),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((id) => !id.includes('\0')),
  fc.constantFrom('a.b.c', '.', '..'),
);
const positions = fc.record({ openTime: fc.maxSafeInteger(), id: ids });
const filters: fc.Arbitrary<SessionFilter> = fc.record(
  {
    userId: fc.constantFrom('ann', 'bob'),
    active: fc.boolean(),
    kind: fc.constantFrom('rpc' as const, 'web' as const),
    fromTime: fc.constantFrom(1, 2),
  },
  { requiredKeys: [] },
);
const position = { openTime: t0, id: 'x'.repeat(43) };

describe('encodeCursor() and parseCursor()', () => {
  it('parseCursor() answers the place that was encoded', () => {
    fc.assert(
      fc.property(positions, filters, (place, filter) => {
        expect(parseCursor(encodeCursor(place, filter), filter)).to.deep.equal(place);
      }),
    );
  });

  it('parseCursor() refuses a cursor of another filter', () => {
    fc.assert(
      fc.property(positions, filters, filters, (place, filter, other) => {
        const isSame = JSON.stringify(sorted(filter)) === JSON.stringify(sorted(other));
        fc.pre(!isSame);
        expect(parseCursor(encodeCursor(place, filter), other)).to.equal(undefined);
      }),
    );
  });

  it('parseCursor() does not mind the order of the conditions', () => {
    const cursor = encodeCursor(position, { userId: 'ann', active: true });
    expect(parseCursor(cursor, { active: true, userId: 'ann' })).to.deep.equal(position);
  });

  it('parseCursor() refuses a cursor with any character changed, missing or added', () => {
    const cursor = encodeCursor(position, {});
    for (let index = 0; index < cursor.length; index += 1) {
      const [head, tail] = [cursor.slice(0, index), cursor.slice(index + 1)];
      for (const letter of ['A', 'B', 'z', '_', '=', '+', ' ', '']) {
        if (letter === cursor[index]) continue;
        expect(parseCursor(head + letter + tail, {})).to.equal(undefined);
      }
      expect(parseCursor(`${head}x${cursor.slice(index)}`, {})).to.equal(undefined);
    }
  });

  it('parseCursor() refuses any text that is none', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseCursor(text, {})).to.equal(undefined);
      }),
    );
  });

  it('parseCursor() refuses what is no place, though its checksum is right', () => {
    for (const payload of ['', '.', 'x.id', 'NaN.id', '1e3.id', '01.id', '1e400.id', '1.a\0b']) {
      expect(parseCursor(forged(payload), {})).to.equal(undefined);
    }
    expect(parseCursor(forged('1.id'), {})).to.deep.equal({ openTime: 1, id: 'id' });
  });
});

function forged(payload: string): string {
  const hash = createHash('sha256').update('[]').update('\0').update(payload).digest();
  return Buffer.concat([hash.subarray(0, 8), Buffer.from(payload)]).toString('base64url');
}

function sorted(filter: SessionFilter): readonly unknown[] {
  return Object.entries(filter).toSorted(([one], [other]) => (one < other ? -1 : 1));
}
