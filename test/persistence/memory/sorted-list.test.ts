import { expect } from 'chai';
import fc from 'fast-check';
import { SortedList } from '../../../src/persistence/memory/sorted-list.js';

const ascending = (one: number, other: number) => one - other;

function listOf(items: Iterable<number>): SortedList<number> {
  const list = new SortedList<number>(ascending);
  for (const item of items) list.add(item);
  return list;
}

describe('SortedList', () => {
  it('descending() has what was added and not removed, in order, whatever came when', () => {
    const changes = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 3_000 })), {
      maxLength: 4_000,
      size: 'max',
    });
    const property = fc.property(changes, fc.nat({ max: 3_000 }), (sequence, bound) => {
      const list = new SortedList<number>(ascending);
      const items = new Set<number>();
      for (const [adds, item] of sequence) {
        if (!adds) expect(list.remove(item)).to.equal(items.delete(item));
        else if (!items.has(item)) list.add(item);
        if (adds) items.add(item);
      }
      const expected = [...items].toSorted((one, other) => other - one);
      expect([...list.descending()]).to.deep.equal(expected);
      expect([...list.descending((item) => item < bound)]).to.deep.equal(
        expected.filter((item) => item < bound),
      );
      expect([list.size, list.first]).to.deep.equal([expected.length, expected.at(-1)]);
    });
    fc.assert(property, { numRuns: 30, seed: 20_260_101 });
  });

  it('add() keeps the order over many blocks, from either end and from the middle', () => {
    const up = Array.from({ length: 5_000 }, (_, n) => n);
    const mixed = up.map((n) => (n * 2_741) % 5_000);
    for (const items of [up, up.toReversed(), mixed]) {
      expect([...listOf(items).descending()]).to.deep.equal(up.toReversed());
    }
  });

  it('remove() empties a list of many blocks, and what is left stays in order', () => {
    const list = listOf(Array.from({ length: 5_000 }, (_, n) => n));
    for (let n = 0; n < 5_000; n += 1) {
      if (n % 10 !== 3) expect(list.remove(n)).to.equal(true);
    }
    const left = Array.from({ length: 500 }, (_, n) => n * 10 + 3);
    expect([...list.descending()]).to.deep.equal(left.toReversed());
    for (const n of left) expect(list.remove(n)).to.equal(true);
    expect([list.size, list.first, [...list.descending()]]).to.deep.equal([0, undefined, []]);
  });

  it('remove() says that an item is not there', () => {
    const list = listOf([1, 3]);
    expect([list.remove(2), list.remove(0), list.remove(4), list.size]).to.deep.equal([
      false,
      false,
      false,
      2,
    ]);
  });
});
