import { expect } from 'chai';
import fc from 'fast-check';
import { IncrementalSort } from '../../../../src/persistence/sqlite/indexes/incremental-sort.js';

describe('IncrementalSort', () => {
  const piecesOf = (values: readonly string[], pieceLength: number): readonly string[][] => {
    const sort = new IncrementalSort(values, pieceLength);
    const pieces: string[][] = [];
    for (;;) {
      const piece = [...sort.next()];
      if (piece.length === 0) return pieces;
      pieces.push(piece);
    }
  };

  it('has all values in the order of their UTF-16 units, in pieces that are no longer than asked', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 8 }), { maxLength: 200 }),
        fc.integer({ min: 1, max: 50 }),
        (values, pieceLength) => {
          const pieces = piecesOf(values, pieceLength);
          expect(pieces.flat()).to.deep.equal(values.toSorted(byUnits));
          expect(Math.max(0, ...pieces.map(({ length }) => length))).to.be.at.most(pieceLength);
        },
      ),
    );
  });

  it('ends for values that are equal, too', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 1 }), { maxLength: 100 }), (values) => {
        expect(piecesOf(values, 2).flat()).to.deep.equal(values.toSorted(byUnits));
      }),
    );
  });

  it('begins with the first of many', () => {
    const values = Array.from({ length: 10_000 }, (_, index) => `${(index * 7_919) % 10_000}`);
    const first = new IncrementalSort(values, 100).next();
    expect(first.length).to.be.within(1, 100);
    expect(first).to.deep.equal(values.toSorted(byUnits).slice(0, first.length));
  });
});

function byUnits(one: string, other: string): number {
  return Number(one > other) - Number(one < other);
}
