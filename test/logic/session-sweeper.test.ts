import { mock } from 'node:test';
import { expect } from 'chai';
import { NullCounters, NullLogger } from 'pip-services3-components-nodex';
import type { SessionPersistence } from '../../src/logic/session-persistence.js';
import { SessionSweeper } from '../../src/logic/session-sweeper.js';
import { createTestClock } from '../support/create-controller.js';

const hourMs = 3_600_000;

describe('SessionSweeper', () => {
  it('looks again after the lease of another that led, and does what that one was killed at', async () => {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    let leads = false;
    const asked: string[] = [];
    const store = {
      lead: async (_now: number, leaseMs: number) => {
        asked.push(`lead for ${leaseMs}`);
        return leads;
      },
      closeExpired: async () => {
        asked.push('closeExpired');
        return { count: 0, more: false };
      },
      prune: async () => {
        asked.push('prune');
        return { count: 0, more: false };
      },
    } as unknown as SessionPersistence;
    const sweeper = new SessionSweeper({
      store,
      clock: createTestClock(),
      logger: new NullLogger(),
      counters: new NullCounters(),
      settings: {
        cleanupIntervalMs: hourMs,
        cleanupBatch: 10,
        retentionMs: hourMs,
        ledgerRetentionMs: hourMs,
      },
    });
    const settled = async () => {
      for (let turn = 0; turn < 10; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    try {
      mock.timers.tick(1_000);
      await settled();
      expect(asked.splice(0)).to.deep.equal(['lead for 60000', 'lead for 60000']);
      leads = true;
      mock.timers.tick(59_000);
      await settled();
      expect(asked).to.deep.equal([]);
      mock.timers.tick(1_000);
      await settled();
      expect(asked).to.deep.equal(['lead for 60000', 'closeExpired', 'lead for 60000', 'prune']);
    } finally {
      await sweeper.stop();
      mock.timers.reset();
    }
  });
});
