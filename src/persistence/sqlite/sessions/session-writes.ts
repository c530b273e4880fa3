import { beatSession, ownBeat } from '../../../domain/beat.js';
import { assertLive, changeDocument, type DocumentChange } from '../../../domain/change.js';
import { asOf, closeSession, expireSession } from '../../../domain/close.js';
import { isExpired } from '../../../domain/expiry.js';
import { applyLimit, openRecord, type SessionLimit } from '../../../domain/open.js';
import { mergePresences, type Presence, presenceOf, statusAt } from '../../../domain/presence.js';
import type { SessionRecord } from '../../../domain/session.js';
import { toSummaryV1 } from '../../../domain/wire.js';
import { sessionLimit } from '../../../errors/makers.js';
import { isSessionError, SessionError } from '../../../errors/session-error.js';
import type {
  BatchResult,
  CloseInput,
  CloseUserInput,
  OpenSessionInput,
  PruneInput,
  TouchedSession,
  TouchInput,
} from '../../../logic/session-persistence.js';
import { toTouched } from '../../../logic/touched-session.js';
import type { Connection, SqlValue } from '../connection/connection.js';
import { entryTables } from '../indexes/index-entries.js';
import type { PendingEntries } from '../indexes/pending-entries.js';
import type { KnownSessions } from '../rows/known-sessions.js';
import type { KnownSummaries } from '../rows/known-summaries.js';
import { asBytes, rowOf } from '../rows/row-bytes.js';
import {
  dueMinuteOf,
  dueStepMs,
  type StoredSession,
  summaryColumns,
  toStoredSummary,
} from '../rows/session-rows.js';
import { RequestTable } from './request-table.js';
import { SessionReads } from './session-reads.js';
import { SessionTable } from './session-table.js';

const { table: users } = entryTables.userId;
/** Sessions whose entry may wait, by a JSON array of their numbers. */
const waiting = 'json_each(?) j CROSS JOIN sessions s ON s.n = j.value';
const liveOfUser =
  `SELECT ${asBytes(summaryColumns)} FROM (` +
  `SELECT n FROM ${users} WHERE user_id = ? AND active = 1 UNION ` +
  `SELECT s.n FROM ${waiting} WHERE s.user_id = ? AND s.active = 1` +
  ') k CROSS JOIN sessions s ON s.n = k.n LEFT JOIN live l ON l.n = k.n';
const notExcepted = 's.id IS NOT ? AND (l.expire_time IS NULL OR l.expire_time >= ?)';
const liveNumbersOfUser =
  `SELECT s.n FROM ${users} k CROSS JOIN sessions s ON s.n = k.n JOIN live l ON l.n = k.n ` +
  `WHERE k.user_id = ? AND k.active = 1 AND ${notExcepted} LIMIT ?`;
const liveWaitingOfUser =
  `SELECT s.n FROM ${waiting} JOIN live l ON l.n = s.n ` +
  `WHERE s.user_id = ? AND s.active = 1 AND ${notExcepted} LIMIT ?`;
const numbersOfUser = `SELECT s.n FROM ${users} k CROSS JOIN sessions s ON s.n = k.n WHERE k.user_id = ? LIMIT ?`;
const waitingOfUser = `SELECT s.n FROM ${waiting} WHERE s.user_id = ? LIMIT ?`;
const endedNumbers = 'SELECT n FROM sessions WHERE close_time < ? ORDER BY close_time LIMIT ?';
const endedPresences = "SELECT n FROM sessions WHERE kind = 'presence' AND active = 0 LIMIT ?";
const pruneStretches =
  'DELETE FROM stretches WHERE (session_id, context_id, epoch, seq, activity, from_time) IN ' +
  '(SELECT session_id, context_id, epoch, seq, activity, from_time FROM stretches ' +
  'WHERE to_time < ? ORDER BY to_time LIMIT ?)';
const pruneRequests =
  'DELETE FROM requests WHERE key IN ' +
  '(SELECT key FROM requests WHERE expire_time < ? ORDER BY expire_time LIMIT ?)';
/** What is due, and what the index has too early: each row of it is ended or filed anew. */
const dueNumbers =
  'SELECT n FROM live WHERE due_minute <= ? ' +
  `AND (expire_time < ? OR due_minute < expire_time / ${dueStepMs}) ORDER BY due_minute LIMIT ?`;

/** What {@link SessionWrites} work with. */
export interface SessionWritesOptions {
  readonly pending: PendingEntries;
  readonly known: KnownSessions;
  /** Absent when none is kept. */
  readonly summaries: KnownSummaries | undefined;
  /** Hears of each damaged session that a batch passes over, once. */
  readonly onDamaged: (error: SessionError) => void;
}

/**
 * The changes of the port, each as one step inside a transaction that is open: it reads, lets a
 * rule of the domain decide, and writes only after that, so that one that throws wrote nothing.
 */
export class SessionWrites {
  readonly #connection: Connection;
  readonly #pending: PendingEntries;
  readonly #reads: SessionReads;
  readonly #table: SessionTable;
  readonly #requests: RequestTable;

  readonly #onDamaged: (error: SessionError) => void;
  /** Their own requests say what they are; batches go on without them. */
  readonly #damaged = new Set<number>();

  constructor(connection: Connection, options: SessionWritesOptions) {
    const { pending, known, summaries, onDamaged } = options;
    this.#connection = connection;
    this.#pending = pending;
    this.#reads = new SessionReads(connection, pending);
    this.#table = new SessionTable(connection, { pending, known, summaries });
    this.#onDamaged = onDamaged;
    this.#requests = new RequestTable(connection);
  }

  /** See `SessionPersistence.openSession`. */
  open(input: OpenSessionInput): SessionRecord | null {
    const { session, now, limit, request } = input;
    const { userId, kind } = session;
    const repeated = request && this.#requests.find(userId, request, now);
    if (repeated !== undefined) return this.#reads.get(repeated, now);
    if (this.#table.has(session.id)) {
      throw new SessionError('INTERNAL', { cause: new Error('The session id is taken.') });
    }
    if (limit?.kinds.includes(kind)) this.#makeRoom(limit, input);
    const record = openRecord(session, now);
    this.#table.insert(record);
    if (request !== undefined) this.#requests.put(record, request);
    return record;
  }

  /** See `SessionPersistence.touchSession`. Reads and writes no documents. */
  touch(input: TouchInput): TouchedSession | null {
    const { sessionId, now } = input;
    const known = this.#table.known(sessionId);
    if (known !== undefined) {
      const others = this.#table.presencesBeside(known, now);
      const touched = this.#beat(known, others, input);
      if (touched !== undefined) return touched;
    }
    const found = this.#table.findWithPresences(sessionId, now);
    return found === undefined ? null : (this.#beat(...found, input) ?? null);
  }

  /** See `SessionPersistence.changeSession`. */
  change(id: string, change: DocumentChange, now: number): SessionRecord | null {
    const stored = this.#table.findWithDocuments(id);
    if (stored === undefined) return null;
    const session = changeDocument(stored.session, change, now);
    this.#table.change(stored, session);
    return session;
  }

  /** See `SessionPersistence.closeSession`. */
  close({ sessionId, reason, now }: CloseInput): SessionRecord | null {
    return this.#end(this.#table.find(sessionId), { reason, now });
  }

  /** Ends at most `limit` live sessions of a user that are not damaged. */
  closeUser(input: CloseUserInput, limit: number): BatchResult {
    const { userId, exceptId, reason, now } = input;
    const values = [userId, exceptId ?? null, now, limit + 1 + this.#damaged.size];
    const found = this.#union(
      this.#numbers(liveNumbersOfUser, ...values),
      this.#numbers(liveWaitingOfUser, this.#waitingOf(userId), ...values),
    );
    const numbers = found.filter((n) => !this.#damaged.has(n));
    const ending = numbers.slice(0, limit).flatMap((n) => this.#findUndamaged(n) ?? []);
    for (const stored of ending) this.#end(stored, { reason, now });
    return { count: ending.length, more: numbers.length > limit };
  }

  /**
   * Writes down the end of at most `limit` sessions past their deadline that are not damaged. What the
   * index has too early it files anew, at most `limit` too.
   */
  closeDue(now: number, limit: number): BatchResult & { readonly refiled: number } {
    const wanted = limit + 1 + this.#damaged.size;
    const due = this.#numbers(dueNumbers, dueMinuteOf(now), now, wanted).filter(
      (n) => !this.#damaged.has(n),
    );
    const found = due.slice(0, limit).flatMap((n) => this.#findUndamaged(n) ?? []);
    let count = 0;
    for (const stored of found) {
      if (isExpired(stored.session, now)) {
        this.#table.end(stored, expireSession(stored.session));
        count += 1;
      } else {
        this.#table.refile(stored);
      }
    }
    return { count, refiled: found.length - count, more: due.length > limit };
  }

  /** See `SessionPersistence.deleteSession`. */
  remove(id: string, now: number): SessionRecord | null {
    const stored = this.#table.findWithDocuments(id);
    if (stored === undefined) return null;
    this.#removeStored(stored, now);
    return asOf(stored.session, now);
  }

  /** Removes at most `limit` sessions of a user. */
  removeUser(userId: string, limit: number, now: number): BatchResult {
    const numbers = this.#union(
      this.#numbers(numbersOfUser, userId, limit + 1),
      this.#numbers(waitingOfUser, this.#waitingOf(userId), userId, limit + 1),
    );
    for (const n of numbers.slice(0, limit)) this.#removeNumber(n, now);
    return { count: Math.min(numbers.length, limit), more: numbers.length > limit };
  }

  /** Removes at most `limit` of each sort of what is kept no longer. */
  prune({ endedBefore, stretchesBefore, now }: PruneInput, limit: number): BatchResult {
    const numbers = this.#union(
      this.#numbers(endedNumbers, endedBefore, limit + 1),
      this.#numbers(endedPresences, limit + 1),
    );
    for (const n of numbers.slice(0, limit)) this.#table.remove(n);
    const stretches = this.#run(pruneStretches, stretchesBefore, limit);
    const requests = this.#run(pruneRequests, now, limit);
    return {
      count: Math.min(numbers.length, limit) + stretches + requests,
      more: numbers.length > limit || stretches === limit || requests === limit,
    };
  }

  /** What a beat answers; `undefined` when the session is gone. */
  #beat(
    stored: StoredSession,
    others: readonly Presence[],
    { beat, now, presence }: TouchInput,
  ): TouchedSession | undefined {
    assertLive(stored.session, now);
    const outcome = beatSession(stored.session, ownBeat(beat), now);
    const { requestTime, contexts } = outcome;
    const own = presenceOf(contexts, presence);
    if (!outcome.duplicate) {
      const session = { ...stored.session, requestTime, contexts };
      if (!this.#table.move(stored, session, own)) return undefined;
      this.#table.addStretches(outcome.stretches);
    }
    const status = statusAt(mergePresences([own, ...others]), now);
    return toTouched(outcome, stored.session, status);
  }

  /**
   * Ends what a limit says for one session more. A damaged one holds its place: it cannot be ended
   * for another. @throws SESSION_LIMIT.
   */
  #makeRoom(limit: SessionLimit, { session, now }: OpenSessionInput): void {
    const { kind, userId } = session;
    const rows = this.#connection
      .prepare(liveOfUser)
      .all(userId, this.#waitingOf(userId), userId)
      .map(([row]) => rowOf(row));
    const undamaged = rows.flatMap(
      (row) => this.#undamaged(Number(row[0]), () => toStoredSummary(row)) ?? [],
    );
    const max = limit.max - (rows.length - undamaged.length);
    const sessions = undamaged.map(({ session }) => session);
    const decision = applyLimit({ ...limit, max }, { kind, now }, sessions);
    if (!decision.allowed) throw sessionLimit(limit.max, decision.live.map(toSummaryV1));
    const ending = new Set(decision.end.map(({ id }) => id));
    for (const {
      n,
      session: { id },
    } of undamaged) {
      if (ending.has(id)) this.#end(this.#findUndamaged(n), { reason: 'limit', now });
    }
  }

  #end(
    stored: StoredSession | undefined,
    { reason, now }: Pick<CloseInput, 'reason' | 'now'>,
  ): SessionRecord | null {
    if (stored === undefined) return null;
    const change = closeSession(stored.session, reason, now);
    if (stored.session.active) this.#table.end(stored, change);
    return change.session;
  }

  /** A damaged session loses the time that still ran, not more. */
  #removeNumber(n: number, now: number): void {
    const stored = this.#findUndamaged(n);
    if (stored === undefined) this.#table.removeDamaged(n);
    else this.#removeStored(stored, now);
  }

  #removeStored(stored: StoredSession, now: number): void {
    const { session } = stored;
    if (session.active) {
      const { stretches } = closeSession(session, 'deleted', now);
      this.#table.addStretches(stretches);
    }
    this.#table.remove(stored.n, session.id);
  }

  #findUndamaged(n: number): StoredSession | undefined {
    return this.#undamaged(n, () => this.#table.findByNumber(n));
  }

  #undamaged<Value>(n: number, read: () => Value): Value | undefined {
    try {
      return read();
    } catch (caught) {
      if (!isSessionError(caught) || caught.code !== 'STORE_DAMAGED') throw caught;
      if (!this.#damaged.has(n)) this.#onDamaged(caught);
      this.#table.forgetDamaged(n);
      this.#damaged.add(n);
      return undefined;
    }
  }

  /** As JSON. */
  #waitingOf(userId: string): string {
    return JSON.stringify(this.#pending.numbers('userId', userId));
  }

  #union(one: readonly number[], other: readonly number[]): readonly number[] {
    return [...new Set([...one, ...other])];
  }

  #numbers(sql: string, ...values: readonly SqlValue[]): readonly number[] {
    return this.#connection
      .prepare(sql)
      .all(...values)
      .map(([n]) => Number(n));
  }

  #run(sql: string, ...values: readonly SqlValue[]): number {
    return this.#connection.prepare(sql).run(...values);
  }
}
