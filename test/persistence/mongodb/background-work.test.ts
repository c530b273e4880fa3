import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { NullLogger } from 'pip-services3-components-nodex';
import { BackgroundWork } from '../../../src/persistence/mongodb/background-work.js';
import type { StoredSession } from '../../../src/persistence/mongodb/session-documents.js';

function stored(version: number): StoredSession {
  const session = { id: 'x' } as StoredSession['session'];
  return { version, state: 'kept', session, pending: [] };
}

/** Turns in which something may come after the work before it has ended. */
const turns = Array.from({ length: 12 }, (_, turn) => turn);

describe('BackgroundWork', () => {
  for (const turn of turns) {
    it(`does what comes ${turn} turns after the work before it`, async () => {
      const done: number[] = [];
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const background = new BackgroundWork({
        logger: new NullLogger(),
        work: async ({ version }) => {
          done.push(version);
          if (version === 1) await gate;
        },
      });
      background.add(stored(1));
      const later = gate.then(async () => {
        for (let waited = 0; waited < turn; waited += 1) await undefined;
        background.add(stored(2));
      });
      release();
      await later;
      await sleep(1);
      await background.settled();
      expect(done).to.deep.equal([1, 2]);
    });
  }

  it('does the newest form of a record only, one at a time, and goes on after a failure', async () => {
    const done: number[] = [];
    const background = new BackgroundWork({
      logger: new NullLogger(),
      work: async ({ version }) => {
        done.push(version);
        await sleep(1);
        throw new Error('gone');
      },
    });
    for (const version of [1, 2, 3]) background.add(stored(version));
    await background.settled();
    expect(done).to.deep.equal([1, 3]);
  });
});
