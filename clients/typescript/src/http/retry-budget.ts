/** Bounds how much more often a failing service is asked: calls add to it, repetitions take. */
export class RetryBudget {
  readonly #ratio: number;
  readonly #limit: number;
  #tokens: number;

  constructor(ratio: number, limit: number) {
    this.#ratio = ratio;
    this.#limit = limit;
    this.#tokens = limit;
  }

  /** A call begins. */
  add(): void {
    this.#tokens = Math.min(this.#limit, this.#tokens + this.#ratio);
  }

  /** Whether a call may be repeated now; if so, that is taken. */
  take(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
