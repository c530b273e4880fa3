import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  MongoSystemError,
} from 'mongodb';
import { storageFull, storeUnavailable } from '../../../errors/makers.js';
import { isSessionError, SessionError } from '../../../errors/session-error.js';

/**
 * What a failure of MongoDB means: `unavailable`, no server can do it now, and it may or may not be
 * done; `refused`, the server does not let this user; `full`, there is no room; `other`, not of
 * this kind.
 */
export type MongoFailure = 'unavailable' | 'refused' | 'full' | 'other';

/** Codes of MongoDB: Unauthorized, AuthenticationFailed. */
const refused = new Set([13, 18]);

/** OutOfDiskSpace, and the quota of a database. */
const full = new Set([14_031, 12_501]);

/**
 * HostUnreachable, HostNotFound, MaxTimeMSExpired, NetworkTimeout, ShutdownInProgress, WriteConflict,
 * WriteConcernFailed, and so on: primary stepping down or not known, concern not satisfiable.
 */
const unavailable = new Set([
  6, 7, 24, 43, 46, 50, 64, 79, 89, 91, 100, 112, 133, 134, 189, 262, 290, 358, 384, 9_001, 10_058,
  10_107, 11_600, 11_601, 11_602, 13_388, 13_435, 13_436, 16_500,
]);

/** A hosted MongoDB says that its space is used up by a code of its own, 8000, and in words. */
const overQuota = /over your space quota/i;

/** Classes of the driver that mean that it did not get to a server, or not through. */
const unavailableNames =
  /^Mongo(?:NotConnected|ServerClosed|TopologyClosed|ClientClosed|PoolClosed|PoolCleared|WaitQueueTimeout|ConnectionPoolClosed|OperationTimeout|CursorInUse|ExpiredSession)\w*Error$/;

/** Sorts what a `catch` around the driver caught. */
export function classifyMongoFailure(caught: unknown): MongoFailure {
  if (!(caught instanceof MongoError)) return isAbort(caught) ? 'unavailable' : 'other';
  if (caught instanceof MongoServerError) return classifyCode(caught);
  const reached =
    caught instanceof MongoNetworkError ||
    caught instanceof MongoServerSelectionError ||
    caught instanceof MongoSystemError;
  return reached || unavailableNames.test(caught.name) ? 'unavailable' : 'other';
}

/** The error that a caller gets for what a `catch` around the driver caught: never a driver's text. */
export function toSessionError(caught: unknown): SessionError {
  if (isSessionError(caught)) return caught;
  switch (classifyMongoFailure(caught)) {
    case 'full':
      return storageFull(caught);
    case 'unavailable':
    case 'refused':
      return storeUnavailable(caught);
    case 'other':
      return SessionError.from(caught);
  }
}

function classifyCode(error: MongoServerError): MongoFailure {
  const code = Number(error.code ?? writeConcernErrorOf(error)?.code);
  if (full.has(code) || (code === 8_000 && overQuota.test(error.message))) return 'full';
  if (refused.has(code)) return 'refused';
  if (unavailable.has(code) || error.hasErrorLabel('RetryableWriteError')) return 'unavailable';
  return 'other';
}

/** Done by the primary, and not known to be on a majority. */
function writeConcernErrorOf(error: MongoServerError): { readonly code?: unknown } | undefined {
  if (error instanceof MongoBulkWriteError) return error.result.getWriteConcernError();
  return error['writeConcernError'];
}

function isAbort(caught: unknown): boolean {
  return caught instanceof Error && caught.name === 'AbortError';
}
