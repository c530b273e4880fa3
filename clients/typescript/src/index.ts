export {
  createDirectTransport,
  type DirectApi,
  type DirectCommand,
  type DirectTransportOptions,
  defaultDirectTransportOptions,
} from './direct/direct-transport.js';
export type {
  ClientErrorCode,
  KnownErrorCode,
  SessionErrorCode,
} from './errors/client-error-codes.js';
export { isSessionError, SessionError, type SessionErrorOptions } from './errors/session-error.js';
export {
  type BeatResultV1,
  type BeatV1,
  type CommandTypes,
  commands,
  type PagingV1,
  type SessionFilterV1,
  type SessionPageV1,
  type SessionV1,
} from './generated/commands.js';
export { createHeartbeat, type Heartbeat } from './heartbeat/heartbeat.js';
export type {
  BeatFacts,
  HeartbeatEnd,
  HeartbeatOptions,
  HeartbeatState,
  HeartbeatTimers,
} from './heartbeat/heartbeat-options.js';
export type { PageLike } from './heartbeat/page.js';
export {
  type Credential,
  defaultHttpTransportOptions,
  type HttpTransportOptions,
  type RetryOptions,
} from './http/http-options.js';
export { createHttpTransport } from './http/http-transport.js';
export { type CamelCase, createSessionsClient, type SessionsClient } from './sessions-client.js';
export type {
  CallOptions,
  CommandName,
  CommandParams,
  CommandResult,
  SessionsTransport,
} from './transport.js';
