import { expect } from 'chai';
import { TurnQueue } from '../../../src/services/http/turn-queue.js';

describe('TurnQueue', () => {
  it('add() hands over all items of a turn at once, in their order', () => {
    const scheduled: (() => void)[] = [];
    const handled: number[] = [];
    const queue = new TurnQueue<number>(
      (run) => scheduled.push(run),
      (item) => handled.push(item),
    );
    queue.add(1);
    queue.add(2);
    expect({ handled, turns: scheduled.length }).to.deep.equal({ handled: [], turns: 1 });
    scheduled.pop()?.();
    expect(handled).to.deep.equal([1, 2]);
  });

  it('add() while items are handled leaves the new one to the next turn', () => {
    const scheduled: (() => void)[] = [];
    const handled: number[] = [];
    const queue = new TurnQueue<number>(
      (run) => scheduled.push(run),
      (item) => {
        handled.push(item);
        if (item === 1) queue.add(2);
      },
    );
    queue.add(1);
    scheduled.pop()?.();
    expect({ handled, turns: scheduled.length }).to.deep.equal({ handled: [1], turns: 1 });
    scheduled.pop()?.();
    expect(handled).to.deep.equal([1, 2]);
  });
});
