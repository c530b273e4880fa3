import { setTimeout as sleep } from 'node:timers/promises';
import { MemorySessionPersistence } from '../../../../src/persistence/memory/memory-session-persistence.js';
import { createController, createTestClock } from '../../../../test/support/create-controller.js';
import { runService } from '../../../../test/support/run-service.js';
import { startServiceProcess } from '../../../../test/support/service-process.js';
import { createTemporaryFolder } from '../../../../test/support/temporary-folder.js';
import {
  createDirectTransport,
  createHttpTransport,
  createSessionsClient,
} from '../../src/index.js';
import type { ClientSettings, ClientSubject } from '../suite/subject.js';

/** The client over HTTP, on an endpoint in this process whose clock a test moves. */
export async function openHttpClient(
  store: 'memory' | 'file',
  settings: ClientSettings = {},
): Promise<ClientSubject> {
  const clock = createTestClock();
  const service = await runService({
    store,
    clock,
    controller: toOptions(settings),
    endpoint: { 'options.drain_delay': 0 },
  });
  const client = createSessionsClient(createHttpTransport({ url: service.url }));
  return {
    client,
    pass: async (ms) => clock.pass(ms),
    async close() {
      await client.close();
      await service.close();
    },
  };
}

/** The client over HTTP, on the process as it is deployed, with its file store. */
export async function openProcessClient(settings: ClientSettings = {}): Promise<ClientSubject> {
  const folder = await createTemporaryFolder();
  const limit = settings.maxSessionsPerUser;
  const env = {
    FILE_PATH: folder.file('sessions.db'),
    ...(limit === undefined ? {} : { MAX_SESSIONS_PER_USER: String(limit) }),
  };
  const service = await startServiceProcess({ env });
  const client = createSessionsClient(createHttpTransport({ url: service.url }));
  return {
    client,
    pass: async (ms) => await sleep(ms),
    async close() {
      await client.close();
      await service.stop();
      await folder.remove();
    },
  };
}

/** The client in the process of the service. */
export async function openDirectClient(settings: ClientSettings = {}): Promise<ClientSubject> {
  const clock = createTestClock();
  const store = new MemorySessionPersistence();
  const { close, controller } = await createController(store, {
    clock,
    settings: toOptions(settings),
  });
  const client = createSessionsClient(createDirectTransport(controller));
  return {
    client,
    pass: async (ms) => clock.pass(ms),
    async close() {
      await client.close();
      await close();
    },
  };
}

function toOptions({ maxSessionsPerUser }: ClientSettings): Record<string, unknown> {
  return maxSessionsPerUser === undefined
    ? {}
    : { 'options.max_sessions_per_user': maxSessionsPerUser };
}
