import type { Connection } from './connection.js';
import type { Activity } from './session-rows.js';

/** Number of the session, its request time and its revision stand side by side. */
const width = 3;

/**
 * Activity of live sessions as it was written or read last, so that a list need not read the row of
 * `live` of each of its sessions, which lie scattered: 24 bytes each, and no object for the collector.
 * For the connection that writes alone, like {@link KnownSessions}; what a lost transaction wrote is
 * forgotten. Each number has one place, which the session takes that was written or read last. What is
 * known of one that ended or was removed stays: nobody asks, and its number is not used again.
 */
export class KnownActivity {
  readonly #connection: Connection;
  readonly #limit: number;
  /** Of zeros, for which the system has no memory until they are written; there is no session 0. */
  readonly #values: Float64Array;
  /** Numbers that the transaction wrote that is open, or was last. */
  #written: number[] = [];
  #commits: number;
  #rollBacks: number;

  /** Keeps that of at most `limit` sessions (from 1) of what is written over this connection. */
  constructor(connection: Connection, limit: number) {
    this.#connection = connection;
    this.#limit = limit;
    this.#values = new Float64Array(limit * width);
    this.#commits = connection.commits;
    this.#rollBacks = connection.rollBacks;
  }

  /** What is known of the session with a row number. */
  get(n: number): Activity | undefined {
    this.#settle();
    const at = this.#placeOf(n);
    if (this.#values[at] !== n) return undefined;
    return { requestTime: this.#values[at + 1] ?? 0, revision: this.#values[at + 2] ?? 0 };
  }

  /** Notes what the transaction that is open wrote. */
  noteWritten(n: number, activity: Activity): void {
    this.#settle();
    this.#written.push(n);
    this.#set(n, activity);
  }

  /** Notes what was read while no transaction was open. */
  noteRead(n: number, activity: Activity): void {
    this.#settle();
    this.#set(n, activity);
  }

  /** Forgets that of a session, because its row is damaged. */
  delete(n: number): void {
    const at = this.#placeOf(n);
    if (this.#values[at] === n) this.#values[at] = 0;
  }

  #set(n: number, { requestTime, revision }: Activity): void {
    const at = this.#placeOf(n);
    this.#values[at] = n;
    this.#values[at + 1] = requestTime;
    this.#values[at + 2] = revision;
  }

  #placeOf(n: number): number {
    return (n % this.#limit) * width;
  }

  /** After the end of a transaction: one that was committed too is forgotten when another was lost since. */
  #settle(): void {
    const { commits, rollBacks } = this.#connection;
    if (rollBacks !== this.#rollBacks) for (const n of this.#written) this.delete(n);
    if (rollBacks === this.#rollBacks && commits === this.#commits) return;
    this.#written = [];
    this.#commits = commits;
    this.#rollBacks = rollBacks;
  }
}
