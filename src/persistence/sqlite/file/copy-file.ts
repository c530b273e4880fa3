import { existsSync, renameSync, rmSync } from 'node:fs';
import { absent } from '../../../domain/presence.js';
import type {
  CopiedRecords,
  CopiedRequest,
  CopiedSession,
  CopyPage,
  CopyPart,
  CopyPlace,
  CopySource,
  CopyTarget,
} from '../../copy/copy-store.js';
import type { Connection, SqlRow } from '../connection/connection.js';
import { ServingLock } from '../connection/serving-lock.js';
import { textAsBytes, textOf } from '../rows/row-bytes.js';
import {
  afterSummary,
  checksumOf,
  toContexts,
  toDocuments,
  toStoredSummary,
} from '../rows/session-rows.js';
import { toStretch } from '../rows/stretch-rows.js';
import { SessionTable } from '../sessions/session-table.js';
import { databasePath } from './database-path.js';
import { assertFolder, inspecting, isEmpty, openDatabase, refusePath } from './open-database.js';
import { createSchema } from './schema.js';
import { readRows, type TablePages, tablePages } from './table-pages.js';

/** How a part is read, and what one of its rows is. */
interface PartRows<Part extends CopyPart> extends TablePages {
  readonly toRecord: (row: SqlRow) => CopiedRecords[Part];
}

const placeQuery = `SELECT ${textAsBytes('source')}, ${textAsBytes('place')} FROM copy_place`;

const parts: { readonly [Part in CopyPart]: PartRows<Part> } = {
  sessions: { ...tablePages.sessions, toRecord: toSession },
  stretches: { ...tablePages.stretches, toRecord: toStretch },
  requests: { ...tablePages.requests, toRecord: toRequest },
};

/**
 * Opens a database for a copy, which holds its lock until it is closed.
 * @throws INVALID_CONFIG when it is not there, is served, or is none that this version reads.
 */
export function openFileSource(path: string): CopySource {
  const file = databasePath(path);
  if (!existsSync(file)) throw refusePath(file, 'there is no such file');
  const lock = takeLock(file);
  try {
    // As a start does, which also brings a log that a crash left into the file.
    return new FileCopy(file, openDatabase(file), lock);
  } catch (caught) {
    lock.release();
    throw caught;
  }
}

/**
 * A database that a copy makes: beside its place, under a name of its own, until it is finished.
 * @throws INVALID_CONFIG when something is in its place, or another copy is making it.
 */
export function openFileTarget(path: string): CopyTarget {
  const file = databasePath(path);
  assertFolder(file);
  const lock = takeLock(file);
  try {
    if (existsSync(file)) throw refusePath(file, 'it exists already; a copy makes a new one');
    return new FileTarget(file, lock);
  } catch (caught) {
    lock.release();
    throw caught;
  }
}

function takeLock(file: string): ServingLock {
  const lock = inspecting(file, () => ServingLock.take(`${file}.lock`));
  if (lock === undefined) throw refusePath(file, 'a process serves or copies it; stop it first');
  return lock;
}

/** A database, as a copy reads it. */
class FileCopy implements CopySource {
  readonly name: string;
  readonly #connection: Connection;
  readonly #lock: ServingLock;
  #isOpen = true;

  constructor(file: string, connection: Connection, lock: ServingLock) {
    this.name = `file ${file}`;
    this.#connection = connection;
    this.#lock = lock;
  }

  async count(part: CopyPart): Promise<number> {
    return countRows(this.#connection, parts[part].table);
  }

  async read<Part extends CopyPart>(part: Part, after: string | undefined, limit: number) {
    return readPage(this.#connection, part, { after, limit });
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#connection.close();
    this.#lock.release();
  }
}

/** A database, as a copy makes it. */
class FileTarget implements CopyTarget {
  readonly name: string;
  readonly #file: string;
  readonly #partial: string;
  readonly #lock: ServingLock;
  #connection: Connection | undefined;
  #table: SessionTable | undefined;
  #isOpen = true;

  constructor(file: string, lock: ServingLock) {
    this.name = `file ${file}`;
    this.#file = file;
    this.#partial = `${file}.copying`;
    this.#lock = lock;
  }

  async begin(source: string): Promise<CopyPlace | undefined> {
    // A connection of a run that broke off in this process may be open still (see Connection.close),
    // and with a write-ahead log would have its lock.
    const connection = openDatabase(this.#partial, { journalMode: 'DELETE' });
    this.#connection = connection;
    if (isEmpty(connection)) {
      transact(connection, () => {
        createSchema(connection);
        createPlace(connection, source, null);
      });
    } else if (!hasPlace(connection)) {
      // A run that ended before it gave the file its name: all was there, and is compared again.
      transact(connection, () => createPlace(connection, source, JSON.stringify({ part: 'end' })));
    }
    this.#table = new SessionTable(connection);
    const [former, place] = connection.prepare(placeQuery).get()?.map(textOf) ?? [];
    if (former !== source) {
      const reason = `it is an unfinished copy of ${String(former)}; begin anew with --restart`;
      throw refusePath(this.#partial, reason);
    }
    return typeof place === 'string' ? (JSON.parse(place) as CopyPlace) : undefined;
  }

  async count(part: CopyPart): Promise<number> {
    return countRows(this.#opened, parts[part].table);
  }

  async read<Part extends CopyPart>(part: Part, after: string | undefined, limit: number) {
    return readPage(this.#opened, part, { after, limit });
  }

  async write<Part extends CopyPart>(
    part: Part,
    records: readonly CopiedRecords[Part][],
    place: CopyPlace,
  ): Promise<void> {
    const connection = this.#opened;
    // One transaction: what is noted is there, and what is not will come again.
    transact(connection, () => {
      for (const record of records) this.#insert({ part, record } as AnyRecord);
      connection.prepare('UPDATE copy_place SET place = ?').run(JSON.stringify(place));
    });
  }

  async finish(): Promise<void> {
    const connection = this.#opened;
    connection.exec('DROP TABLE copy_place');
    connection.close();
    this.#connection = undefined;
    renameSync(this.#partial, this.#file);
  }

  async discard(): Promise<void> {
    this.#connection?.close();
    this.#connection = undefined;
    for (const ending of ['', '-journal']) rmSync(this.#partial + ending, { force: true });
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#connection?.close();
    this.#lock.release();
  }

  get #opened(): Connection {
    if (this.#connection === undefined) throw new Error('The copy has not begun');
    return this.#connection;
  }

  #insert({ part, record }: AnyRecord): void {
    if (part === 'sessions') this.#insertSession(record);
    else if (part === 'stretches') this.#table?.addStretches([record]);
    else this.#insertRequest(record);
  }

  #insertSession({ session, presence }: CopiedSession): void {
    this.#table?.insert(session);
    if (presence.goneAfter <= absent.goneAfter) return;
    const stored = this.#table?.find(session.id);
    if (stored !== undefined) this.#table?.move(stored, session, presence);
  }

  #insertRequest({ key, fingerprint, sessionId, expireTime }: CopiedRequest): void {
    const values = [fingerprint, sessionId, expireTime];
    this.#opened
      .prepare('INSERT INTO requests VALUES (?, ?, ?, ?, ?)')
      .run(Buffer.from(key, 'hex'), ...values, checksumOf(values));
  }
}

type AnyRecord = {
  readonly [Part in CopyPart]: { readonly part: Part; readonly record: CopiedRecords[Part] };
}[CopyPart];

/** Notes how far a copy of a source is. */
function createPlace(connection: Connection, source: string, place: string | null): void {
  connection.exec('CREATE TABLE copy_place (source TEXT, place TEXT)');
  connection.prepare('INSERT INTO copy_place VALUES (?, ?)').run(source, place);
}

function hasPlace(connection: Connection): boolean {
  const sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'copy_place'";
  return connection.prepare(sql).get()?.[0] === 1;
}

function transact(connection: Connection, work: () => void): void {
  connection.exec('BEGIN IMMEDIATE');
  try {
    work();
    connection.exec('COMMIT');
  } catch (caught) {
    connection.rollBack();
    throw caught;
  }
}

function readPage<Part extends CopyPart>(
  connection: Connection,
  part: Part,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): CopyPage<Part> {
  const { table, start, keyLength, toRecord } = parts[part];
  const place = after === undefined ? start : decodeKey(after);
  const rows = readRows(connection, parts[part], { after: place, limit });
  const records: CopiedRecords[Part][] = [];
  const damaged: string[] = [];
  for (const { row } of rows) {
    try {
      records.push(toRecord(row));
    } catch (caught) {
      damaged.push(`${table} ${encodeKey(row.slice(0, keyLength))}: ${reasonOf(caught)}`);
    }
  }
  const last = rows.length < limit ? undefined : rows.at(-1);
  if (last === undefined) return { records, damaged };
  return { records, damaged, next: encodeKey(last.key) };
}

function toSession(row: SqlRow): CopiedSession {
  const stored = toStoredSummary(row);
  const [contexts, user, data] = row.slice(afterSummary);
  const documents = toDocuments(stored, textOf(user), textOf(data));
  const session = { ...stored.session, ...documents, contexts: toContexts(stored, contexts) };
  return { session, presence: stored.live?.presence ?? absent };
}

function toRequest(row: SqlRow): CopiedRequest {
  const [key, fingerprint, sessionId, expireTime, checksum] = row;
  if (checksum !== checksumOf(row, 1, 4)) throw new Error('The checksum does not match');
  return {
    key: (key as Buffer).toString('hex'),
    fingerprint: String(fingerprint),
    sessionId: String(sessionId),
    expireTime: Number(expireTime),
  };
}

function countRows(connection: Connection, table: string): number {
  return Number(connection.prepare(`SELECT count(*) FROM ${table}`).get()?.[0] ?? 0);
}

/** A key as text: bytes as hex under a name. */
function encodeKey(key: SqlRow): string {
  return JSON.stringify(
    key.map((part) => (Buffer.isBuffer(part) ? { hex: part.toString('hex') } : part)),
  );
}

function decodeKey(text: string): SqlRow {
  const parsed = JSON.parse(text) as readonly (string | number | { readonly hex: string })[];
  return parsed.map((part) => (typeof part === 'object' ? Buffer.from(part.hex, 'hex') : part));
}

function reasonOf(caught: unknown): string {
  const cause = caught instanceof Error && caught.cause !== undefined ? caught.cause : caught;
  return cause instanceof Error ? cause.message : String(cause);
}
