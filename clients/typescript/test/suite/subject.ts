import type { SessionsClient } from '../../src/index.js';

/** What a client under test is made with. */
export interface ClientSettings {
  /** `options.max_sessions_per_user` of the service; none when absent. */
  readonly maxSessionsPerUser?: number;
}

/** A client, and the service of its own that it calls. */
export interface ClientSubject {
  readonly client: SessionsClient;
  /** Lets time pass, by a clock that the service has or by waiting. */
  pass(ms: number): Promise<void>;
  /** Closes both. */
  close(): Promise<void>;
}

/** Makes a client and its service. */
export type OpenClient = (settings?: ClientSettings) => Promise<ClientSubject>;

/** A client in a suite; made before its tests. */
export interface SharedClient {
  readonly client: SessionsClient;
  pass(ms: number): Promise<void>;
}
