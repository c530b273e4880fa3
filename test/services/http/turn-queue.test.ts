import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { TurnQueue } from '../../../src/services/http/turn-queue.js';

describe('TurnQueue', () => {
  it('add() hands over all items of a turn at once, in their order', () => {
    const scheduled: (() => void)[] = [];
    const handled: number[] = [];
    const queue = new TurnQueue<number>(
      (run) => scheduled.push(run),
      (item) => {
        handled.push(item);
        return undefined;
      },
    );
    queue.add(1);
    queue.add(2);
    expect({ handled, turns: scheduled.length }).to.deep.equal({ handled: [], turns: 1 });
    scheduled.pop()?.();
    expect(handled).to.deep.equal([1, 2]);
  });

  it('add() lets the next item wait for the promise that one answers', async () => {
    const scheduled: (() => void)[] = [];
    const steps: string[] = [];
    const queue = new TurnQueue<number>(
      (run) => scheduled.push(run),
      async (item) => {
        steps.push(`read ${item}`);
        await Promise.resolve();
        steps.push(`answer ${item}`);
      },
    );
    queue.add(1);
    queue.add(2);
    scheduled.pop()?.();
    await nextTurn();
    expect(steps).to.deep.equal(['read 1', 'answer 1', 'read 2', 'answer 2']);
  });

  it('add() while items are handled leaves the new one to the next turn', () => {
    const scheduled: (() => void)[] = [];
    const handled: number[] = [];
    const queue = new TurnQueue<number>(
      (run) => scheduled.push(run),
      (item) => {
        handled.push(item);
        if (item === 1) queue.add(2);
        return undefined;
      },
    );
    queue.add(1);
    scheduled.pop()?.();
    expect({ handled, turns: scheduled.length }).to.deep.equal({ handled: [1], turns: 1 });
    scheduled.pop()?.();
    expect(handled).to.deep.equal([1, 2]);
  });
});
