import type { ServerResponse } from 'node:http';

/** When a {@link LoadGuard} refuses. */
export interface LoadGuardOptions {
  /** Requests that may be worked on at once. */
  readonly runningLimit: number;
  /** Milliseconds that the event loop may be late. */
  readonly loopDelayLimitMs: number;
}

/** A request that is worked on. */
export interface RunningRequest {
  readonly response: ServerResponse;
  /** Its place among all of them. */
  place: number;
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
  /**
   * An array, because of the collector: a Set that many go through makes tables, each of which keeps
   * the next one, and what stood in it, until all of the heap is collected.
   */
  readonly #running: RunningRequest[] = [];
  #lastLook = performance.now();
  #late = 0;

  constructor(options: LoadGuardOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), checkMs).unref();
  }

  /** The requests that are worked on, in no order. */
  get running(): readonly RunningRequest[] {
    return this.#running;
  }

  /** Whether a request that comes now shall be refused. */
  get isOverloaded(): boolean {
    return this.#running.length >= this.#options.runningLimit || this.#late >= lateLooks;
  }

  /** The work on a request begins. */
  enter(response: ServerResponse): RunningRequest {
    const request = { response, place: this.#running.length };
    this.#running.push(request);
    return request;
  }

  /** The work on a request is over; to be called once. */
  leave(request: RunningRequest): void {
    const last = this.#running.pop();
    if (last === undefined || last === request) return;
    this.#running[request.place] = last;
    last.place = request.place;
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
