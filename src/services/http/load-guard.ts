import type { ServerResponse } from 'node:http';

/** When a {@link LoadGuard} refuses. */
export interface LoadGuardOptions {
  /** Requests that may be worked on at once. */
  readonly runningLimit: number;
  /** Milliseconds that the event loop may be late. */
  readonly loopDelayLimitMs: number;
}

/** How often the event loop is looked at. */
const checkMs = 100;
/** Looks in a row that must find it late: one long pause alone refuses nobody. */
const lateLooks = 3;

/**
 * Says when to refuse early rather than queue (QUALITY "Overload"): while as many requests as
 * allowed are worked on, or while the event loop stays late.
 */
export class LoadGuard {
  readonly #options: LoadGuardOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #running = new Set<ServerResponse>();
  #lastLook = performance.now();
  #late = 0;

  constructor(options: LoadGuardOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), checkMs).unref();
  }

  /** The requests that are worked on, by their responses. */
  get running(): ReadonlySet<ServerResponse> {
    return this.#running;
  }

  /** Whether a request that comes now shall be refused. */
  get isOverloaded(): boolean {
    return this.#running.size >= this.#options.runningLimit || this.#late >= lateLooks;
  }

  /** The work on a request begins. */
  enter(response: ServerResponse): void {
    this.#running.add(response);
  }

  /** The work on a request is over. */
  leave(response: ServerResponse): void {
    this.#running.delete(response);
  }

  /** Ends the timer. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const delay = now - this.#lastLook - checkMs;
    this.#lastLook = now;
    this.#late = delay > this.#options.loopDelayLimitMs ? this.#late + 1 : 0;
  }
}
