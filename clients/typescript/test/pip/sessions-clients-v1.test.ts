import { Descriptor, References } from 'pip-services3-commons-nodex';
import { MemorySessionPersistence } from '../../../../src/persistence/memory/memory-session-persistence.js';
import { createController, createTestClock } from '../../../../test/support/create-controller.js';
import { runService } from '../../../../test/support/run-service.js';
import {
  createMockClock,
  SessionsCommandableHttpClientV1,
  SessionsDirectClientV1,
  SessionsMockClientV1,
} from '../../src/pip/index.js';
import { describeSessionsClientV1 } from './sessions-client-v1.suite.js';

describeSessionsClientV1('SessionsCommandableHttpClientV1', async () => {
  const clock = createTestClock();
  const endpoint = { 'options.drain_delay': 0 };
  const service = await runService({ store: 'memory', clock, endpoint });
  const client = new SessionsCommandableHttpClientV1({ connection: { uri: service.url } });
  await client.open('test');
  return {
    client,
    pass: (ms) => clock.pass(ms),
    async close() {
      await client.close('test');
      await service.close();
    },
  };
});

describeSessionsClientV1('SessionsDirectClientV1', async () => {
  const clock = createTestClock();
  const { close, controller } = await createController(new MemorySessionPersistence(), { clock });
  const client = new SessionsDirectClientV1();
  const descriptor = new Descriptor('service-sessions', 'controller', 'default', 'my', '1.0');
  client.setReferences(References.fromTuples(descriptor, controller));
  await client.open('test');
  return {
    client,
    pass: (ms) => clock.pass(ms),
    async close() {
      await client.close('test');
      await close();
    },
  };
});

describeSessionsClientV1('SessionsMockClientV1', async () => {
  const clock = createMockClock();
  const client = new SessionsMockClientV1({ now: clock.now });
  return { client, pass: (ms) => clock.pass(ms), close: async () => undefined };
});
