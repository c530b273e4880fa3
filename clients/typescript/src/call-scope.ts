import { SessionError } from './errors/session-error.js';
import { createRandomId } from './random-id.js';
import type { CallOptions } from './transport.js';

/** Visible ASCII, at most 128 characters: what the service takes. */
const acceptableId = /^[!-~]{1,128}$/;

/** The longest time that a timer can wait. */
const longestTimerMs = 2 ** 31 - 1;

/** One running call: its correlation id, its deadline, and what ends it early. */
export class CallScope {
  /** The id of the call. */
  readonly correlationId: string;
  /** How the last attempt failed, to be told when the deadline comes before the next one ends. */
  lastError: SessionError | undefined;
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #deadline: number;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #onAbort = () => this.abort();
  #failure: SessionError | undefined;

  constructor(options: CallOptions, defaultTimeoutMs: number) {
    const { correlationId = '', signal, timeoutMs = defaultTimeoutMs } = options;
    this.correlationId = acceptableId.test(correlationId) ? correlationId : createRandomId();
    this.#caller = signal;
    this.#deadline = performance.now() + timeoutMs;
    const delay = Math.min(timeoutMs, longestTimerMs);
    this.#timer = setTimeout(() => this.#fail('TIMED_OUT'), delay);
    if (signal?.aborted === true) this.abort();
    // A timer waits at least a millisecond, in which a call could be sent.
    if (!(timeoutMs > 0)) this.#fail('TIMED_OUT');
    signal?.addEventListener('abort', this.#onAbort);
  }

  /** Aborted when the call ends early. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Time that is left, in ms. */
  get remainingMs(): number {
    return this.#deadline - performance.now();
  }

  /** Ends the call with `ABORTED`. */
  abort(message?: string): void {
    this.#fail('ABORTED', message);
  }

  /** What a promise says, or the reason for which the call ends before that. */
  async race<Value>(start: () => Promise<Value>): Promise<Value> {
    if (this.#failure !== undefined) throw this.#failure;
    const early = new Promise<never>((_resolve, reject) => {
      this.signal.addEventListener('abort', () => reject(this.#failure), { once: true });
    });
    return await Promise.race([early, start()]);
  }

  /** Waits, unless the call ends before. */
  async wait(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const pause = async () =>
      await new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      });
    await this.race(pause).finally(() => clearTimeout(timer));
  }

  /** Lets go of the timer and of the caller's signal. */
  end(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#onAbort);
  }

  #fail(code: 'ABORTED' | 'TIMED_OUT', message?: string): void {
    if (this.#failure !== undefined) return;
    const cause: unknown = code === 'ABORTED' ? this.#caller?.reason : this.lastError;
    const { correlationId } = this;
    this.#failure = new SessionError(code, { cause, correlationId, message });
    this.#controller.abort(this.#failure);
  }
}

/** The running calls of a transport. */
export class CallScopes {
  readonly #running = new Set<CallScope>();
  readonly #timeoutMs: number;
  #isClosed = false;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Runs a call in a scope of its own. Rejects with `SessionError` and nothing else. */
  async run<Value>(
    options: CallOptions,
    call: (scope: CallScope) => Promise<Value>,
  ): Promise<Value> {
    const scope = new CallScope(options, this.#timeoutMs);
    this.#running.add(scope);
    if (this.#isClosed) scope.abort('The client is closed.');
    try {
      return await scope.race(async () => await call(scope));
    } catch (caught) {
      throw SessionError.from(caught, scope.correlationId);
    } finally {
      scope.end();
      this.#running.delete(scope);
    }
  }

  /** Ends the running calls and refuses later ones. */
  close(): void {
    this.#isClosed = true;
    for (const scope of this.#running) scope.abort('The client is closed.');
  }
}
