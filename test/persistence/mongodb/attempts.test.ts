import { expect } from 'chai';
import { again, inParallel, repeat } from '../../../src/persistence/mongodb/attempts.js';
import { failureOf } from '../../support/failure.js';

const request = { signal: new AbortController().signal };

describe('repeat()', () => {
  it('goes on until an attempt answers', async () => {
    let count = 0;
    const answer = await repeat(request, async () => {
      count += 1;
      return count < 4 ? again : count;
    });
    expect(answer).to.equal(4);
  });

  it('gives up after a bounded number of attempts', async () => {
    let count = 0;
    const attempts = repeat(request, async () => {
      count += 1;
      return again;
    });
    expect(await failureOf(attempts)).to.deep.equal({ code: 'STORE_UNAVAILABLE' });
    expect(count).to.equal(24);
  });

  it('begins nothing when the time of the request is over', async () => {
    let count = 0;
    const attempts = repeat({ signal: AbortSignal.abort() }, async () => {
      count += 1;
      return count;
    });
    expect(await failureOf(attempts)).to.deep.equal({ code: 'STORE_UNAVAILABLE' });
    expect(count).to.equal(0);
  });
});

describe('inParallel()', () => {
  it('works on every item once, in order, on no more than asked for at a time', async () => {
    const done: number[] = [];
    let running = 0;
    let most = 0;
    const items = Array.from({ length: 20 }, (_, n) => n);
    await inParallel(items, 3, async (item) => {
      running += 1;
      most = Math.max(most, running);
      done.push(item);
      await new Promise(setImmediate);
      running -= 1;
    });
    expect([done, most]).to.deep.equal([items, 3]);
  });

  it('does nothing for no items', async () => {
    await inParallel([], 3, async () => {
      throw new Error('no');
    });
  });
});
