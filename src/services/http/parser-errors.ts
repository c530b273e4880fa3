import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { SessionError } from '../../errors/session-error.js';
import { correlationIdOf } from './correlation-id.js';
import { sendRawError, toRawAnswer } from './http-answers.js';
import { badRequest } from './request-rules.js';

/** What Node's parser says, as a code of ours; all the rest is BAD_REQUEST. */
const parserCodes = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'BODY_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
} as const;

/**
 * Answers in JSON what Node refuses past its `clientError`: an `Expect` other than `100-continue`,
 * and CONNECT.
 */
export function answerOddRequests(server: Server): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const error = badRequest('the expectation is not 100-continue');
    sendRawError(response, error, correlationIdOf(request));
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    const error = badRequest('this is no proxy');
    endWith(socket, toRawAnswer(error, correlationIdOf(request)));
  });
}

/**
 * Answers in JSON what Node's parser cannot read and what comes too slowly: the listener of a
 * server's `clientError`. Such a connection ends.
 */
export function answerClientError(
  caught: Error & { code?: string },
  socket: AnsweringSocket,
): void {
  if (caught.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const running = socket._httpMessage;
  if (running?.req.complete) {
    endAfter(running, socket);
  } else if (running?.headersSent) {
    socket.destroy();
  } else {
    const code = parserCodes[caught.code as keyof typeof parserCodes] ?? 'BAD_REQUEST';
    const id = running ? correlationIdOf(running.req) : randomUUID();
    endWith(socket, toRawAnswer(new SessionError(code), id));
  }
}

/** A connection with the answer that Node is about to give on it. */
interface AnsweringSocket extends Duplex {
  readonly _httpMessage?: ServerResponse | null;
}

/** What came behind a complete request cannot be read: its answer is the last one. */
function endAfter(running: ServerResponse, socket: Duplex): void {
  socket.pause();
  running.shouldKeepAlive = false;
  running.once('finish', () => socket.end());
}

/** Sends the last bytes of a connection; what the other side still sends is not read. */
function endWith(socket: Duplex, answer: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(answer, () => socket.destroy());
}
