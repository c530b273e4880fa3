import type { StoredSession } from './session-documents.js';

/**
 * Live sessions that this process wrote last, without their documents: what a beat needs in order
 * to be one round trip. Another process may have changed one since; the condition of the write
 * finds that out. Bounded: the one that was used the longest ago goes.
 */
export class KnownSessions {
  readonly #sessions = new Map<string, StoredSession>();
  readonly #limit: number;

  /** Keeps at most `limit` sessions; with 0, none. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many are known. */
  get size(): number {
    return this.#sessions.size;
  }

  /** What is known of a session. */
  get(id: string): StoredSession | undefined {
    const found = this.#sessions.get(id);
    if (found === undefined) return undefined;
    this.#sessions.delete(id);
    this.#sessions.set(id, found);
    return found;
  }

  /** Notes a session as it was just written. Nobody else may hold parts of it. */
  set(stored: StoredSession): void {
    const { id } = stored.session;
    this.#sessions.delete(id);
    if (this.#limit === 0) return;
    this.#sessions.set(id, stored);
    if (this.#sessions.size <= this.#limit) return;
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#sessions.delete(oldest);
  }

  /** Notes that the ledger has the stretches that waited in this version. */
  settle(id: string, version: number): void {
    const known = this.#sessions.get(id);
    if (known?.version === version) this.#sessions.set(id, { ...known, pending: [] });
  }

  /** Forgets a session. */
  delete(id: string): void {
    this.#sessions.delete(id);
  }
}
