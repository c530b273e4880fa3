import type { Context } from '../../domain/context.js';
import { isExpired } from '../../domain/expiry.js';
import {
  compareInList,
  type ListPosition,
  matches,
  type SessionFilter,
} from '../../domain/filter.js';
import type { SessionRecord } from '../../domain/session.js';
import { SessionIndex } from './session-index.js';
import type { Candidates } from './session-slot.js';
import { recordBytes } from './sizes.js';
import { SortedList } from './sorted-list.js';
import {
  byCloseTime,
  byFiledDeadline,
  closeReasonOf,
  deadlineOf,
  type StoredSession,
} from './stored-session.js';

/** Most sessions that one look at the deadlines moves, so that a list never waits for long. */
const lookLimit = 2_000;

/** Sessions and bytes. */
export interface Usage {
  readonly count: number;
  readonly bytes: number;
}

/** What a beat changes of a session. */
interface Move {
  readonly requestTime: number;
  readonly contexts: readonly Context[];
  /** Bytes. */
  readonly growth: number;
}

/**
 * The sessions and what finds them. The indexes have them as of the latest time that was asked
 * for: a session whose deadline has passed moves from the live ones to those that are over once,
 * whether its end is written or not. Asked for an earlier time, every row is asked by the rules.
 */
export class SessionTable {
  readonly #byId = new Map<string, StoredSession>();
  readonly #live = new SessionIndex();
  readonly #over = new SessionIndex();
  /** By the deadline at the time of filing: a sign of life files nothing anew. */
  readonly #deadlines = new SortedList(byFiledDeadline);
  /** Past their deadline, and no end written; longest first. */
  readonly #due = new Set<StoredSession>();
  readonly #ended = new SortedList(byCloseTime);
  readonly #endedPresence = new Set<StoredSession>();
  #latest = Number.NEGATIVE_INFINITY;
  #bytes = 0;
  #endedBytes = 0;

  /** What all sessions take. */
  get all(): Usage {
    return { count: this.#byId.size, bytes: this.#bytes };
  }

  /** What the sessions take whose end is written. */
  get ended(): Usage {
    return { count: this.#ended.size, bytes: this.#endedBytes };
  }

  /** The session that ended longest ago. */
  get oldestEnded(): StoredSession | undefined {
    return this.#ended.first;
  }

  /** Sessions of kind `presence` whose end is written. */
  get endedPresence(): Iterable<StoredSession> {
    return this.#endedPresence;
  }

  /** The session of an id. */
  get(id: string): StoredSession | undefined {
    return this.#byId.get(id);
  }

  /** Adds a live session whose id is not taken; the text of it is kept, see `copyText`. */
  add(id: string, stored: StoredSession): void {
    this.#byId.set(id, stored);
    this.#bytes += stored.bytes;
    this.#live.add(stored);
    this.#file(stored);
  }

  /** Puts another record of the same session in the place of the one that is there. */
  replace(stored: StoredSession, record: SessionRecord): void {
    if (stored.active && !record.active) this.#end(stored, record);
    else this.#keepAlive(stored, () => stored.take(record));
    this.#recount(stored, recordBytes(record));
    if (!record.active) this.#endedBytes += stored.bytes;
  }

  /** Writes what a beat changed; `growth` is what its contexts take more. */
  move(stored: StoredSession, { requestTime, contexts, growth }: Move): void {
    this.#keepAlive(stored, () => stored.move(requestTime, contexts));
    this.#recount(stored, stored.bytes + growth);
  }

  /** Removes a session. */
  remove(stored: StoredSession): void {
    this.#byId.delete(stored.id);
    this.#bytes -= stored.bytes;
    this.#partOf(stored).remove(stored);
    if (stored.active) {
      this.#unfile(stored);
    } else {
      this.#endedBytes -= stored.bytes;
      this.#ended.remove(stored);
      this.#endedPresence.delete(stored);
    }
  }

  /** At most `limit` sessions past their deadline whose end is not written, longest first. */
  due(now: number, limit: number): readonly StoredSession[] {
    while (this.#due.size < limit && !this.#moveDue(now));
    const due: StoredSession[] = [];
    for (const stored of this.#due) {
      if (due.length === limit) break;
      if (isExpired(stored, now)) due.push(stored);
    }
    return due;
  }

  /** The sessions of a filter in the order of lists, all of them or those behind a place. */
  *rows(
    filter: SessionFilter,
    now: number,
    after?: ListPosition,
  ): Generator<StoredSession, undefined> {
    for (const stored of merge(this.#candidates(filter, now), after)) {
      if (matches(stored, filter, now)) yield stored;
    }
    return undefined;
  }

  /** How many sessions fit a filter; without a look at each where one index has the answer. */
  count(filter: SessionFilter, now: number): number {
    const { active: _active, ...conditions } = filter;
    const [condition, ...others] = Object.keys(conditions);
    const isIndexed = !['id', 'fromTime', 'toTime'].includes(condition ?? '');
    if (isIndexed && others.length === 0 && this.#isCurrent(now)) {
      return this.#candidates(filter, now).reduce((sum, { size }) => sum + size, 0);
    }
    let count = 0;
    for (const _ of this.rows(filter, now)) count += 1;
    return count;
  }

  /** Sessions of a user: first those that live or may live at `now`, then the others. */
  *ofUser(userId: string, now: number, onlyLive: boolean): Generator<StoredSession, undefined> {
    const filter = { userId, ...(onlyLive ? { active: true } : {}) };
    for (const candidates of this.#candidates(filter, now)) {
      yield* { [Symbol.iterator]: () => candidates.rows() };
    }
    return undefined;
  }

  #candidates(filter: SessionFilter, now: number): readonly Candidates[] {
    if (filter.id !== undefined) return [only(this.#byId.get(filter.id))];
    const { closeReason: _, ...fixed } = filter;
    const isCurrent = this.#isCurrent(now);
    // What is over and why are known as of the latest time only.
    const indexed = isCurrent ? filter : fixed;
    const isLive = isCurrent ? filter.active : undefined;
    return [
      ...(isLive === false ? [] : [this.#live.candidates(indexed)]),
      ...(isLive === true ? [] : [this.#over.candidates(indexed)]),
    ];
  }

  /** Whether the indexes have every session as it stands at `now`, after a bounded look. */
  #isCurrent(now: number): boolean {
    return this.#moveDue(now) && now >= this.#latest;
  }

  /** Moves sessions past their deadline to those that are over; false if some are left. */
  #moveDue(now: number): boolean {
    this.#latest = Math.max(this.#latest, now);
    for (let looked = 0; looked < lookLimit; looked += 1) {
      const next = this.#deadlines.first;
      if (next === undefined || next.filed >= now) return true;
      this.#deadlines.remove(next);
      next.filed = deadlineOf(next);
      if (next.filed >= now) {
        this.#file(next);
      } else {
        this.#due.add(next);
        this.#setLive(next, false);
      }
    }
    return false;
  }

  #end(stored: StoredSession, record: SessionRecord): void {
    this.#unfile(stored);
    if (!stored.live && closeReasonOf(stored) === record.closeReason) {
      stored.take(record);
    } else {
      this.#partOf(stored).remove(stored);
      stored.take(record);
      stored.live = false;
      this.#over.add(stored);
    }
    this.#ended.add(stored);
    if (record.kind === 'presence') this.#endedPresence.add(stored);
  }

  /** Writes a sign of life; from a clock that is behind the latest time it revives. */
  #keepAlive(stored: StoredSession, write: () => void): void {
    if (!this.#due.delete(stored)) {
      write();
      return;
    }
    // Before the write: the indexes find it by what it was.
    this.#setLive(stored, true);
    write();
    stored.filed = deadlineOf(stored);
    this.#file(stored);
  }

  #recount(stored: StoredSession, bytes: number): void {
    this.#bytes += bytes - stored.bytes;
    stored.bytes = bytes;
  }

  #setLive(stored: StoredSession, live: boolean): void {
    this.#partOf(stored).remove(stored);
    stored.live = live;
    this.#partOf(stored).add(stored);
  }

  #partOf(stored: StoredSession): SessionIndex {
    return stored.live ? this.#live : this.#over;
  }

  #file(stored: StoredSession): void {
    if (stored.filed !== Number.POSITIVE_INFINITY) this.#deadlines.add(stored);
  }

  #unfile(stored: StoredSession): void {
    if (!this.#due.delete(stored) && stored.filed !== Number.POSITIVE_INFINITY) {
      this.#deadlines.remove(stored);
    }
  }
}

function only(stored: StoredSession | undefined): Candidates {
  const rows = stored === undefined ? [] : [stored];
  return {
    size: rows.length,
    rows: (after) =>
      rows.filter((one) => after === undefined || compareInList(one, after) > 0)[Symbol.iterator](),
  };
}

/** The rows of at most two sets, in the order of lists. */
function* merge(
  sets: readonly Candidates[],
  after: ListPosition | undefined,
): Generator<StoredSession, undefined> {
  const [one, other] = sets.map((set) => set.rows(after));
  let first = one?.next().value as StoredSession | undefined;
  let second = other?.next().value as StoredSession | undefined;
  while (first !== undefined || second !== undefined) {
    if (second === undefined || (first && compareInList(first, second) < 0)) {
      if (first !== undefined) yield first;
      first = one?.next().value;
    } else {
      yield second;
      second = other?.next().value;
    }
  }
  return undefined;
}
