import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { ErrorCode } from '../../errors/error-codes.js';
import type { SessionError } from '../../errors/session-error.js';

const jsonType = 'application/json; charset=utf-8';

/** Seconds after which a refused caller may try again. */
const retryAfterSeconds = '1';

/** Headers of every answer: nothing here is a page, and nothing may be kept. */
export const commonHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;

const commonHeaderList = Object.entries(commonHeaders).flat();

const errorHeaders: Partial<Record<ErrorCode, Readonly<Record<string, string>>>> = {
  UNAUTHORIZED: { 'www-authenticate': 'Bearer' },
  STORE_UNAVAILABLE: { 'retry-after': retryAfterSeconds },
  OVERLOADED: { 'retry-after': retryAfterSeconds },
};

/** Answers 200 and JSON, or 204 when there is nothing (specs: rpc-v1, "Transport"). */
export function sendResult(reply: FastifyReply, result: unknown): void {
  if (result === null || result === undefined) {
    reply.code(204).send();
    return;
  }
  reply.header('content-type', jsonType).send(JSON.stringify(result));
}

/** Answers 200 and a JSON text, or 204 when there is none. */
export function sendText(reply: FastifyReply, text: string | null): void {
  if (text === null) reply.code(204).send();
  else reply.header('content-type', jsonType).send(text);
}

/** The same past Fastify, on a response that nothing has been done to. */
export function writeText(response: ServerResponse, text: string | null, id: string): void {
  if (text === null) {
    response.writeHead(204, ['x-correlation-id', id, ...commonHeaderList]);
    response.end();
    return;
  }
  const bytes = Buffer.byteLength(text);
  response.writeHead(200, [
    'x-correlation-id',
    id,
    ...commonHeaderList,
    'content-type',
    jsonType,
    'content-length',
    String(bytes),
  ]);
  // What is ASCII is the same in both, and written faster so.
  const encoding = bytes === text.length ? 'latin1' : 'utf8';
  const { socket } = response;
  if (socket === null || 'encrypted' in socket) {
    response.end(text, encoding);
    return;
  }
  // `end(text)` has an empty piece sent behind head and text. What TLS takes is sent later, so there an
  // `end()` by itself would send it too, and apart.
  socket.cork();
  response.write(text, encoding);
  socket.uncork();
  response.end();
}

/** Answers an error in its public form; its cause stays here. */
export function sendError(reply: FastifyReply, error: SessionError): void {
  reply.headers(errorHeaders[error.code] ?? {});
  reply.code(error.status).header('content-type', jsonType);
  reply.send(JSON.stringify(error.toBody(reply.request.id)));
}

/** The same past Fastify, on a bare response; the connection ends. */
export function sendRawError(response: ServerResponse, error: SessionError, id: string): void {
  const { body, headers } = toRawParts(error, id);
  response.writeHead(error.status, { ...headers, connection: 'close' });
  response.end(body);
}

/** The same on a connection that goes on. */
export function writeError(response: ServerResponse, error: SessionError, id: string): void {
  const { body, headers } = toRawParts(error, id);
  response.writeHead(error.status, { ...headers, ...errorHeaders[error.code] });
  response.end(body);
}

/** The same past Node's response, as the text of an HTTP answer. */
export function toRawAnswer(error: SessionError, id: string): string {
  const { body, headers } = toRawParts(error, id);
  const lines = Object.entries({
    ...headers,
    connection: 'close',
    date: new Date().toUTCString(),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`;
}

function toRawParts(error: SessionError, id: string) {
  const body = JSON.stringify(error.toBody(id));
  const headers = {
    ...commonHeaders,
    'content-type': jsonType,
    'content-length': String(Buffer.byteLength(body)),
    'x-correlation-id': id,
  };
  return { body, headers };
}

/** Lets a connection end with an answer that has not begun. */
export function endConnection(response: ServerResponse): void {
  if (!response.headersSent) response.shouldKeepAlive = false;
}
