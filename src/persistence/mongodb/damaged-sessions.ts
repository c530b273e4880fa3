import { isSessionError, type SessionError } from '../../errors/session-error.js';

/**
 * Sessions whose record is not what was written. Their own requests say so; what works on many goes
 * on without them, and says it once of each. They are kept until they read well or are removed.
 */
export class DamagedSessions {
  readonly #ids = new Set<string>();
  readonly #onFound: (error: SessionError) => void;

  /** `onFound` hears of each damaged session once. */
  constructor(onFound: (error: SessionError) => void) {
    this.#onFound = onFound;
  }

  /** A condition that passes over those that are kept. */
  get others(): { readonly _id?: { readonly $nin: readonly string[] } } {
    return this.#ids.size === 0 ? {} : { _id: { $nin: [...this.#ids] } };
  }

  /** What `read` makes of a session; `undefined` when that is damaged. */
  read<Value>(id: string, read: () => Value): Value | undefined {
    try {
      const value = read();
      this.forget(id);
      return value;
    } catch (caught) {
      this.note(id, caught);
      return undefined;
    }
  }

  /** Notes what was caught for a session. @throws it, when it is not STORE_DAMAGED. */
  note(id: string, caught: unknown): void {
    if (!isSessionError(caught) || caught.code !== 'STORE_DAMAGED') throw caught;
    if (!this.#ids.has(id)) this.#onFound(caught);
    this.#ids.add(id);
  }

  /** Forgets one that reads well or was removed. */
  forget(id: string): void {
    this.#ids.delete(id);
  }
}
