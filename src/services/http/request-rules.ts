import type { IncomingMessage } from 'node:http';
import { SessionError } from '../../errors/session-error.js';

/** `application/json`, with any parameters but a charset other than UTF-8. */
const jsonType = /^application\/json\s*(?:;(?!\s*charset\s*=(?!\s*"?utf-8"?\s*(?:;|$)))[^;]*)*$/i;

/**
 * Refuses what Node's parser lets through though two parties could read it in two ways: another
 * version than 1.0 and 1.1, no or two `Host` headers, a target that is no path or names another
 * authority than `Host`, two `Content-Type` headers, and a transfer coding besides `chunked` (QUALITY "Bad input").
 * @returns what is wrong, or `undefined`.
 */
export function refusedRequest(request: IncomingMessage): SessionError | undefined {
  const { headers, httpVersion, url = '' } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return badRequest('the version is not 1.1');
  const hosts = countHeader(request.rawHeaders, 'host');
  if (hosts > 1) return badRequest('there is more than one Host header');
  if (hosts === 0 && httpVersion === '1.1') return badRequest('the Host header is missing');
  if (!url.startsWith('/') && !isOwnTarget(url, headers.host)) {
    return badRequest('the target is neither a path nor of this authority');
  }
  if (countHeader(request.rawHeaders, 'content-type') > 1) {
    return badRequest('there is more than one Content-Type header');
  }
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return badRequest('the only transfer coding is chunked');
  }
  return undefined;
}

/** 415 for a body that is not plain JSON in UTF-8; a request without a body may say anything. */
export function refusedMediaType(request: IncomingMessage): SessionError | undefined {
  const { headers } = request;
  if (!hasBody(headers)) return undefined;
  const type = headers['content-type'];
  const isJson = type === 'application/json' || (type !== undefined && jsonType.test(type));
  return isJson && headers['content-encoding'] === undefined
    ? undefined
    : new SessionError('UNSUPPORTED_MEDIA_TYPE');
}

/** 400: the HTTP of a request is not acceptable. */
export function badRequest(reason: string): SessionError {
  return new SessionError('BAD_REQUEST', {
    message: `The HTTP request is malformed: ${reason}.`,
  });
}

function hasBody(headers: IncomingMessage['headers']): boolean {
  const length = headers['content-length'];
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined;
}

function countHeader(rawHeaders: readonly string[], wanted: string): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === wanted.length && name.toLowerCase() === wanted) count += 1;
  }
  return count;
}

/** Whether an absolute target has the authority that `Host` names. */
function isOwnTarget(url: string, host: string | undefined): boolean {
  const authority = /^https?:\/\/([^/?#@]+)(?:\/|$)/i.exec(url)?.[1];
  return authority !== undefined && authority.toLowerCase() === host?.toLowerCase();
}
