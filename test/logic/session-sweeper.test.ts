import { mock } from 'node:test';
import { expect } from 'chai';
import { NullCounters, NullLogger } from 'pip-services3-components-nodex';
import type { SessionPersistence } from '../../src/logic/session-persistence.js';
import { SessionSweeper } from '../../src/logic/session-sweeper.js';
import { createTestClock } from '../support/create-controller.js';

const hourMs = 3_600_000;

/** A third of the longest lease, and a little. */
const lookMs = 5_020;

describe('SessionSweeper', () => {
  /** What the store was asked for. */
  let asked: string[];
  /** What it says to who asks whether he leads. */
  let leads: () => boolean;
  let store: SessionPersistence;
  let sweeper: SessionSweeper | undefined;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    asked = [];
    leads = () => true;
    store = {
      lead: async (leaseMs: number) => {
        asked.push(`lead ${leaseMs}`);
        return leads();
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
  });
  afterEach(async () => {
    await sweeper?.stop();
    sweeper = undefined;
    mock.timers.reset();
  });

  function start(cleanupIntervalMs: number): SessionSweeper {
    sweeper = new SessionSweeper({
      store,
      clock: createTestClock(),
      logger: new NullLogger(),
      counters: new NullCounters(),
      settings: {
        cleanupIntervalMs,
        cleanupBatch: 5,
        retentionMs: hourMs,
        ledgerRetentionMs: hourMs,
      },
    });
    return sweeper;
  }

  /** What is asked for while so much time passes. */
  async function askedIn(ms: number): Promise<readonly string[]> {
    asked = [];
    mock.timers.tick(ms);
    for (let turn = 0; turn < 30; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    return asked;
  }

  const lead = 'lead 15000';
  const sweep = [lead, 'closeExpired', lead, 'prune'];

  it('renews the lead whether it sweeps or not', async () => {
    start(hourMs);
    expect(await askedIn(1_000)).to.deep.equal(sweep);
    expect(await askedIn(lookMs - 1_000)).to.deep.equal([lead]);
    for (let look = 0; look < 3; look += 1) expect(await askedIn(lookMs)).to.deep.equal([lead]);
  });

  it('looks while another leads, and sweeps at once when it takes over', async () => {
    leads = () => false;
    start(hourMs);
    expect(await askedIn(1_000)).to.deep.equal([lead, lead]);
    expect(await askedIn(lookMs - 1_000)).to.deep.equal([lead]);
    leads = () => true;
    expect(await askedIn(lookMs)).to.deep.equal([lead, ...sweep]);
    expect(await askedIn(lookMs)).to.deep.equal([lead]);
  });

  it('begins no batch when it leads no more', async () => {
    const answers = [true, false];
    leads = () => answers.shift() ?? false;
    start(hourMs);
    expect(await askedIn(1_000)).to.deep.equal([lead, 'closeExpired', lead]);
  });

  it('goes on looking when the store fails', async () => {
    leads = () => {
      throw new Error('gone');
    };
    start(hourMs);
    await askedIn(1_000);
    expect(await askedIn(lookMs - 1_000)).to.deep.equal([lead]);
    leads = () => true;
    expect(await askedIn(lookMs)).to.deep.equal([lead, ...sweep]);
  });

  it('has a lease of 5 s at short intervals', async () => {
    leads = () => false;
    start(2_000);
    expect(new Set(await askedIn(6_000))).to.deep.equal(new Set(['lead 5000']));
  });

  it('asks for no lead after its end, nor a store that has none', async () => {
    await start(hourMs).stop();
    expect(await askedIn(lookMs)).to.deep.equal([]);
    Reflect.deleteProperty(store, 'lead');
    start(hourMs);
    expect(await askedIn(1_000)).to.deep.equal(['closeExpired', 'prune']);
    expect(await askedIn(lookMs)).to.deep.equal([]);
  });
});
