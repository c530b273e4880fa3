import { SessionError } from './session-error.js';

/** One failing place of a request: a JSON pointer and what is wrong there. */
export interface Problem {
  /** JSON pointer into the parameters, `""` for the whole. */
  readonly path: string;
  /** Why the value at `path` is refused. */
  readonly reason: string;
}

/** 400: parameters that do not fit, with every failing path. */
export function invalidData(problems: readonly Problem[]): SessionError {
  const [first] = problems;
  const message = first === undefined ? undefined : `${first.path || '/'}: ${first.reason}`;
  return new SessionError('INVALID_DATA', {
    ...(message === undefined ? {} : { message: `The parameters are not valid: ${message}.` }),
    details: { problems },
  });
}

/** 400: a body that is not the strict JSON that the service reads. */
export function invalidJson(reason: string): SessionError {
  return new SessionError('INVALID_JSON', {
    message: `The body is not acceptable JSON: ${reason}.`,
  });
}

/** 409: a write to a session that is over. */
export function sessionEnded(closeReason: string, closeTime: number): SessionError {
  return new SessionError('SESSION_ENDED', {
    details: { close_reason: closeReason, close_time: new Date(closeTime).toISOString() },
  });
}

/** 409: the precondition named another revision than `revision`, the current one. */
export function revisionConflict(revision: number): SessionError {
  return new SessionError('REVISION_CONFLICT', { details: { revision } });
}

/** 409: the user has `limit` live sessions, listed by their public fields. */
export function sessionLimit(limit: number, sessions: readonly unknown[]): SessionError {
  return new SessionError('SESSION_LIMIT', { details: { limit, sessions } });
}

/** 409: the request id came before, with other parameters. */
export function requestIdReused(): SessionError {
  return new SessionError('REQUEST_ID_REUSED');
}

/** 413: a document of `bytes` where `limitBytes` are allowed. */
export function documentTooLarge(field: string, bytes: number, limitBytes: number): SessionError {
  return new SessionError('BODY_TOO_LARGE', {
    message: `${field} is too large.`,
    details: { field, bytes, limit: limitBytes },
  });
}

/** 507: the store has no room for this write; nothing of it was kept. */
export function storageFull(cause?: unknown): SessionError {
  return new SessionError('STORAGE_FULL', { cause });
}

/** 500: a record that does not match its checksum. */
export function storeDamaged(cause?: unknown): SessionError {
  return new SessionError('STORE_DAMAGED', { cause });
}

/** 503: the store did not answer within its deadline, or is not open. */
export function storeUnavailable(cause?: unknown): SessionError {
  return new SessionError('STORE_UNAVAILABLE', { cause });
}

/** 503: more work is waiting than can be done in time. */
export function overloaded(): SessionError {
  return new SessionError('OVERLOADED');
}

/** A start that cannot go on: one line that names the component and the setting. */
export function invalidConfig(setting: string, reason: string, cause?: unknown): SessionError {
  return new SessionError('INVALID_CONFIG', {
    message: `${setting}: ${reason}`,
    details: { setting },
    cause,
  });
}
