import { crc32 } from 'node:zlib';
import type { Connection } from '../connection/connection.js';
import type { StoredSession } from './session-rows.js';

/** Contexts that are longer than this as JSON are not kept: a session may have some 100 KB of them. */
const longestContexts = 1_024;

/**
 * Live sessions as this process wrote them last, without documents, so that a beat of one need not
 * read it. It serves the file alone, so nobody else changes them; of a transaction that is lost it
 * forgets all. Each id has one place, which the session takes that beat last: bounded without an order
 * to keep, and no worse than it must be where more sessions beat in turn than there are places.
 */
export class KnownSessions {
  readonly #connection: Connection;
  readonly #places: (StoredSession | undefined)[];
  #rollBacks: number;

  /** Keeps at most `limit` sessions of what is written over this connection; with 0, none. */
  constructor(connection: Connection, limit: number) {
    this.#connection = connection;
    this.#places = Array.from({ length: limit }, () => undefined);
    this.#rollBacks = connection.rollBacks;
  }

  /** What is known of a session. */
  get(id: string): StoredSession | undefined {
    this.#forgetLost();
    const found = this.#places[this.#placeOf(id)];
    return found?.session.id === id ? found : undefined;
  }

  /** Notes a session as it was just written; `contexts` is their JSON. Nobody else may change parts of it. */
  set(stored: StoredSession, contexts: string | null): void {
    const { id } = stored.session;
    this.#forgetLost();
    if (this.#places.length === 0) return;
    if ((contexts?.length ?? 0) > longestContexts) this.delete(id);
    else this.#places[this.#placeOf(id)] = stored;
  }

  /** Forgets a session. */
  delete(id: string): void {
    if (this.get(id) !== undefined) this.#places[this.#placeOf(id)] = undefined;
  }

  /** Forgets the session of a row, by looking through all: a damaged row does not say whose it is. */
  deleteNumber(n: number): void {
    const place = this.#places.findIndex((stored) => stored?.n === n);
    if (place >= 0) this.#places[place] = undefined;
  }

  #placeOf(id: string): number {
    return crc32(id) % this.#places.length;
  }

  #forgetLost(): void {
    if (this.#rollBacks === this.#connection.rollBacks) return;
    this.#places.fill(undefined);
    this.#rollBacks = this.#connection.rollBacks;
  }
}
