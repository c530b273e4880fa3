/** First pause after a failure, in ms; it doubles with each further one. */
const firstRetryMs = 1_000;

/** When the next beat is due. */
export class Pace {
  readonly #random: () => number;
  #intervalMs: number;
  #failures = 0;

  constructor(intervalMs: number, random: () => number) {
    this.#intervalMs = intervalMs;
    this.#random = random;
  }

  /** An answer came that asks for the next beat in so many seconds. */
  answered(nextBeatSeconds: number): void {
    this.#failures = 0;
    if (nextBeatSeconds > 0) this.#intervalMs = nextBeatSeconds * 1_000;
  }

  /** A beat failed: the next comes sooner, as the service waits for it. */
  failed(): void {
    this.#failures += 1;
  }

  /** The pause before the next beat, in ms: up to a tenth shorter than asked for, never longer. */
  nextMs(): number {
    const jitter = 1 - this.#random() / 10;
    if (this.#failures === 0) return this.#intervalMs * jitter;
    return Math.min(this.#intervalMs, firstRetryMs * 2 ** (this.#failures - 1)) * jitter;
  }
}
