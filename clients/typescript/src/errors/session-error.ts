import { kindOf, type SessionErrorCode } from './client-error-codes.js';

/** What a {@link SessionError} is made from, next to its code. */
export interface SessionErrorOptions {
  /** A sentence for people; the code's own when absent. */
  readonly message?: string | undefined;
  /** HTTP status of the answer; the code's own when absent, 0 where no answer came. */
  readonly status?: number | undefined;
  /** Category of Pip.Services; the code's own when absent. */
  readonly category?: string | undefined;
  /** Facts, as the protocol documents them for the code. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** The id under which the service logged the call. */
  readonly correlationId?: string | undefined;
  /** What went wrong underneath. */
  readonly cause?: unknown;
}

/**
 * The one error class of the client: every call rejects with this and nothing else. The service
 * answers with a closed set of codes; here the set is open, so that a code of a newer service
 * arrives as it is, with its status, category and details.
 */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  /** Which failure this is: a code of the service, or one of the client's own. */
  readonly code: SessionErrorCode;
  /** HTTP status of the answer, 0 where no answer came. */
  readonly status: number;
  /** Category of Pip.Services. */
  readonly category: string;
  /** Facts, as the protocol documents them for the code. */
  readonly details: Readonly<Record<string, unknown>> | undefined;
  /** The id under which the service logged the call. */
  readonly correlationId: string | undefined;

  constructor(code: SessionErrorCode, options: SessionErrorOptions = {}) {
    const { cause, category, correlationId, details, message, status } = options;
    const kind = kindOf(code);
    super(message ?? kind.message, cause === undefined ? {} : { cause });
    this.code = code;
    this.status = status ?? kind.status;
    this.category = category ?? kind.category;
    this.details = details;
    this.correlationId = correlationId;
  }

  /**
   * What a `catch` caught, as a `SessionError` of this class: itself, or what says code, status and
   * category (the service's own class and the exceptions of Pip.Services do), or `INTERNAL` with it
   * as the cause.
   */
  static from(caught: unknown, correlationId?: string): SessionError {
    if (caught instanceof SessionError) return caught;
    if (!isCoded(caught)) return new SessionError('INTERNAL', { correlationId, cause: caught });
    const { category, code, details, message, status } = caught;
    const facts = isFacts(details) ? details : undefined;
    const options = { category, cause: caught, correlationId, details: facts, message, status };
    return new SessionError(code, options);
  }
}

/** Whether a value is a {@link SessionError}, also one of another copy of this package. */
export function isSessionError(value: unknown): value is SessionError {
  return (
    value instanceof Error &&
    value.name === 'SessionError' &&
    'code' in value &&
    typeof value.code === 'string'
  );
}

function isCoded(
  value: unknown,
): value is Error & Pick<SessionError, 'code' | 'category' | 'status'> & { details?: unknown } {
  return (
    value instanceof Error &&
    'code' in value &&
    typeof value.code === 'string' &&
    'category' in value &&
    typeof value.category === 'string' &&
    'status' in value &&
    typeof value.status === 'number'
  );
}

function isFacts(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
