/** @import { IncomingMessage, ServerResponse } from 'node:http' */

/** Most bytes of a body that are read. */
const bodyLimitBytes = 16 * 1_024;

/** The cookie that holds the id of the session. */
const cookieName = 'session';

/** What an id of a session looks like; anything else need not be asked for. */
const idPattern = /^[A-Za-z0-9_-]{43}$/;

/** What a caller is told instead of an answer. */
export class Refusal extends Error {
  /**
   * @param {number} status HTTP status
   * @param {string} code what programs compare
   */
  constructor(status, code) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/**
 * The id in the session cookie of a request; `undefined` when there is none.
 * @param {IncomingMessage} request
 * @returns {string | undefined}
 */
export function readSessionCookie(request) {
  const pairs = (request.headers.cookie ?? '').split('; ');
  const id = pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1);
  return id !== undefined && idPattern.test(id) ? id : undefined;
}

/**
 * The header that keeps a session's id in the browser, out of reach for its scripts and for forms of
 * other sites; `undefined` removes it. `SECURE_COOKIES=true` is for a site behind https.
 * @param {string | undefined} id
 */
export function sessionCookie(id) {
  const end = id === undefined ? '; Max-Age=0' : '';
  const secure = process.env['SECURE_COOKIES'] === 'true' ? '; Secure' : '';
  return {
    'set-cookie': `${cookieName}=${id ?? ''}; HttpOnly; SameSite=Lax; Path=/${end}${secure}`,
  };
}

/**
 * The body of a request as text.
 * @param {IncomingMessage} request
 * @param {string} type the content type that it must have
 * @returns {Promise<string>}
 * @throws Refusal 400, 413, 415
 */
export async function readText(request, type) {
  if (request.headers['content-type']?.split(';')[0] !== type) {
    throw new Refusal(415, 'WRONG_CONTENT_TYPE');
  }
  const chunks = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += chunk.length;
      if (length > bodyLimitBytes) throw new Refusal(413, 'BODY_TOO_LARGE');
      chunks.push(chunk);
    }
  } catch (caught) {
    throw caught instanceof Refusal ? caught : new Refusal(400, 'BODY_CUT_OFF');
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The body of a request, which must be a JSON object.
 * @param {IncomingMessage} request
 * @returns {Promise<Record<string, unknown>>}
 * @throws Refusal 400, 413, 415
 */
export async function readJson(request) {
  const text = await readText(request, 'application/json');
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal(400, 'NOT_AN_OBJECT');
  }
  return /** @type {Record<string, unknown>} */ (value);
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'NOT_JSON');
  }
}

/**
 * Answers with JSON, or with nothing when there is no value.
 * @param {ServerResponse} response
 * @param {number} status
 * @param {unknown} [value]
 * @param {Record<string, string>} [headers]
 */
export function send(response, status, value, headers = {}) {
  const type = value === undefined ? {} : { 'content-type': 'application/json' };
  // The rest of a body that is too large is not read: nothing more can come on this connection.
  const end = status === 413 ? { connection: 'close' } : {};
  response.writeHead(status, { 'cache-control': 'no-store', ...type, ...end, ...headers });
  response.end(value === undefined ? undefined : JSON.stringify(value));
}
