import { isSessionError, SessionError } from 'client-sessions';
import {
  Refusal,
  readJson,
  readSessionCookie,
  readText,
  send,
  sessionCookie,
} from '../shared/http.js';
import { clientPath, readFiles } from './files.js';

/** @import { IncomingMessage, RequestListener, ServerResponse } from 'node:http' */
/** @import { BeatV1, SessionsClient } from 'client-sessions' */

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  // Not "no-store": then the way back to the page would load it anew.
  'cache-control': 'no-cache',
};

/** Of which errors the page is told the details. Those of SESSION_LIMIT hold ids of sessions. */
const toldDetails = new Set(['INVALID_DATA', 'SESSION_ENDED']);

const files = await readFiles();

/**
 * A site with a page that beats. The service is not reachable from pages, and neither its key nor
 * the id of the session is known to them: this forwards beats, and nothing else, for the session in
 * the cookie.
 * @param {SessionsClient} client
 * @returns {RequestListener}
 */
export function createSite(client) {
  return async (request, response) => {
    try {
      if (request.method === 'POST') await findAction(request)(client, request, response);
      else sendFile(request, response);
    } catch (caught) {
      const { category, code, details, message, status } = toError(caught);
      send(response, status, { code, category, message, details });
    }
  };
}

/** @typedef {(client: SessionsClient, request: IncomingMessage, response: ServerResponse) => Promise<void>} Action */

/** @type {ReadonlyMap<string, Action>} */
const actions = new Map([
  ['/sign-in', signIn],
  ['/sign-out', signOut],
  ['/beat/touch_session', forwardBeat],
]);

/**
 * @param {IncomingMessage} request
 * @returns {Action}
 * @throws Refusal 403 for what does not come from a page of this site, 404
 */
function findAction({ headers, url = '/' }) {
  if (headers['sec-fetch-site'] !== 'same-origin') throw new Refusal(403, 'FORBIDDEN');
  const action = actions.get(url);
  if (action === undefined) throw new Refusal(404, 'NO_ROUTE');
  return action;
}

/** @type {Action} */
async function signIn(client, request, response) {
  const form = new URLSearchParams(await readText(request, 'application/x-www-form-urlencoded'));
  const user = form.get('user');
  // A real site asks for a password here.
  if (user === null || user === '') throw new Refusal(400, 'INVALID_DATA');
  const session = await client.openSession({ user_id: user, client: 'browser', kind: 'web' });
  send(response, 303, undefined, { location: '/', ...sessionCookie(session?.id) });
}

/** @type {Action} */
async function signOut(client, request, response) {
  const id = readSessionCookie(request);
  if (id !== undefined) await client.closeSession({ session_id: id });
  send(response, 303, undefined, { location: '/', ...sessionCookie(undefined) });
}

/** @type {Action} */
async function forwardBeat(client, request, response) {
  const id = readSessionCookie(request);
  const beat = /** @type {Omit<BeatV1, 'session_id'>} */ (await readJson(request));
  const result =
    id === undefined
      ? null
      : await client.touchSession({ ...beat, session_id: id }, callOptionsOf(request));
  // Without a session 204, which ends the heartbeat of a page whose user signed out elsewhere.
  if (result === null) send(response, 204);
  else send(response, 200, result);
}

/** @param {IncomingMessage} request */
function callOptionsOf({ headers }) {
  const correlationId = headers['x-correlation-id'];
  return typeof correlationId === 'string' ? { correlationId } : {};
}

/**
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 */
function sendFile(request, response) {
  const path = request.url?.split('?')[0] ?? '/';
  if (path === '/client-sessions.js') {
    // The client's modules import each other by relative paths: the browser takes them from there.
    send(response, 302, undefined, { location: clientPath });
    return;
  }
  const home = readSessionCookie(request) === undefined ? '/sign-in.html' : '/index.html';
  const file = files.get(path === '/' ? home : path);
  if (file === undefined) throw new Refusal(404, 'NO_ROUTE');
  response.writeHead(200, { ...securityHeaders, 'content-type': file.type });
  response.end(request.method === 'HEAD' ? undefined : file.body);
}

/**
 * What went wrong, as the page's client reads it. What is no answer of the service is 503.
 * @param {unknown} caught
 */
function toError(caught) {
  if (caught instanceof Refusal) return new SessionError(caught.code, { status: caught.status });
  if (!isSessionError(caught)) {
    console.error(caught);
    return new SessionError('INTERNAL');
  }
  const { category, code, message, status } = caught;
  const details = toldDetails.has(code) ? caught.details : undefined;
  return { category, code, details, message, status: status === 0 ? 503 : status };
}
