export { createMockClock, type MockClock } from '../mock/mock-clock.js';
export type { MockOptions } from '../mock/mock-options.js';
export { Descriptor } from './descriptor.js';
export { PipException, type PipExceptionOptions } from './pip-exception.js';
export type {
  DataPage,
  FilterLike,
  ISessionsClientV1,
  OptionalText,
  PagingLike,
  ReferencesLike,
} from './pip-types.js';
export { type AnyValue, SessionV1 } from './session-v1.js';
export { SessionsClientFactory } from './sessions-client-factory.js';
export { SessionsCommandableHttpClientV1 } from './sessions-commandable-http-client-v1.js';
export { SessionsDirectClientV1 } from './sessions-direct-client-v1.js';
export { SessionsMockClientV1 } from './sessions-mock-client-v1.js';
export { SessionsNullClientV1 } from './sessions-null-client-v1.js';
