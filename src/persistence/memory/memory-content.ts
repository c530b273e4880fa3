import type { BeatOutcome } from '../../domain/beat.js';
import { closeSession, expireSession } from '../../domain/close.js';
import type { SessionChange } from '../../domain/session.js';
import { storageFull } from '../../errors/makers.js';
import { Ledger } from './ledger.js';
import { RequestLog } from './request-log.js';
import { SessionTable, type Usage } from './session-table.js';
import { contextsBytes, recordBytes } from './sizes.js';
import type { StoredSession } from './stored-session.js';
import { UserPresences } from './user-presences.js';

/** How many ends are written at a time when room is looked for. */
const dueBatch = 100;

/** What the memory store may keep. */
export interface MemoryCaps {
  readonly maxSessions: number;
  readonly maxBytes: number;
}

/** All that the memory store keeps while it is open, within its caps. */
export class MemoryContent {
  readonly sessions = new SessionTable();
  readonly ledger = new Ledger();
  readonly requests = new RequestLog();
  readonly presences = new UserPresences();
  readonly #caps: MemoryCaps;

  constructor(caps: MemoryCaps) {
    this.#caps = caps;
  }

  /** Writes a change of a live session that may need room. @throws STORAGE_FULL. */
  update(stored: StoredSession, change: SessionChange, now: number): void {
    const growth = recordBytes(change.session) - stored.bytes;
    if (growth > 0) this.assertRoom({ count: 0, bytes: growth }, now);
    this.write(stored, change);
  }

  /** Writes a beat of a live session. @throws STORAGE_FULL. */
  beat(stored: StoredSession, outcome: BeatOutcome, now: number): void {
    const { requestTime, contexts, stretches } = outcome;
    const growth = contextsBytes(contexts) - contextsBytes(stored.contexts);
    if (growth > 0) this.assertRoom({ count: 0, bytes: growth }, now);
    this.sessions.move(stored, { requestTime, contexts, growth });
    this.ledger.add(stretches);
  }

  /** Writes a change of a session, whatever room there is. */
  write(stored: StoredSession, { session, stretches }: SessionChange): void {
    this.sessions.replace(stored, session);
    if (!session.active) this.presences.delete(stored);
    this.ledger.add(stretches);
  }

  /** Removes a session; its time stays in the ledger. */
  remove(stored: StoredSession, now: number): void {
    this.ledger.add(closeSession(stored.toRecord(), 'deleted', now).stretches);
    this.presences.delete(stored);
    this.sessions.remove(stored);
  }

  /** Writes down the ends of at most `limit` sessions past their deadline; how many. */
  closeDue(now: number, limit: number): number {
    const due = this.sessions.due(now, limit);
    for (const stored of due) this.write(stored, expireSession(stored.toRecord()));
    return due.length;
  }

  /**
   * Makes sure that there is room for more, once all that may be dropped is dropped.
   * @throws STORAGE_FULL, and nothing was dropped.
   */
  assertRoom(need: Usage, now: number): void {
    while (!this.#fits(need)) {
      // What is past its deadline may be dropped once its end is written.
      if (this.closeDue(now, dueBatch) === 0) throw storageFull();
    }
  }

  /** Drops what is above the caps: ended sessions, oldest first, then the oldest time. */
  trim(): void {
    while (this.#isOverCaps()) {
      const oldest = this.sessions.oldestEnded;
      if (oldest !== undefined) this.sessions.remove(oldest);
      else if (this.ledger.bytes > 0) this.ledger.removeFirst();
      else return;
    }
  }

  #fits(need: Usage): boolean {
    const { all, ended } = this.sessions;
    const count = all.count - ended.count + need.count;
    const bytes = all.bytes - ended.bytes + this.requests.bytes + need.bytes;
    return count <= this.#caps.maxSessions && bytes <= this.#caps.maxBytes;
  }

  #isOverCaps(): boolean {
    const { count, bytes } = this.sessions.all;
    const total = bytes + this.requests.bytes + this.ledger.bytes;
    return count > this.#caps.maxSessions || total > this.#caps.maxBytes;
  }
}
