import { SessionError } from '../errors/session-error.js';

/** The status that Pip.Services gives to the exception of each category, whatever HTTP said. */
const statuses: ReadonlyMap<string, number> = new Map([
  ['BadRequest', 400],
  ['Unauthorized', 401],
  ['NotFound', 404],
  ['Conflict', 409],
]);

/** What a {@link PipException} is made with. */
export interface PipExceptionOptions {
  readonly category: string;
  readonly correlationId?: string | null | undefined;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/**
 * A failure with the fields of `ApplicationException` of Pip.Services. It is not of its class, which
 * this package does not have: tell failures apart by `code` or `category`, not by `instanceof`.
 */
export class PipException extends Error {
  /** The code, as Pip.Services names its exceptions. */
  override readonly name: string;
  /** Which failure this is. */
  readonly code: string;
  /** `ErrorCategory` of Pip.Services. */
  readonly category: string;
  /** The status of the category, as the exceptions of Pip.Services have it. */
  readonly status: number;
  /** The id under which the service logged the call. */
  readonly correlation_id: string | null;
  /** Facts, as the protocol documents them for the code. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: string, options: PipExceptionOptions) {
    const { category, cause, correlationId, details, message } = options;
    super(message, cause === undefined ? {} : { cause });
    this.name = code;
    this.code = code;
    this.category = category;
    this.status = statuses.get(category) ?? 500;
    this.correlation_id = correlationId ?? null;
    this.details = details;
  }

  /** What a call of the client rejected with; that is its `cause`, with the status of HTTP. */
  static from(caught: unknown): PipException {
    const error = SessionError.from(caught);
    const { category, code, correlationId, details, message } = error;
    return new PipException(code, { category, cause: error, correlationId, details, message });
  }
}
