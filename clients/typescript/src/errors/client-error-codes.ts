import {
  type ErrorCategory,
  type ErrorCode,
  errorKinds,
} from '../../../../src/errors/error-codes.js';

/** What a code of the client means. These never come from the service. */
interface ClientErrorKind {
  /** The status that stands for the failure; 0 where no answer came. */
  readonly status: number;
  /** The category of Pip.Services from which old code makes its exception. */
  readonly category: ErrorCategory;
  /** The sentence used when the maker has none of its own. */
  readonly message: string;
}

const clientErrorKinds = {
  UNREACHABLE: kind('NoResponse', 'The service cannot be reached.'),
  TIMED_OUT: kind('NoResponse', 'No answer came before the deadline of the call.'),
  ABORTED: kind('NoResponse', 'The call was aborted.'),
  INVALID_ANSWER: kind('Unknown', 'What answered is not the service, or its answer is broken.'),
} as const satisfies Record<string, ClientErrorKind>;

/** The codes that the client adds to those of the service. */
export type ClientErrorCode = keyof typeof clientErrorKinds;

/** Every code that this version of the client knows. */
export type KnownErrorCode = ErrorCode | ClientErrorCode;

/** A known code, or one of a newer service. */
export type SessionErrorCode = KnownErrorCode | (string & Record<never, never>);

const kinds: ReadonlyMap<string, ClientErrorKind> = new Map(
  Object.entries({ ...errorKinds, ...clientErrorKinds }),
);

/** What a code means, as far as this version of the client knows it. */
export function kindOf(code: SessionErrorCode): ClientErrorKind {
  return kinds.get(code) ?? kind('Unknown', 'The service refused the call.');
}

function kind(category: ErrorCategory, message: string): ClientErrorKind {
  return { status: 0, category, message };
}
