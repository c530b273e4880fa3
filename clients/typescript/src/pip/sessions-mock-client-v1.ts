import type { MockOptions } from '../mock/mock-options.js';
import { createMockTransport } from '../mock/mock-transport.js';
import type { SessionsTransport } from '../transport.js';
import { TransportClient } from './transport-client.js';

/**
 * A service that is not there, for tests of programs written for `client-sessions-node`. It answers
 * as the service does; its clock can be one that the test moves.
 */
export class SessionsMockClientV1 extends TransportClient {
  protected readonly transport: SessionsTransport;

  /** New: `options` of the mock. */
  constructor(options?: MockOptions) {
    super();
    this.transport = createMockTransport(options);
  }
}
