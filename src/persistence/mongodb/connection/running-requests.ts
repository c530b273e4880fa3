import { setMaxListeners } from 'node:events';
import { storeUnavailable } from '../../../errors/makers.js';

/** What a piece of work gets from {@link RunningRequests.run}. */
export interface MongoRequest {
  /** Aborted at the deadline: whoever makes several round trips looks at it between them. */
  readonly signal: AbortSignal;
}

/** The requests that are under way: each ends by its own end, at its deadline, or all at once. */
export class RunningRequests {
  readonly #cuts = new Set<(reason: string) => void>();
  #isClosed = false;

  /** Whether `close` was called. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Runs work until it ends, its time is over, or all is closed; what it does then in spite of its
   * signal is nobody's any more.
   * @throws STORE_UNAVAILABLE at the deadline and when closed.
   */
  async run<Value>(
    timeoutMs: number,
    work: (request: MongoRequest) => Promise<Value>,
  ): Promise<Value> {
    if (this.#isClosed) throw storeUnavailable();
    const controller = new AbortController();
    // Every round trip of the request listens, as many as there are at once.
    setMaxListeners(0, controller.signal);
    let timer: NodeJS.Timeout | undefined;
    let cut = (_reason: string): void => undefined;
    const over = new Promise<never>((_, reject) => {
      cut = (reason) => {
        const error = storeUnavailable(new Error(reason));
        controller.abort(error);
        reject(error);
      };
      timer = setTimeout(cut, timeoutMs, `no answer within ${timeoutMs} ms`);
    });
    this.#cuts.add(cut);
    try {
      return await Promise.race([work({ signal: controller.signal }), over]);
    } finally {
      clearTimeout(timer);
      this.#cuts.delete(cut);
    }
  }

  /** Ends all that is under way; nothing can be begun any more. */
  close(): void {
    this.#isClosed = true;
    for (const cut of this.#cuts) cut('the store is closing');
  }
}
