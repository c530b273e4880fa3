import { isSessionError } from 'client-sessions';
import { Refusal, readJson, readSessionCookie, send, sessionCookie } from '../shared/http.js';

/** @import { IncomingMessage, RequestListener, ServerResponse } from 'node:http' */
/** @import { SessionsClient, SessionV1 } from 'client-sessions' */

/**
 * A shop that knows its users by their sessions, and keeps their carts in them.
 * @param {SessionsClient} client
 * @returns {RequestListener}
 */
export function createShop(client) {
  return async (request, response) => {
    try {
      await findRoute(request)(client, request, response);
    } catch (caught) {
      const { code, status } = toRefusal(caught);
      const retry = status === 503 ? { 'retry-after': '1' } : undefined;
      send(response, status, { code }, retry);
    }
  };
}

/** @typedef {(client: SessionsClient, request: IncomingMessage, response: ServerResponse) => Promise<void>} Route */

/** @type {ReadonlyMap<string, Route>} */
const routes = new Map([
  ['POST /sign-in', signIn],
  ['GET /cart', readCart],
  ['PUT /cart', storeCart],
  ['POST /sign-out', signOut],
]);

/**
 * @param {IncomingMessage} request
 * @returns {Route}
 */
function findRoute({ method, url }) {
  const route = routes.get(`${method} ${url}`);
  if (route === undefined) throw new Refusal(404, 'NO_ROUTE');
  return route;
}

/** @type {Route} */
async function signIn(client, request, response) {
  const { user } = await readJson(request);
  // A real shop asks for a password here, or another service who this is.
  if (typeof user !== 'string' || user === '') throw new Refusal(400, 'NO_USER');
  const session = await client.openSession({ user_id: user, client: 'shop', data: { cart: [] } });
  if (session === null) throw new Refusal(503, 'TRY_AGAIN');
  send(response, 200, { user }, sessionCookie(session.id));
}

/** @type {Route} */
async function readCart(client, request, response) {
  sendCart(response, await checkSession(client, request));
}

/**
 * Stores a cart, if it is still the one that the user saw: two tabs cannot overwrite each other.
 * @type {Route}
 */
async function storeCart(client, request, response) {
  const { id } = await checkSession(client, request);
  const seen = /^"(\d{1,15})"$/.exec(request.headers['if-match'] ?? '')?.[1];
  if (seen === undefined) throw new Refusal(428, 'NO_IF_MATCH');
  const { cart } = await readJson(request);
  if (!isCart(cart)) throw new Refusal(400, 'NO_CART');
  const change = { session_id: id, data: { cart }, revision: Number(seen) };
  sendCart(response, await client.storeSessionData(change));
}

/** @type {Route} */
async function signOut(client, request, response) {
  const id = readSessionCookie(request);
  // The cookie goes only when the session is closed: else it would live on, with no way to it. A
  // form of another site comes without the cookie, and must not remove it.
  if (id === undefined) throw new Refusal(401, 'SIGN_IN');
  await client.closeSession({ session_id: id });
  send(response, 204, undefined, sessionCookie(undefined));
}

/**
 * The live session of a request.
 * @param {SessionsClient} client
 * @param {IncomingMessage} request
 * @returns {Promise<SessionV1>}
 * @throws Refusal 401
 */
async function checkSession(client, request) {
  const id = readSessionCookie(request);
  const session = id === undefined ? null : await client.getSessionById({ session_id: id });
  if (session === null || !session.active) throw new Refusal(401, 'SIGN_IN');
  if (isBeatDue(session)) await client.touchSession({ session_id: session.id });
  return session;
}

/**
 * Reading a session does not keep it alive, a beat does. One at each tenth of the idle timeout is
 * enough: who uses the shop stays signed in.
 * @param {SessionV1} session
 */
function isBeatDue({ expire_time, request_time }) {
  if (expire_time === undefined) return false;
  const last = Date.parse(request_time);
  return Date.now() - last > (Date.parse(expire_time) - last) / 10;
}

/**
 * @param {ServerResponse} response
 * @param {SessionV1 | null} session
 */
function sendCart(response, session) {
  if (session === null) throw new Refusal(401, 'SIGN_IN');
  send(response, 200, session.data, { etag: `"${session.revision}"` });
}

/**
 * @param {unknown} cart
 * @returns {cart is string[]}
 */
function isCart(cart) {
  return Array.isArray(cart) && cart.every((item) => typeof item === 'string');
}

/** What the shop's callers are told for what the service says. */
const refusals = new Map([
  ['SESSION_ENDED', new Refusal(401, 'SIGN_IN')],
  ['SESSION_LIMIT', new Refusal(409, 'TOO_MANY_SESSIONS')],
  ['REVISION_CONFLICT', new Refusal(412, 'CART_CHANGED')],
  ['INVALID_DATA', new Refusal(400, 'INVALID')],
  ['UNREACHABLE', new Refusal(503, 'TRY_AGAIN')],
  ['TIMED_OUT', new Refusal(503, 'TRY_AGAIN')],
]);

/**
 * @param {unknown} caught
 * @returns {Refusal}
 */
function toRefusal(caught) {
  if (caught instanceof Refusal) return caught;
  if (isSessionError(caught)) {
    const refusal = refusals.get(caught.code);
    if (refusal !== undefined) return refusal;
    if (caught.status === 503) return new Refusal(503, 'TRY_AGAIN');
  }
  console.error(caught);
  return new Refusal(500, 'INTERNAL');
}
