import type { KnownErrorCode } from '../errors/client-error-codes.js';
import { SessionError } from '../errors/session-error.js';
import { commands } from '../generated/commands.js';
import type { CommandName } from '../transport.js';
import { readBody, UnreadableBodyError } from './read-body.js';

/** How an attempt ended: with an answer, or with a failure. */
export type Outcome =
  | { readonly result: unknown }
  | {
      readonly error: SessionError;
      /** The pause that the service asks for, in ms. */
      readonly retryAfterMs?: number;
    };

/** What a refusal means that does not come from the service but from something before it. */
const foreignCodes: ReadonlyMap<number, KnownErrorCode> = new Map([
  [401, 'UNAUTHORIZED'],
  [403, 'FORBIDDEN'],
  [413, 'BODY_TOO_LARGE'],
  [429, 'RATE_LIMITED'],
  [502, 'UNREACHABLE'],
  [503, 'UNREACHABLE'],
  [504, 'UNREACHABLE'],
]);

/** What an answer is read with. */
export interface ReadAnswerOptions {
  readonly command: CommandName;
  readonly correlationId: string;
  readonly maxAnswerBytes: number;
}

/** The outcome that an HTTP answer stands for. Rejects when its body breaks off. */
export async function readAnswer(response: Response, options: ReadAnswerOptions): Promise<Outcome> {
  const { status } = response;
  const correlationId = response.headers.get('x-correlation-id') ?? options.correlationId;
  const invalid = (reason: string): Outcome => ({
    error: new SessionError('INVALID_ANSWER', {
      message: `The answer is not one of the service: ${reason}.`,
      details: { status, reason },
      correlationId,
      status,
    }),
  });
  if (isRedirect(response)) {
    await response.body?.cancel();
    return invalid('it sends elsewhere');
  }
  const body = await readJson(response, options.maxAnswerBytes);
  if (status === 204 && commands[options.command].nullable) return { result: null };
  if (status === 200 && 'value' in body) return { result: body.value };
  if (status < 400)
    return invalid('reason' in body ? body.reason : 'its status is not of a command');
  const error =
    toServiceError(response, body, correlationId) ?? toForeignError(status, correlationId);
  if (error === undefined) return invalid('reason' in body ? body.reason : 'it has no code');
  const retryAfterMs = toRetryAfter(response.headers.get('retry-after'));
  return retryAfterMs === undefined ? { error } : { error, retryAfterMs };
}

/** A redirect: a page sees that there is one, but not where to. */
function isRedirect({ status, type }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400);
}

type Body = { readonly value: unknown } | { readonly reason: string };

async function readJson(response: Response, limitBytes: number): Promise<Body> {
  let text: string;
  try {
    text = await readBody(response, limitBytes);
  } catch (caught) {
    if (caught instanceof UnreadableBodyError) return { reason: caught.message };
    throw caught;
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { reason: text === '' ? 'it is empty' : 'it is no JSON' };
  }
}

/** The error that the service says, of any code; `undefined` when it says none. */
function toServiceError(
  { status }: Response,
  body: Body,
  correlationId: string,
): SessionError | undefined {
  const { value } = { value: undefined, ...body };
  if (!isObject(value) || typeof value['code'] !== 'string') return undefined;
  const { category, code, details, message } = value;
  return new SessionError(code, {
    status,
    correlationId,
    ...(typeof category === 'string' ? { category } : {}),
    ...(typeof message === 'string' ? { message } : {}),
    ...(isObject(details) ? { details } : {}),
  });
}

function toForeignError(status: number, correlationId: string): SessionError | undefined {
  const code = foreignCodes.get(status);
  return code && new SessionError(code, { status, correlationId, details: { status } });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `Retry-After` in ms: seconds, or a date. */
function toRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
