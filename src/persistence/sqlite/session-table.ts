import type { Stretch } from '../../domain/context.js';
import { absent, type Presence } from '../../domain/presence.js';
import type { SessionChange, SessionRecord } from '../../domain/session.js';
import { storeDamaged } from '../../errors/makers.js';
import type { Connection, SqlRow, SqlValue } from './connection.js';
import { entryTables, indexedFields, insertEntry, removeAllEntries } from './index-entries.js';
import { highestNumber, writeMark } from './index-mark.js';
import type { PendingEntries } from './pending-entries.js';
import { asBytes, asJsonArray, rowOf, textAsBytes, textOf } from './row-bytes.js';
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
  toStoredSummary,
} from './session-rows.js';
import { toStretchRow } from './stretch-rows.js';

const from = 'FROM sessions s LEFT JOIN live l ON l.n = s.n';
/** Sessions with their documents. */
export const fromWithDocuments = `${from} LEFT JOIN documents d ON d.n = s.n`;
/** A session without documents, as one value. */
const recordColumns = asBytes([...summaryColumns, 'l.contexts']);
const documentColumns = `${textAsBytes('d.user')}, ${textAsBytes('d.data')}`;
/** A session with its documents, in three values. */
export const columnsWithDocuments = `${recordColumns}, ${documentColumns}`;
/** What others of the same user are, as one value; asks with the time. */
const presences =
  `(SELECT CAST(json_group_array(${asJsonArray(liveColumns)}) AS BLOB) FROM (` +
  `SELECT ${liveColumns.join(', ')} FROM live o WHERE o.presence_user = s.user_id AND o.n <> s.n ` +
  'AND (o.expire_time IS NULL OR o.expire_time >= ?) LIMIT 1000))';
const byNumber = 's.n = ?';
/** By the index alone: a session whose own id is damaged is found, and refused by its checksum. */
const byId = `s.n = (SELECT n FROM ${entryTables.id.table} WHERE id = ?)`;
const marks = (count: number): string => Array(count).fill('?').join(', ');

const sql = {
  exists: 'SELECT 1 FROM sessions s WHERE',
  load: `SELECT ${recordColumns} ${from} WHERE`,
  loadWithPresences: `SELECT ${recordColumns}, ${presences} ${from} WHERE`,
  loadWithDocuments: `SELECT ${columnsWithDocuments} ${fromWithDocuments} WHERE`,
  insertSession: `INSERT INTO sessions VALUES (${marks(sessionColumns.length)})`,
  insertLive: `INSERT INTO live VALUES (${marks(liveColumns.length + 1)})`,
  putDocuments: 'INSERT OR REPLACE INTO documents VALUES (?, ?, ?)',
  insertStretch: `INSERT OR IGNORE INTO stretches VALUES (${marks(14)})`,
  refile: 'UPDATE live SET due_minute = ?, checksum = ? WHERE n = ?',
  endSession:
    'UPDATE sessions SET active = 0, close_time = ?, close_reason = ?, request_time = ?, ' +
    'revision = ?, checksum = ? WHERE n = ?',
} as const;

/** Columns of `live` that every change writes; an index hangs on the others. */
const movedColumns = [
  ...['request_time', 'expire_time', 'revision', 'busy_until', 'available_until', 'gone_after'],
  ...['documents_checksum', 'contexts_checksum', 'checksum', 'contexts'],
] as const;

const liveRowColumns: readonly string[] = [...liveColumns, 'contexts'];

/** Sessions as rows of one database: single steps, which a transaction puts together. */
export class SessionTable {
  readonly #connection: Connection;
  readonly #pending: PendingEntries | undefined;
  #lastN: number | undefined;

  /** Without `pending`, entries of indexes are written with their session (see `index-entries.ts`). */
  constructor(connection: Connection, pending?: PendingEntries) {
    this.#connection = connection;
    this.#pending = pending;
  }

  /** A session without documents. @throws STORE_DAMAGED. */
  find(id: string): StoredSession | undefined {
    const row = this.#rowOf(id, sql.load);
    return row === undefined ? undefined : ofId(id, toStored(row));
  }

  /**
   * The same, and what other live sessions of its user say of presence, but for damaged ones: in one
   * question, since every beat asks it. @throws STORE_DAMAGED.
   */
  findWithPresences(
    id: string,
    now: number,
  ): readonly [StoredSession, readonly Presence[]] | undefined {
    const row = this.#rowOf(id, sql.loadWithPresences, now);
    if (row === undefined) return undefined;
    const others = (JSON.parse(String(row[1])) as readonly SqlRow[]).flatMap(
      (other) => toPresence(other) ?? [],
    );
    return [ofId(id, toStored(row)), others];
  }

  /** The same by row number. @throws STORE_DAMAGED. */
  findByNumber(n: number): StoredSession | undefined {
    const row = this.#connection.prepare(`${sql.load} ${byNumber}`).get(n);
    return row === undefined ? undefined : toStored(row);
  }

  /** A session with `user` and `data`. @throws STORE_DAMAGED. */
  findWithDocuments(id: string): StoredSession | undefined {
    const row = this.#rowOf(id, sql.loadWithDocuments);
    return row === undefined ? undefined : ofId(id, toStoredWithDocuments(row));
  }

  /** Whether there is a session with this id. */
  has(id: string): boolean {
    return this.#rowOf(id, sql.exists) !== undefined;
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
    if (checksum !== null) this.#putDocuments(n, session);
  }

  /** Writes what a beat moved: nothing but the narrow row. */
  move(stored: StoredSession, session: SessionRecord, presence: Presence): void {
    const checksum = stored.live?.documentsChecksum ?? null;
    this.#updateLive(stored, { session, presence, documentsChecksum: checksum });
  }

  /** Puts a live session where its deadline is in the index of deadlines. */
  refile({ n, session, live }: StoredSession): void {
    const { presence = absent, documentsChecksum: checksum = null } = live ?? {};
    const row = toLiveRow(n, { session, presence, documentsChecksum: checksum });
    const [dueMinute, sum] = [valueIn(row, 'due_minute'), valueIn(row, 'checksum')];
    this.#run(sql.refile, [dueMinute, sum, n]);
  }

  /** Writes new documents, and what changed with them. */
  change(stored: StoredSession, session: SessionRecord): void {
    const { n, live } = stored;
    const presence = live?.presence ?? absent;
    const state = { session, presence, documentsChecksum: documentsChecksum(n, session) };
    this.#updateLive(stored, state);
    this.#putDocuments(n, session);
  }

  /** Writes the end of a session, erases its documents and contexts, keeps its stretches. */
  end(stored: StoredSession, { session, stretches }: SessionChange): void {
    const { n } = stored;
    const row = toSessionRow(n, session);
    const [closeTime, closeReason, requestTime, revision, checksum] = row.slice(12) as SqlValue[];
    const ended = [closeTime, closeReason, requestTime, revision, checksum, n];
    this.#eraseLive(n);
    this.#run(sql.endSession, ended as SqlValue[]);
    this.addStretches(stretches);
  }

  /** Removes a session. */
  remove(n: number): void {
    this.#eraseLive(n);
    this.#run('DELETE FROM sessions WHERE n = ?', [n]);
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
    for (const field of fields) this.#run(insertEntry(field), [`[${n}]`]);
    if (this.#pending === undefined) writeMark(this.#connection, n);
  }

  /** By what waits, or by the index; `values` are of the columns. */
  #rowOf(id: string, select: string, ...values: readonly SqlValue[]): SqlRow | undefined {
    for (const n of this.#pending?.numbers('id', id) ?? []) {
      const row = this.#connection.prepare(`${select} ${byNumber}`).get(...values, n);
      if (row !== undefined) return row;
    }
    return this.#connection.prepare(`${select} ${byId}`).get(...values, id);
  }

  #eraseLive(n: number): void {
    this.#run('DELETE FROM documents WHERE n = ?', [n]);
    this.#run('DELETE FROM live WHERE n = ?', [n]);
  }

  #putDocuments(n: number, { user, data }: Documents): void {
    this.#run(sql.putDocuments, [n, user ?? null, data ?? null]);
  }

  #updateLive(stored: StoredSession, state: LiveState): void {
    const dueMinute = filedMinuteOf(stored.live?.dueMinute ?? null, state.session);
    const row = toLiveRow(stored.n, { ...state, dueMinute });
    const value = (column: string): SqlValue => valueIn(row, column);
    const indexed = [
      ...(value('due_minute') === stored.live?.dueMinute ? [] : ['due_minute']),
      ...(value('presence_user') === stored.live?.presenceUser ? [] : ['presence_user']),
    ];
    const columns = [...movedColumns, ...indexed];
    const assignments = columns.map((column) => `${column} = ?`).join(', ');
    const text = `UPDATE live SET ${assignments} WHERE n = ?`;
    this.#run(text, [...columns.map(value), stored.n]);
  }

  #run(text: string, values: readonly SqlValue[]): void {
    this.#connection.prepare(text).run(...values);
  }
}

function valueIn(liveRow: readonly SqlValue[], column: string): SqlValue {
  return liveRow[liveRowColumns.indexOf(column)] ?? null;
}

/** @throws STORE_DAMAGED when a damaged index led to another session. */
function ofId(id: string, stored: StoredSession): StoredSession {
  if (stored.session.id === id) return stored;
  throw storeDamaged(new Error(`The index of ids has session ${stored.n} for another id`));
}

/** A session and its documents. @throws STORE_DAMAGED. */
function toStoredWithDocuments(found: SqlRow): StoredSession {
  const stored = toStored(found);
  const documents = toDocuments(stored, textOf(found[1]), textOf(found[2]));
  return { ...stored, session: { ...stored.session, ...documents } };
}

function toStored([bytes]: SqlRow): StoredSession {
  const row = rowOf(bytes);
  const summary = toStoredSummary(row);
  const contexts = toContexts(summary, row[afterSummary]);
  return { ...summary, session: { ...summary.session, contexts } };
}
