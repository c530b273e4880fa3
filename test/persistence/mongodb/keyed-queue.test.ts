import { expect } from 'chai';
import { KeyedQueue } from '../../../src/persistence/mongodb/keyed-queue.js';

/** Work that ends when it is told to. */
function createGate() {
  let release = (): void => undefined;
  const open = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { open, release };
}

describe('KeyedQueue', () => {
  it('add() runs the work on one key in its order, and that on others beside it', async () => {
    const queue = new KeyedQueue();
    const gate = createGate();
    const done: string[] = [];
    const first = queue.add('a', async () => {
      await gate.open;
      done.push('a1');
    });
    const second = queue.add('a', async () => void done.push('a2'));
    await queue.add('b', async () => void done.push('b1'));
    expect(done).to.deep.equal(['b1']);
    gate.release();
    await Promise.all([first, second]);
    expect(done).to.deep.equal(['b1', 'a1', 'a2']);
  });

  it('add() answers what the work answers, and goes on after one that failed', async () => {
    const queue = new KeyedQueue();
    const failing = queue.add('a', async () => {
      throw new Error('no');
    });
    const next = queue.add('a', async () => 7);
    expect(await failing.catch((caught: Error) => caught.message)).to.equal('no');
    expect(await next).to.equal(7);
    expect(await queue.add('a', async () => 8)).to.equal(8);
  });

  it('add() waits for work that does not end as long as it has patience, and its key is free then', async () => {
    const queue = new KeyedQueue(20);
    const stuck = queue.add('a', async () => await new Promise<never>(() => undefined));
    expect(await queue.add('a', async () => 7)).to.equal(7);
    expect(await Promise.race([queue.add('a', async () => 8), stuck])).to.equal(8);
  });
});
