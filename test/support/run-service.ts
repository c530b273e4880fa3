import { ConfigParams, Descriptor, References } from 'pip-services3-commons-nodex';
import type { ServiceClock } from '../../src/logic/service-clock.js';
import type { SessionPersistence } from '../../src/logic/session-persistence.js';
import { SessionsController } from '../../src/logic/sessions-controller.js';
import { MemorySessionPersistence } from '../../src/persistence/memory/memory-session-persistence.js';
import { SqliteSessionPersistence } from '../../src/persistence/sqlite/sqlite-session-persistence.js';
import { HttpEndpoint } from '../../src/services/http/http-endpoint.js';
import { SessionsCommandableHttpServiceV1 } from '../../src/services/rpc-v1/commandable-http-service.js';
import { createTemporaryFolder } from './temporary-folder.js';

/** The stores that need no server. */
export const localStores = ['memory', 'file'] as const;

/** What a service of a test's own is made with. */
export interface RunServiceOptions {
  readonly store: (typeof localStores)[number];
  readonly clock?: ServiceClock;
  /** Settings of the controller, the endpoint and the store, by their keys. */
  readonly controller?: Readonly<Record<string, unknown>>;
  readonly endpoint?: Readonly<Record<string, unknown>>;
  readonly persistence?: Readonly<Record<string, unknown>>;
}

/** All components but the container, in this process. */
export interface RunningService {
  readonly url: string;
  readonly endpoint: HttpEndpoint;
  readonly controller: SessionsController;
  readonly store: SessionPersistence;
  close(): Promise<void>;
}

/** Wires store, controller, endpoint and service as the container does, on a free port. */
export async function runService(options: RunServiceOptions): Promise<RunningService> {
  const folder = await createTemporaryFolder();
  const store =
    options.store === 'memory' ? new MemorySessionPersistence() : new SqliteSessionPersistence();
  const controller = new SessionsController(
    options.clock === undefined ? {} : { clock: options.clock },
  );
  const endpoint = new HttpEndpoint();
  const service = new SessionsCommandableHttpServiceV1();
  const path = options.store === 'file' ? { path: folder.file('sessions.db') } : {};
  store.configure(ConfigParams.fromValue({ ...path, ...options.persistence }));
  controller.configure(ConfigParams.fromValue(options.controller ?? {}));
  endpoint.configure(ConfigParams.fromValue({ connection: { port: 0 }, ...options.endpoint }));
  const references = References.fromTuples(
    new Descriptor('service-sessions', 'persistence', options.store, 'default', '1.0'),
    store,
    new Descriptor('service-sessions', 'controller', 'default', 'default', '1.0'),
    controller,
    new Descriptor('pip-services', 'endpoint', 'http', 'default', '1.0'),
    endpoint,
    new Descriptor('service-sessions', 'service', 'commandable-http', 'default', '1.0'),
    service,
  );
  for (const part of [controller, endpoint, service]) part.setReferences(references);
  for (const part of [store, controller, endpoint, service]) await part.open('test');
  endpoint.setReady(true);
  return {
    url: endpoint.uri,
    endpoint,
    controller,
    store,
    async close() {
      for (const part of [service, endpoint, controller, store]) await part.close('test');
      await folder.remove();
    },
  };
}
