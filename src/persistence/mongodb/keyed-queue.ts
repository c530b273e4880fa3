/** How long work waits for what came before it, in ms: half of what a request usually has. */
const usualPatienceMs = 1_000;

/**
 * Lets the work on one key go on after the other, and that on others beside it: calls in one
 * process do not fight for the same record. What other processes do, and work that was not waited
 * for to its end, conditions in writes decide.
 */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #patienceMs: number;

  /** `patienceMs`: after so long work that does not end holds up the next on its key no more. */
  constructor(patienceMs = usualPatienceMs) {
    this.#patienceMs = patienceMs;
  }

  /** Runs `work` when what came before it for this key is over, however it ended, or takes too long. */
  async add<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
    const before = this.#tails.get(key);
    const mine = before === undefined ? work() : this.#waitFor(before).then(work);
    this.#tails.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(key) === mine) this.#tails.delete(key);
    }
  }

  async #waitFor(before: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#patienceMs);
    });
    await Promise.race([before.catch(() => undefined), enough]);
    clearTimeout(timer);
  }
}
