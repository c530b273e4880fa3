import { createTestClock } from '../../../../test/support/create-controller.js';
import { runService } from '../../../../test/support/run-service.js';
import {
  type BeatV1,
  type CallOptions,
  createHeartbeat,
  createHttpTransport,
  createSessionsClient,
  type Heartbeat,
  type HeartbeatOptions,
} from '../../src/index.js';
import { newUser, present } from '../suite/new-user.js';
import { createHandTimers } from '../support/hand-timers.js';

/** A heartbeat under test, beside a service of its own. */
export type OpenHeart = Awaited<ReturnType<typeof openHeart>>;

/**
 * A heartbeat for a session of a real service, over HTTP, with timers that the test lets go off.
 * `seen` has what it sent and what its listeners were told.
 */
export async function openHeart(options: Partial<HeartbeatOptions> = {}) {
  const clock = createTestClock();
  const service = await runService({
    store: 'memory',
    clock,
    endpoint: { 'options.drain_delay': 0 },
  });
  const transport = createHttpTransport({ url: service.url, retry: { limit: 0 } });
  const client = createSessionsClient(transport);
  const session = present(await client.openSession({ user_id: newUser() }));
  const timers = createHandTimers();
  const seen = {
    beats: [] as BeatV1[],
    calls: [] as CallOptions[],
    told: [] as string[],
    most: 0,
  };
  let running = 0;
  const heartbeat: Heartbeat = createHeartbeat({
    client: {
      async touchSession(beat, callOptions = {}) {
        seen.beats.push(beat);
        seen.calls.push(callOptions);
        running += 1;
        seen.most = Math.max(seen.most, running);
        return await client.touchSession(beat, callOptions).finally(() => {
          running -= 1;
        });
      },
    },
    sessionId: session.id,
    page: null,
    timers,
    now: () => 1_000,
    random: () => 0,
    onBeat: (result) => void seen.told.push(`beat ${result.epoch}/${result.seq}`),
    onError: ({ code }) => void seen.told.push(`error ${code}`),
    onEnd: ({ closeReason = '-', why }) => void seen.told.push(`end ${why} ${closeReason}`),
    ...options,
  });
  return {
    heartbeat,
    client,
    session,
    timers,
    seen,
    transport,
    /** Waits until nothing is on its way. */
    async settled() {
      do await new Promise(setImmediate);
      while (running > 0);
      await new Promise(setImmediate);
    },
    async close() {
      await heartbeat.stop();
      await transport.close();
      await service.close();
    },
  };
}
