import { type ErrorCategory, type ErrorCode, errorKinds } from './error-codes.js';

/** What a {@link SessionError} is made from, next to its code. */
export interface SessionErrorOptions {
  /** A sentence for the caller; the code's own when absent. Never a path or a driver's text. */
  readonly message?: string;
  /** Public facts, as documented for the code. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What went wrong underneath: for the log only, never for an answer. */
  readonly cause?: unknown;
}

/** The body of an error answer (specs: rpc-v1, "Transport"). */
export interface ErrorBodyV1 {
  readonly code: ErrorCode;
  readonly status: number;
  readonly name: string;
  readonly category: ErrorCategory;
  readonly message: string;
  readonly correlation_id: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one error class of the service and its clients: a closed set of codes, public details. */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  /** Which of the documented failures this is. */
  readonly code: ErrorCode;
  /** Public facts, as documented for the code. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, options: SessionErrorOptions = {}) {
    super(options.message ?? errorKinds[code].message, { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }

  /** HTTP status of the code. */
  get status(): number {
    return errorKinds[this.code].status;
  }

  /** Pip.Services category of the code. */
  get category(): ErrorCategory {
    return errorKinds[this.code].category;
  }

  /**
   * The public form without a correlation id, where Pip.Services and restify look for one: behind
   * their service neither the stack nor the cause gets into the answer.
   */
  get body(): Omit<ErrorBodyV1, 'correlation_id'> {
    const { correlation_id: _, ...body } = this.toBody('');
    return body;
  }

  /** The public form of this error: never a stack or a cause. */
  toBody(correlationId: string): ErrorBodyV1 {
    return {
      code: this.code,
      status: this.status,
      name: this.name,
      category: this.category,
      message: this.message,
      correlation_id: correlationId,
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }

  /** What a `catch` caught, as a `SessionError`: itself, or `INTERNAL` with it as the cause. */
  static from(caught: unknown): SessionError {
    return isSessionError(caught) ? caught : new SessionError('INTERNAL', { cause: caught });
  }
}

/** Whether a value is a {@link SessionError}, also one of another copy of this package. */
export function isSessionError(value: unknown): value is SessionError {
  return (
    value instanceof Error &&
    value.name === 'SessionError' &&
    'code' in value &&
    typeof value.code === 'string' &&
    Object.hasOwn(errorKinds, value.code)
  );
}
