import { expect } from 'chai';
import { indexedFields } from '../../../../src/persistence/sqlite/indexes/index-entries.js';
import { PendingEntries } from '../../../../src/persistence/sqlite/indexes/pending-entries.js';

const longestList = 256;

describe('PendingEntries', () => {
  let pending: PendingEntries;
  beforeEach(() => {
    pending = new PendingEntries(1_000);
  });
  const sizes = () => {
    const { fresh, size } = pending;
    return { fresh, size };
  };

  it('numbers() has what was added, by field and value, in the order of adding', () => {
    pending.add(3, { id: 'a', userId: 'ann', deviceId: 'laptop', address: '::1' });
    pending.add(5, { id: 'b', userId: 'ann' });
    pending.recover(8, { id: 'c', userId: 'bob', deviceId: 'laptop' });
    expect(pending.numbers('id', 'b')).to.deep.equal([5]);
    expect(pending.numbers('userId', 'ann')).to.deep.equal([3, 5]);
    expect(pending.numbers('deviceId', 'laptop')).to.deep.equal([3, 8]);
    expect(pending.numbers('address', '::1')).to.deep.equal([3]);
    expect(pending.numbers('address', 'ann')).to.deep.equal([]);
    expect(pending.numbers('userId', 'constructor')).to.deep.equal([]);
    expect(sizes()).to.deep.equal({ fresh: 3, size: 3 });
  });

  it('numbers() keeps a batch that is being merged until its end', () => {
    pending.add(1, { id: 'a', userId: 'ann' });
    const batch = pending.beginMerge();
    pending.add(2, { id: 'b', userId: 'ann' });
    expect(pending.numbers('userId', 'ann')).to.deep.equal([1, 2]);
    expect({ ...sizes(), last: batch.lastNumber, of: batch.size }).to.deep.equal({
      ...{ fresh: 1, size: 2 },
      ...{ last: 1, of: 1 },
    });
    pending.endMerge();
    expect(pending.numbers('userId', 'ann')).to.deep.equal([2]);
    expect(sizes()).to.deep.equal({ fresh: 1, size: 1 });
  });

  it('inOrder() has the sessions with a value, in the order of the values', () => {
    pending.add(1, { id: 'c', userId: 'bob', address: '::1' });
    pending.add(2, { id: 'a', userId: 'ann' });
    pending.add(3, { id: 'B', userId: 'bob', address: '10.0.0.1' });
    const batch = pending.beginMerge();
    const found = indexedFields.map((field) => batch.inOrder(field).take(10));
    expect(found).to.deep.equal([[3, 2, 1], [2, 1, 3], [], [3, 1]]);
  });

  it('inOrder() has all of many values once, in parts of any length', () => {
    const count = 5_000;
    pending = new PendingEntries(count);
    const users = Array.from({ length: count }, (_, n) => `user-${(n * 7_919) % 3_000}`);
    for (const [n, userId] of users.entries()) pending.add(n, { id: `s${n}`, userId });
    const order = pending.beginMerge().inOrder('userId');
    const taken: number[] = [];
    for (let length = 1; order.left > 0; length = (length * 3) % 1_000) {
      const left = order.left;
      const part = order.take(length);
      expect(part.length).to.equal(Math.min(length, left));
      expect(order.left).to.equal(left - part.length);
      taken.push(...part);
    }
    expect(order.take(1)).to.deep.equal([]);
    const inOrder = taken.map((n) => users[n] ?? '');
    expect(
      inOrder.every((userId, index) => index === 0 || userId >= (inOrder[index - 1] ?? '')),
    ).to.equal(true);
    expect(new Set(taken).size).to.equal(count);
  });

  it('inOrder() has the longest lists of many values, more than a call can have arguments', () => {
    pending = new PendingEntries(200_000);
    for (let n = 0; n < 200_000; n += 1) pending.add(n, { id: `s${n}`, userId: `u${n % 1_000}` });
    const order = pending.beginMerge().inOrder('userId');
    expect([order.left, order.take(250_000).length, order.left]).to.deep.equal([
      200_000, 200_000, 0,
    ]);
  });

  it('add() answers the fields whose value has a long list, and takes the others', () => {
    for (let n = 1; n <= longestList; n += 1) {
      // Half of them in the batch that is being merged.
      if (n === longestList / 2) pending.beginMerge();
      expect(pending.add(n, { id: `s${n}`, userId: 'ann', address: '::1' })).to.deep.equal([]);
    }
    const next = { id: 'next', userId: 'ann', deviceId: 'laptop', address: '::1' };
    expect(pending.add(500, next)).to.deep.equal(['userId', 'address']);
    expect(pending.numbers('userId', 'ann').length).to.equal(longestList);
    expect(pending.numbers('id', 'next')).to.deep.equal([500]);
    expect(pending.numbers('deviceId', 'laptop')).to.deep.equal([500]);
    expect(pending.beginMerge().lastNumber).to.equal(500);
  });

  it('add() answers all fields once a batch is full, or two wait in all', () => {
    pending = new PendingEntries(2);
    const add = (n: number) => pending.add(n, { id: `s${n}`, userId: 'ann', address: '::1' });
    const all = ['id', 'userId', 'address'];
    expect([add(1), add(2), add(3)]).to.deep.equal([[], [], all]);
    expect(pending.beginMerge().lastNumber).to.equal(3);
    expect([add(4), add(5), add(6)]).to.deep.equal([[], [], all]);
    expect({ ...sizes(), isFull: pending.isFull }).to.deep.equal({
      ...{ fresh: 2, size: 4, isFull: true },
    });
    expect(pending.numbers('userId', 'ann')).to.deep.equal([1, 2, 4, 5]);
    pending.endMerge();
    expect(pending.beginMerge().lastNumber).to.equal(6);
  });

  it('recover() takes two batches, and answers what it does not take', () => {
    pending = new PendingEntries(2);
    const recover = (n: number) => pending.recover(n, { id: `s${n}`, userId: 'ann' });
    expect([1, 2, 3, 4].flatMap(recover)).to.deep.equal([]);
    expect(recover(5)).to.deep.equal(['id', 'userId']);
    pending.force('id', 's5', 5);
    expect(pending.numbers('id', 's5')).to.deep.equal([5]);
    expect(pending.numbers('userId', 'ann')).to.deep.equal([1, 2, 3, 4]);
    expect(pending.beginMerge().lastNumber).to.equal(5);
  });
});
