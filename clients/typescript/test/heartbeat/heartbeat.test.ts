import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createHeartbeat, type HeartbeatOptions, SessionError } from '../../src/index.js';
import { createHandTimers } from '../support/hand-timers.js';
import { type OpenHeart, openHeart } from './open-heart.js';

async function withHeart(
  test: (heart: OpenHeart) => Promise<void>,
  options: Partial<HeartbeatOptions> = {},
): Promise<void> {
  const heart = await openHeart(options);
  try {
    await test(heart);
  } finally {
    await heart.close();
  }
}

describe('createHeartbeat()', () => {
  it('beats at once, then at the pace that the service asks for', async () => {
    await withHeart(
      async ({ heartbeat, seen, settled, timers }) => {
        heartbeat.start();
        await settled();
        expect(timers.pauses).to.deep.equal([7_000]);
        timers.fire();
        await settled();
        expect(seen.told).to.deep.equal(['beat 1000/1', 'beat 1000/2']);
        expect(timers.pauses).to.deep.equal([7_000]);
      },
      { facts: { next_beat: 7 } },
    );
  });

  it('beats up to a tenth sooner than asked for, never later', async () => {
    await withHeart(
      async ({ heartbeat, settled, timers }) => {
        heartbeat.start();
        await settled();
        expect(timers.pauses).to.deep.equal([9_000]);
      },
      { facts: { next_beat: 10 }, random: () => 1 },
    );
  });

  it('says its facts, its context and its order in each beat', async () => {
    await withHeart(
      async ({ heartbeat, seen, session, settled, timers }) => {
        heartbeat.start();
        await settled();
        heartbeat.update({ activity: 'reading', active: false });
        await settled();
        const same = { session_id: session.id, context_id: 'till-1', epoch: 1_000, visible: true };
        expect(seen.beats).to.deep.equal([
          { ...same, seq: 1, active: true, status: 'busy', path: ['shop'] },
          { ...same, seq: 2, active: false, status: 'busy', path: ['shop'], activity: 'reading' },
        ]);
        expect(timers.pauses.length).to.equal(1);
      },
      { contextId: 'till-1', facts: { status: 'busy', path: ['shop'] } },
    );
  });

  it('has a context of its own where none is named', async () => {
    await withHeart(async ({ heartbeat }) => {
      expect(heartbeat.contextId).to.match(/^[0-9a-f]{32}$/);
    });
  });

  it('never has two beats on their way: one more follows, however often it is updated', async () => {
    await withHeart(async ({ heartbeat, seen, settled }) => {
      heartbeat.start();
      for (const status of ['busy', 'away', 'available'] as const) heartbeat.update({ status });
      await settled();
      expect(seen.beats.map(({ seq, status }) => [seq, status])).to.deep.equal([
        [1, undefined],
        [2, 'available'],
      ]);
      expect(seen.most).to.equal(1);
    });
  });

  it('start() twice is start() once', async () => {
    await withHeart(async ({ heartbeat, seen, settled }) => {
      heartbeat.start();
      heartbeat.start();
      await settled();
      expect(seen.beats.length).to.equal(1);
    });
  });

  it('update() before start() is said by the first beat', async () => {
    await withHeart(async ({ heartbeat, seen, settled }) => {
      heartbeat.update({ status: 'away' });
      expect([heartbeat.state.phase, seen.beats]).to.deep.equal(['idle', []]);
      heartbeat.start();
      await settled();
      expect(seen.beats.map(({ status }) => status)).to.deep.equal(['away']);
    });
  });

  it('tells of a failure, goes on sooner, and is at its pace after the next answer', async () => {
    let failures = 3;
    const timers = createHandTimers();
    const told: string[] = [];
    const heartbeat = createHeartbeat({
      client: {
        async touchSession({ epoch = 0, seq = 0 }) {
          failures -= 1;
          if (failures >= 0) throw new SessionError('UNREACHABLE');
          const serverTime = '2026-01-01T00:00:00.000Z';
          return {
            server_time: serverTime,
            active: true,
            next_beat: 60,
            duplicate: false,
            epoch,
            seq,
          };
        },
      },
      sessionId: 'a',
      page: null,
      timers,
      random: () => 0,
      intervalMs: 3_000,
      onError: ({ code }) => void told.push(code),
    });
    const pauses: number[] = [];
    const settled = async () => {
      await new Promise(setImmediate);
      pauses.push(...timers.pauses);
    };
    heartbeat.start();
    await settled();
    expect(heartbeat.state.error?.code).to.equal('UNREACHABLE');
    for (let n = 0; n < 3; n += 1) {
      timers.fire();
      await settled();
    }
    expect(pauses).to.deep.equal([1_000, 2_000, 3_000, 60_000]);
    expect(told).to.deep.equal(['UNREACHABLE', 'UNREACHABLE', 'UNREACHABLE']);
    expect(heartbeat.state.error).to.equal(undefined);
    expect(heartbeat.state.result?.seq).to.equal(4);
  });

  it('ends by itself when the session has ended, and says why, once', async () => {
    await withHeart(async ({ client, heartbeat, seen, session, settled, timers }) => {
      heartbeat.start();
      await settled();
      await client.closeSession({ session_id: session.id, reason: 'admin' });
      timers.fire();
      await settled();
      expect(seen.told).to.deep.equal(['beat 1000/1', 'end ended admin']);
      expect([heartbeat.state.phase, timers.pauses]).to.deep.equal(['over', []]);
      heartbeat.start();
      heartbeat.update({ status: 'busy' });
      await heartbeat.stop();
      expect(seen.beats.length).to.equal(2);
    });
  });

  it('ends by itself when there is no such session', async () => {
    await withHeart(async ({ client, heartbeat, seen, session, settled, timers }) => {
      await client.deleteSessionById({ session_id: session.id });
      heartbeat.start();
      await settled();
      expect(seen.told).to.deep.equal(['end absent -']);
      expect([heartbeat.state.phase, timers.pauses]).to.deep.equal(['over', []]);
    });
  });

  it('stop() ends its context, once, and start() begins a larger epoch', async () => {
    await withHeart(
      async ({ heartbeat, seen, settled, timers }) => {
        heartbeat.start();
        await settled();
        await Promise.all([heartbeat.stop(), heartbeat.stop()]);
        expect([heartbeat.state.phase, timers.pauses]).to.deep.equal(['stopped', []]);
        heartbeat.start();
        await settled();
        expect(seen.beats.map(({ ended, epoch, seq }) => ({ ended, epoch, seq }))).to.deep.equal([
          { ended: undefined, epoch: 1_000, seq: 1 },
          { ended: true, epoch: 1_000, seq: 2 },
          { ended: undefined, epoch: 1_001, seq: 1 },
        ]);
        expect(heartbeat.state.result?.duplicate).to.equal(false);
        expect(heartbeat.state.result?.status).to.equal('busy');
      },
      { facts: { status: 'busy' } },
    );
  });

  it('stop() while a beat is on its way ends the context, and nothing follows', async () => {
    await withHeart(async ({ heartbeat, seen, settled, timers }) => {
      heartbeat.start();
      heartbeat.update({ status: 'busy' });
      await heartbeat.stop();
      await settled();
      expect(seen.beats.map(({ ended }) => ended)).to.deep.equal([undefined, true]);
      expect([seen.told, timers.pauses]).to.deep.equal([[], []]);
    });
  });

  it('stop() before start() sends nothing', async () => {
    await withHeart(async ({ heartbeat, seen }) => {
      await heartbeat.stop();
      expect([heartbeat.state.phase, seen.beats]).to.deep.equal(['idle', []]);
    });
  });

  it('stop() of an ended session is no error; of a service that is gone it is told, not thrown', async () => {
    await withHeart(async ({ client, heartbeat, seen, session, settled }) => {
      heartbeat.start();
      await settled();
      await client.closeSession({ session_id: session.id });
      await heartbeat.stop();
      expect(seen.told).to.deep.equal(['beat 1000/1']);
    });
    await withHeart(async ({ heartbeat, seen, settled, transport }) => {
      heartbeat.start();
      await settled();
      await transport.close();
      await heartbeat.stop();
      expect(seen.told).to.deep.equal(['beat 1000/1', 'error ABORTED']);
    });
  });

  it('goes above an epoch that its context has already, after a second', async () => {
    await withHeart(
      async ({ client, heartbeat, seen, session, settled, timers }) => {
        const sessionId = session.id;
        await client.touchSession({
          session_id: sessionId,
          context_id: 'till',
          epoch: 5_000,
          seq: 9,
        });
        heartbeat.start();
        await settled();
        expect(timers.pauses).to.deep.equal([1_000]);
        timers.fire();
        await settled();
        expect(seen.told).to.deep.equal(['beat 5000/9', 'beat 5001/1']);
        expect(heartbeat.state.result?.duplicate).to.equal(false);
      },
      { contextId: 'till' },
    );
  });

  it('a listener that throws, or rejects, stops nothing', async () => {
    await withHeart(
      async ({ heartbeat, settled, timers, transport }) => {
        heartbeat.start();
        await settled();
        expect(timers.pauses.length).to.equal(1);
        await transport.close();
        timers.fire();
        await settled();
        expect([heartbeat.state.error?.code, timers.pauses.length]).to.deep.equal(['ABORTED', 1]);
      },
      {
        onBeat: () => {
          throw new Error('thrown by a listener');
        },
        onError: (async () => await Promise.reject(new Error('later'))) as () => void,
      },
    );
  });

  it('by itself it beats by the clock of the platform, and keeps no process alive', async () => {
    const client = new URL('../../src/index.js', import.meta.url).href;
    const script = `
      const { createHeartbeat } = await import(${JSON.stringify(client)});
      const touchSession = async ({ epoch, seq, context_id }) => {
        console.log(epoch > 1.7e12, seq, context_id.length);
        return { next_beat: seq === 1 ? 0.01 : 3_600, epoch, seq };
      };
      createHeartbeat({ client: { touchSession }, sessionId: 'a' }).start();
      await new Promise((resolve) => setTimeout(resolve, 200));
    `;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 15_000 });
    expect(stdout).to.equal('true 1 32\ntrue 2 32\n');
  });
});
