import type { Connection } from './connection.js';
import type { Activity } from './session-rows.js';

/** Number of the session, its request time and its revision lie side by side: one line of the cache. */
const width = 3;

/**
 * Activity of live sessions as it was written or read last, so that a list need not read the row of
 * `live` of each of its sessions, which lie scattered: 24 bytes each, and no object for the collector.
 * For the connection that writes alone, like {@link KnownSessions}; of a transaction that is lost it
 * forgets all. Numbers go round in the places there are, so that the newest sessions find theirs. What
 * is known of one that ended or was removed stays: nobody asks, and its number is not used again.
 */
export class KnownActivity {
  readonly #connection: Connection;
  readonly #limit: number;
  /** Of zeros, for which the system has no memory until they are written; there is no session 0. */
  readonly #values: Float64Array;
  #rollBacks: number;

  /** Keeps that of at most `limit` sessions of what is written over this connection; with 0, none. */
  constructor(connection: Connection, limit: number) {
    this.#connection = connection;
    this.#limit = limit;
    this.#values = new Float64Array(limit * width);
    this.#rollBacks = connection.rollBacks;
  }

  /** What is known of the session with a row number. */
  get(n: number): Activity | undefined {
    this.#forgetLost();
    const at = this.#placeOf(n);
    if (this.#values[at] !== n) return undefined;
    return { requestTime: this.#values[at + 1] ?? 0, revision: this.#values[at + 2] ?? 0 };
  }

  /** Notes what was just written or read. */
  set(n: number, { requestTime, revision }: Activity): void {
    this.#forgetLost();
    if (this.#limit === 0) return;
    const at = this.#placeOf(n);
    this.#values[at] = n;
    this.#values[at + 1] = requestTime;
    this.#values[at + 2] = revision;
  }

  /** Forgets that of a session whose row is damaged. */
  delete(n: number): void {
    const at = this.#placeOf(n);
    if (this.#values[at] === n) this.#values[at] = 0;
  }

  #placeOf(n: number): number {
    return (n % this.#limit) * width;
  }

  #forgetLost(): void {
    if (this.#rollBacks === this.#connection.rollBacks) return;
    this.#values.fill(0);
    this.#rollBacks = this.#connection.rollBacks;
  }
}
