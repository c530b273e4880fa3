import type { Stretch } from '../../../domain/context.js';
import { absent, type Presence } from '../../../domain/presence.js';
import type { SessionChange, SessionRecord } from '../../../domain/session.js';
import { storeDamaged } from '../../../errors/makers.js';
import type { Connection, SqlRow, SqlValue } from '../connection/connection.js';
import {
  entryTables,
  indexedFields,
  insertEntry,
  removeAllEntries,
} from '../indexes/index-entries.js';
import { highestNumber, writeMark } from '../indexes/index-mark.js';
import type { PendingEntries } from '../indexes/pending-entries.js';
import type { KnownSessions } from '../rows/known-sessions.js';
import type { KnownSummaries } from '../rows/known-summaries.js';
import { livePlace, liveUpdate } from '../rows/live-update.js';
import { asBytes, asJsonArray, rowOf, textAsBytes, textOf } from '../rows/row-bytes.js';
import {
  afterSummary,
  type Documents,
  documentsChecksum,
  filedMinuteOf,
  type LiveState,
  liveColumns,
  type StoredSession,
  sessionColumns,
  summaryColumns,
  toContexts,
  toDocuments,
  toLiveRow,
  toPresence,
  toSessionRow,
  toStoredLive,
  toStoredSummary,
} from '../rows/session-rows.js';
import { toStretchRow } from '../rows/stretch-rows.js';

const from = 'FROM sessions s LEFT JOIN live l ON l.n = s.n';
/** Sessions with their documents. */
export const fromWithDocuments = `${from} LEFT JOIN documents d ON d.n = s.n`;
const columns = [...summaryColumns, 'l.contexts'];
/** A session without documents, as one value. */
const recordColumns = asBytes(columns);
const documentColumns = `${textAsBytes('d.user')}, ${textAsBytes('d.data')}`;
/** A session with its documents, in three values. */
export const columnsWithDocuments = `${recordColumns}, ${documentColumns}`;
/** Rows of other live sessions of a user with presence, as JSON; asks with the time. */
const presencesOf = (userId: string, n: string) =>
  `SELECT json_group_array(${asJsonArray(liveColumns)}) FROM (` +
  `SELECT ${liveColumns.join(', ')} FROM live o WHERE o.presence_user = ${userId} AND o.n <> ${n} ` +
  'AND (o.expire_time IS NULL OR o.expire_time >= ?) LIMIT 1000)';
/** By the index alone: a session whose own id is damaged is found, and refused by its checksum. */
const byId = `s.n = (SELECT n FROM ${entryTables.id.table} WHERE id = ?)`;
const marks = (count: number): string => Array(count).fill('?').join(', ');

/** A question about one session. Its texts are made once: each new one would be hashed for its statement. */
interface Question {
  readonly byId: string;
  readonly byNumber: string;
}

function question(select: string): Question {
  return { byId: `${select} WHERE ${byId}`, byNumber: `${select} WHERE s.n = ?` };
}

const ask = {
  exists: question('SELECT 1 FROM sessions s'),
  load: question(`SELECT ${recordColumns} ${from}`),
  // A subquery's value need not be taken for JSON by itself.
  loadWithPresences: question(
    `SELECT ${asBytes(columns, `json((${presencesOf('s.user_id', 's.n')}))`)} ${from}`,
  ),
  loadWithDocuments: question(`SELECT ${columnsWithDocuments} ${fromWithDocuments}`),
} as const;

const sql = {
  presences: `SELECT CAST((${presencesOf('?', '?')}) AS BLOB)`,
  insertSession: `INSERT INTO sessions VALUES (${marks(sessionColumns.length)})`,
  insertLive: `INSERT INTO live VALUES (${marks(liveColumns.length + 1)})`,
  putDocuments: 'INSERT OR REPLACE INTO documents VALUES (?, ?, ?)',
  insertStretch: `INSERT OR IGNORE INTO stretches VALUES (${marks(14)})`,
  refile: 'UPDATE live SET due_minute = ?, checksum = ? WHERE n = ?',
  endSession:
    'UPDATE sessions SET active = 0, close_time = ?, close_reason = ?, request_time = ?, ' +
    'revision = ?, checksum = ? WHERE n = ?',
} as const;

const dueMinuteAt = livePlace('due_minute');
const checksumAt = livePlace('checksum');

/** What a {@link SessionTable} may work with. */
export interface SessionTableOptions {
  readonly pending?: PendingEntries;
  readonly known?: KnownSessions;
  readonly summaries?: KnownSummaries | undefined;
}

/** Sessions as rows of one database: single steps, which a transaction puts together. */
export class SessionTable {
  readonly #connection: Connection;
  readonly #pending: PendingEntries | undefined;
  readonly #known: KnownSessions | undefined;
  readonly #summaries: KnownSummaries | undefined;
  #lastN: number | undefined;

  /** Without `pending`, entries of indexes are written with their session (see `index-entries.ts`). */
  constructor(connection: Connection, { pending, known, summaries }: SessionTableOptions = {}) {
    this.#connection = connection;
    this.#pending = pending;
    this.#known = known;
    this.#summaries = summaries;
  }

  /** A live session as it was written last, if that is known without reading it. */
  known(id: string): StoredSession | undefined {
    return this.#known?.get(id);
  }

  /** A session without documents. @throws STORE_DAMAGED. */
  find(id: string): StoredSession | undefined {
    const found = this.#rowOf(id, ask.load);
    return found === undefined ? undefined : ofId(id, toStored(rowOf(found[0])));
  }

  /**
   * The same, and what other live sessions of its user say of presence, but for damaged ones: in one
   * question, since every beat asks it. @throws STORE_DAMAGED.
   */
  findWithPresences(
    id: string,
    now: number,
  ): readonly [StoredSession, readonly Presence[]] | undefined {
    const found = this.#rowOf(id, ask.loadWithPresences, now);
    if (found === undefined) return undefined;
    const row = rowOf(found[0]);
    return [ofId(id, toStored(row)), toPresences(row.at(-1))];
  }

  /** What other live sessions of its user say of presence, but for damaged ones. */
  presencesBeside({ n, session }: StoredSession, now: number): readonly Presence[] {
    const row = this.#connection.prepare(sql.presences).get(session.userId, n, now);
    return toPresences(rowOf(row?.[0]));
  }

  /** A session without documents, by row number. @throws STORE_DAMAGED. */
  findByNumber(n: number): StoredSession | undefined {
    const found = this.#connection.prepare(ask.load.byNumber).get(n);
    return found === undefined ? undefined : toStored(rowOf(found[0]));
  }

  /** A session with `user` and `data`. @throws STORE_DAMAGED. */
  findWithDocuments(id: string): StoredSession | undefined {
    const row = this.#rowOf(id, ask.loadWithDocuments);
    return row === undefined ? undefined : ofId(id, toStoredWithDocuments(row));
  }

  /** Whether there is a session with this id. */
  has(id: string): boolean {
    return this.#rowOf(id, ask.exists) !== undefined;
  }

  /** Writes a session that is not there yet, live or ended. */
  insert(session: SessionRecord): void {
    this.#lastN ??= highestNumber(this.#connection);
    this.#lastN += 1;
    const n = this.#lastN;
    this.#run(sql.insertSession, toSessionRow(n, session));
    this.#index(n, session);
    if (!session.active) return;
    const checksum = documentsChecksum(n, session);
    const state = { session, presence: absent, documentsChecksum: checksum };
    this.#run(sql.insertLive, toLiveRow(n, state));
    this.#summaries?.noteWritten(n, session);
    if (checksum !== null) this.#putDocuments(n, session);
  }

  /** Writes what a beat moved: nothing but the narrow row. False when the session is gone. */
  move(stored: StoredSession, session: SessionRecord, presence: Presence): boolean {
    const checksum = stored.live?.documentsChecksum ?? null;
    const row = this.#updateLive(stored, { session, presence, documentsChecksum: checksum });
    if (row === undefined) {
      this.#known?.delete(session.id);
      return false;
    }
    const live = toStoredLive(row.slice(0, liveColumns.length));
    this.#known?.set({ n: stored.n, session, live }, row.at(-1) as string | null);
    return true;
  }

  /** Puts a live session where its deadline is in the index of deadlines. */
  refile({ n, session, live }: StoredSession): void {
    this.#known?.delete(session.id);
    const { presence = absent, documentsChecksum: checksum = null } = live ?? {};
    const row = toLiveRow(n, { session, presence, documentsChecksum: checksum });
    this.#run(sql.refile, [row[dueMinuteAt] ?? null, row[checksumAt] ?? null, n]);
  }

  /** Writes new documents, and what changed with them. */
  change(stored: StoredSession, session: SessionRecord): void {
    const { n, live } = stored;
    this.#known?.delete(session.id);
    const presence = live?.presence ?? absent;
    const state = { session, presence, documentsChecksum: documentsChecksum(n, session) };
    this.#updateLive(stored, state);
    this.#putDocuments(n, session);
  }

  /** Writes the end of a session, erases its documents and contexts, keeps its stretches. */
  end(stored: StoredSession, { session, stretches }: SessionChange): void {
    const { n } = stored;
    this.#known?.delete(session.id);
    const row = toSessionRow(n, session);
    const [closeTime, closeReason, requestTime, revision, checksum] = row.slice(12) as SqlValue[];
    const ended = [closeTime, closeReason, requestTime, revision, checksum, n];
    this.#summaries?.delete(n);
    this.#eraseLive(n);
    this.#run(sql.endSession, ended as SqlValue[]);
    this.addStretches(stretches);
  }

  /** Removes a session, with its id if its row says it. Its number is not used again. */
  remove(n: number, id?: string): void {
    this.#lastN ??= highestNumber(this.#connection);
    this.#summaries?.delete(n);
    const wasLive = this.#eraseLive(n);
    if (id !== undefined) this.#known?.delete(id);
    else if (wasLive) this.#known?.deleteNumber(n);
    this.#run('DELETE FROM sessions WHERE n = ?', [n]);
  }

  /** Lets the next beat and the next list of a session read it, because its row is damaged. */
  forgetDamaged(n: number): void {
    this.#known?.deleteNumber(n);
    this.#summaries?.delete(n);
  }

  /** Removes a session whose row is damaged. */
  removeDamaged(n: number): void {
    this.remove(n);
    removeAllEntries(this.#connection, n);
  }

  /** Writes stretches to the ledger; one that is there stays as it is. */
  addStretches(stretches: readonly Stretch[]): void {
    for (const stretch of stretches) this.#run(sql.insertStretch, toStretchRow(stretch));
  }

  #index(n: number, session: SessionRecord): void {
    const fields = this.#pending?.add(n, session) ?? indexedFields;
    for (const field of fields) this.#run(insertEntry(field), [n]);
    if (this.#pending === undefined) writeMark(this.#connection, n);
  }

  /** By what waits, or by the index; `values` are of the columns. */
  #rowOf(id: string, asked: Question, ...values: readonly SqlValue[]): SqlRow | undefined {
    for (const n of this.#pending?.numbers('id', id) ?? []) {
      const row = this.#connection.prepare(asked.byNumber).get(...values, n);
      if (row !== undefined) return row;
    }
    return this.#connection.prepare(asked.byId).get(...values, id);
  }

  /** Whether there was a row in `live`. */
  #eraseLive(n: number): boolean {
    this.#run('DELETE FROM documents WHERE n = ?', [n]);
    return this.#connection.prepare('DELETE FROM live WHERE n = ?').run(n) > 0;
  }

  #putDocuments(n: number, { user, data }: Documents): void {
    this.#run(sql.putDocuments, [n, user ?? null, data ?? null]);
  }

  /** What was written; `undefined` when there is no row: a known session was removed as a damaged one. */
  #updateLive(stored: StoredSession, state: LiveState): SqlRow | undefined {
    const { n } = stored;
    const dueMinute = filedMinuteOf(stored.live?.dueMinute ?? null, state.session);
    const row = toLiveRow(n, { ...state, dueMinute });
    const { sql: text, values } = liveUpdate(stored, row);
    if (this.#connection.prepare(text).run(...values) === 0) return undefined;
    this.#summaries?.noteWritten(n, state.session);
    return row;
  }

  #run(text: string, values: readonly SqlValue[]): void {
    this.#connection.prepare(text).run(...values);
  }
}

function toPresences(rows: unknown): readonly Presence[] {
  return (rows as readonly SqlRow[]).flatMap((row) => toPresence(row) ?? []);
}

/** @throws STORE_DAMAGED when a damaged index led to another session. */
function ofId(id: string, stored: StoredSession): StoredSession {
  if (stored.session.id === id) return stored;
  throw storeDamaged(new Error(`The index of ids has session ${stored.n} for another id`));
}

/** A session and its documents. @throws STORE_DAMAGED. */
function toStoredWithDocuments(found: SqlRow): StoredSession {
  const stored = toStored(rowOf(found[0]));
  const documents = toDocuments(stored, textOf(found[1]), textOf(found[2]));
  return { ...stored, session: { ...stored.session, ...documents } };
}

function toStored(row: SqlRow): StoredSession {
  const summary = toStoredSummary(row);
  const contexts = toContexts(summary, row[afterSummary]);
  return { ...summary, session: { ...summary.session, contexts } };
}
