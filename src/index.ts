export { HttpFactory } from './build/http-factory.js';
export { SessionsServiceFactory } from './build/sessions-service-factory.js';
export { SessionsProcess, type SessionsProcessOptions } from './container/sessions-process.js';
export type { BeatResultV1, BeatV1 } from './data/version1/beat-v1.js';
export {
  type CommandName,
  type CommandParams,
  type CommandResult,
  commandsV1,
  type SessionsApiV1,
} from './data/version1/commands.js';
export type { PagingV1, SessionFilterV1, SessionPageV1 } from './data/version1/page-v1.js';
export type { SessionV1 } from './data/version1/session-v1.js';
export type { ErrorCode } from './errors/error-codes.js';
export { isSessionError, SessionError } from './errors/session-error.js';
export type { SessionPersistence } from './logic/session-persistence.js';
export { SessionsController } from './logic/sessions-controller.js';
export { MemorySessionPersistence } from './persistence/memory/memory-session-persistence.js';
export { MongodbSessionPersistence } from './persistence/mongodb/mongodb-session-persistence.js';
export { SqliteSessionPersistence } from './persistence/sqlite/sqlite-session-persistence.js';
export { HttpEndpoint } from './services/http/http-endpoint.js';
export { SessionsCommandableHttpServiceV1 } from './services/rpc-v1/commandable-http-service.js';
