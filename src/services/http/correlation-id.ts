import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Visible ASCII, at most 128 characters (specs: rpc-v1, "Transport"). */
const acceptable = /^[!-~]{1,128}$/;

/**
 * The correlation id of a request: query `correlation_id`, else header `correlation_id`, else
 * `x-correlation-id`. A new one when there is none, or when the first of them is longer than 128
 * characters or not visible ASCII.
 */
export function correlationIdOf(request: IncomingMessage): string {
  return toCorrelationId(fromQuery(request.url ?? '') || fromHeaders(request.headers));
}

/** A correlation id as it was given, or a new one for none and for one that is not acceptable. */
export function toCorrelationId(given: string | undefined): string {
  return given !== undefined && acceptable.test(given) ? given : randomUUID();
}

function fromQuery(url: string): string | undefined {
  const start = url.indexOf('?');
  if (start === -1) return undefined;
  return new URLSearchParams(url.slice(start + 1)).get('correlation_id') ?? undefined;
}

function fromHeaders(headers: IncomingMessage['headers']): string | undefined {
  const own = headers['correlation_id'];
  // An array only when a list of values was made of it by hand: Node joins repeated headers.
  const given = typeof own === 'string' && own !== '' ? own : headers['x-correlation-id'];
  return typeof given === 'string' ? given : undefined;
}
