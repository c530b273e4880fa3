/** What a code means on the wire and to an old caller. */
export interface ErrorKind {
  /** HTTP status of the answer. */
  readonly status: number;
  /** `ErrorCategory` of pip-services3-commons-nodex, from which its factory rebuilds the class. */
  readonly category: ErrorCategory;
  /** The sentence used when the maker has none of its own. */
  readonly message: string;
}

/** The categories of pip-services3-commons-nodex that this service answers with. */
export type ErrorCategory =
  | 'BadRequest'
  | 'Unauthorized'
  | 'NotFound'
  | 'Conflict'
  | 'NoResponse'
  | 'Misconfiguration'
  | 'Unknown';

/**
 * The one table of error codes (specs: rpc-v1, "Transport").
 * `INVALID_CONFIG` never crosses the wire: it ends a start.
 */
export const errorKinds = {
  INVALID_DATA: kind(400, 'BadRequest', 'The parameters are not valid.'),
  INVALID_JSON: kind(400, 'BadRequest', 'The body is not acceptable JSON.'),
  BAD_REQUEST: kind(400, 'BadRequest', 'The HTTP request is malformed.'),
  UNAUTHORIZED: kind(401, 'Unauthorized', 'A valid credential is required.'),
  FORBIDDEN: kind(403, 'Unauthorized', 'This credential does not allow the operation.'),
  HOST_NOT_ALLOWED: kind(
    403,
    'Unauthorized',
    'Without keys only requests of this host itself are served.',
  ),
  NO_ROUTE: kind(404, 'NotFound', 'There is no such route.'),
  WRONG_METHOD: kind(405, 'BadRequest', 'This route does not answer this method.'),
  REQUEST_TIMEOUT: kind(408, 'BadRequest', 'The request was not complete in time.'),
  SESSION_ENDED: kind(409, 'Conflict', 'The session has ended.'),
  REVISION_CONFLICT: kind(409, 'Conflict', 'The session has another revision.'),
  SESSION_LIMIT: kind(409, 'Conflict', 'The user has the allowed number of sessions.'),
  REQUEST_ID_REUSED: kind(
    409,
    'Conflict',
    'This request_id was used before with other parameters.',
  ),
  BODY_TOO_LARGE: kind(413, 'BadRequest', 'The body is too large.'),
  UNSUPPORTED_MEDIA_TYPE: kind(
    415,
    'BadRequest',
    'The body must be application/json in UTF-8, without Content-Encoding.',
  ),
  RATE_LIMITED: kind(429, 'BadRequest', 'Too many requests.'),
  HEADERS_TOO_LARGE: kind(431, 'BadRequest', 'The request headers are too large.'),
  INTERNAL: kind(500, 'Unknown', 'An unexpected error happened. The log has the details.'),
  STORE_DAMAGED: kind(500, 'Unknown', 'The stored record is damaged.'),
  STORE_UNAVAILABLE: kind(503, 'NoResponse', 'The store did not answer in time.'),
  OVERLOADED: kind(503, 'NoResponse', 'The service is overloaded.'),
  STORAGE_FULL: kind(507, 'NoResponse', 'The store is full.'),
  INVALID_CONFIG: kind(500, 'Misconfiguration', 'The configuration is not valid.'),
} as const satisfies Record<string, ErrorKind>;

/** Every code this service can answer with. */
export type ErrorCode = keyof typeof errorKinds;

function kind(status: number, category: ErrorCategory, message: string): ErrorKind {
  return { status, category, message };
}
