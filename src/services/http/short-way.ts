import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Role } from '../../data/version1/command.js';
import { SessionError } from '../../errors/session-error.js';
import { type ApiKey, isAllowed } from './api-keys.js';
import { toCorrelationId } from './correlation-id.js';
import type { ErrorLog } from './error-log.js';
import { isLoopbackAuthority } from './host-rule.js';
import { endConnection, writeError, writeText } from './http-answers.js';
import type { CommandAction } from './http-routes.js';
import type { LoadGuard, RunningRequest } from './load-guard.js';
import { type PlainHead, readPlainHead } from './plain-head.js';
import { parseStrictJson } from './strict-json.js';
import { TurnQueue } from './turn-queue.js';

/** Bodies up to this length count for nothing in the budget of bodies. */
const freeBytes = 4_096;

/** What a {@link ShortWay} asks. */
export interface ShortWayOptions {
  /** Keys that callers must show; absent = none are asked for. */
  readonly keys: readonly ApiKey[] | undefined;
  /** Whether only this host's own requests are served (DESIGN §5). */
  readonly isOwnOnly: boolean;
  /** Bytes that the body of any request may have. */
  readonly bodyLimitBytes: number;
  readonly load: LoadGuard;
  readonly errorLog: ErrorLog;
  /** Whether connections shall end with their next answer. */
  isDraining(): boolean;
  /** Whether every request shall go the usual way. */
  isClosed(): boolean;
}

/** A command as the short way knows it. */
export interface ShortWayCommand {
  readonly path: string;
  readonly role: Role;
  readonly action: CommandAction;
}

interface Call {
  readonly command: ShortWayCommand;
  readonly request: RunningRequest;
  readonly id: string;
  readonly body: Buffer;
}

interface Answer {
  readonly request: RunningRequest;
  readonly id: string;
  /** The text of the result, or what went wrong. */
  readonly result: string | null | SessionError;
}

/**
 * Serves plain requests to commands before Fastify sees them: `POST` to the very path of a command,
 * a head without anything odd, a short body. It refuses nothing by itself: whatever is not plain, or
 * would be refused before its body is read, goes the usual way, and is answered there. So the two
 * ways differ in their cost alone; on the usual one Fastify and its hooks take as long as all the
 * rest of a `get_session_by_id` (benchmark).
 */
export class ShortWay {
  readonly #options: ShortWayOptions;
  readonly #commands = new Map<string, ShortWayCommand>();
  readonly #calls = new TurnQueue<Call>(setImmediate, (call) => this.#run(call));
  // What a store answers at once is there before the next tick.
  readonly #answers = new TurnQueue<Answer>(process.nextTick, (answer) => this.#write(answer));
  readonly #bodyLimitBytes: number;

  constructor(options: ShortWayOptions) {
    this.#options = options;
    this.#bodyLimitBytes = Math.min(freeBytes, options.bodyLimitBytes);
  }

  /** Adds a command. */
  add(command: ShortWayCommand): void {
    this.#commands.set(command.path, command);
  }

  /** Serves a request if it is a plain one; if not, `false`, and nothing was done to it. */
  serve(request: IncomingMessage, response: ServerResponse): boolean {
    const command = this.#commands.get(request.url ?? '');
    if (command === undefined || request.method !== 'POST' || this.#options.isClosed()) {
      return false;
    }
    const head = request.httpVersion === '1.1' ? readPlainHead(request.rawHeaders) : undefined;
    if (head === undefined || head.length > this.#bodyLimitBytes) return false;
    if (!this.#isAllowed(request, head, command)) return false;
    const id = toCorrelationId(head.correlationId);
    readBody(request, head.length, (body) => {
      this.#calls.add({ command, request: this.#enter(response), id, body });
    });
    return true;
  }

  #isAllowed(request: IncomingMessage, head: PlainHead, { role }: ShortWayCommand): boolean {
    const { isOwnOnly, keys } = this.#options;
    if (isOwnOnly && !isLoopbackAuthority(head.host)) return false;
    return keys === undefined || isAllowed(keys, request.headers, role);
  }

  /** From here on it is worked on, until it is answered: though its caller may have gone. */
  #enter(response: ServerResponse): RunningRequest {
    const { load, isDraining } = this.#options;
    if (isDraining()) endConnection(response);
    return load.enter(response);
  }

  /** Resolves one microtask later: what the memory store answered has become a text by then. */
  #run(call: Call): Promise<void> {
    const { command, request, id } = call;
    answerTo(call).then(
      (result) => this.#answers.add({ request, id, result }),
      (caught: unknown) => {
        const error = SessionError.from(caught);
        this.#options.errorLog.write(error, id, `POST ${command.path}`);
        this.#answers.add({ request, id, result: error });
      },
    );
    return Promise.resolve();
  }

  #write({ request, id, result }: Answer): undefined {
    this.#options.load.leave(request);
    const { response } = request;
    if (response.headersSent) return;
    if (result instanceof SessionError) writeError(response, result, id);
    else writeText(response, result, id);
  }
}

async function answerTo({ command, id, body }: Call): Promise<string | null> {
  return await command.action(id, parseStrictJson(body));
}

/** Calls once with the whole body; never, if its sender goes away before. */
function readBody(request: IncomingMessage, length: number, onBody: (body: Buffer) => void): void {
  if (length === 0) {
    request.resume();
    onBody(Buffer.alloc(0));
    return;
  }
  let bytes = 0;
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes < length) chunks.push(chunk);
    else onBody(chunks.length === 0 ? chunk : Buffer.concat([...chunks, chunk]));
  });
}
