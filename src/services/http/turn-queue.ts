/**
 * Collects what comes up in one turn of the event loop and handles it together: 64 answers written
 * one after the other wake their reader a few times, and not 64 times (docs/decisions/0011).
 */
export class TurnQueue<Item> {
  readonly #schedule: (run: () => void) => void;
  readonly #handle: (item: Item) => Promise<void> | undefined;
  readonly #run = () => {
    const items = this.#items;
    this.#items = [];
    void this.#handleAll(items);
  };
  #items: Item[] = [];

  /**
   * `schedule` says when the turn is over; `handle` must not throw. The next item waits for the promise
   * that it answers, if it answers one.
   */
  constructor(
    schedule: (run: () => void) => void,
    handle: (item: Item) => Promise<void> | undefined,
  ) {
    this.#schedule = schedule;
    this.#handle = handle;
  }

  /** Adds an item to those of this turn. */
  add(item: Item): void {
    if (this.#items.push(item) === 1) this.#schedule(this.#run);
  }

  async #handleAll(items: readonly Item[]): Promise<void> {
    for (const item of items) {
      const pause = this.#handle(item);
      if (pause !== undefined) await pause;
    }
  }
}
