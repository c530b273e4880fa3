import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { invalidConfig } from '../../../errors/makers.js';
import { Connection, type SqlRow } from '../connection/connection.js';
import { entryFindings, type IndexedField, indexedFields } from '../indexes/index-entries.js';
import { readMark } from '../indexes/index-mark.js';
import { textOf } from '../rows/row-bytes.js';
import {
  afterSummary,
  checksumOf,
  toContexts,
  toDocuments,
  toStoredSummary,
} from '../rows/session-rows.js';
import { toStretch } from '../rows/stretch-rows.js';
import { isHeaderSound } from './open-database.js';
import { applicationId, isSchemaSound, schemaVersion } from './schema.js';
import { type KeyedRow, readRows, type TablePages, tablePages } from './table-pages.js';

/** How far {@link verifyDatabase} is in one of its parts. */
interface VerifyProgress {
  /** A table, whose rows count; then `pages` as one piece, and `indexes`. */
  readonly part: string;
  readonly done: number;
  readonly total: number;
}

/** What {@link verifyDatabase} can be told. */
export interface VerifyOptions {
  /** Hears of each batch of rows, and of each other piece before and after it. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

/** What a database looks like inside. */
export interface VerifyReport {
  /** Whether anything was found. */
  readonly damaged: boolean;
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Rows that are not what was written, or belong to nothing. */
  readonly damagedRows: number;
  /** Index entries that do not match their table. */
  readonly indexMismatches: number;
  /** The first findings, rows before pages and indexes. */
  readonly findings: readonly string[];
}

const findingLimit = 100;
const batchSize = 500;

/** How the rows of a table are read, and checked. */
interface TableCheck extends TablePages {
  /** @throws what is wrong with a row. */
  readonly check: (row: SqlRow) => void;
}

const checks: readonly TableCheck[] = [
  {
    ...tablePages.sessions,
    check: (row) => {
      const stored = toStoredSummary(row);
      const [contexts, user, data] = row.slice(afterSummary);
      toContexts(stored, contexts);
      toDocuments(stored, textOf(user), textOf(data));
    },
  },
  {
    table: 'live',
    sql:
      'SELECT l.n, s.n FROM live l LEFT JOIN sessions s ON s.n = l.n AND s.active = 1 ' +
      'WHERE l.n > ? ORDER BY l.n',
    start: [0],
    keyLength: 1,
    toRow: (found) => found,
    check: assertPartner,
  },
  {
    table: 'documents',
    sql:
      'SELECT d.n, l.documents_checksum FROM documents d LEFT JOIN live l ON l.n = d.n ' +
      'WHERE d.n > ? ORDER BY d.n',
    start: [0],
    keyLength: 1,
    toRow: (found) => found,
    check: assertPartner,
  },
  {
    ...tablePages.stretches,
    check: (row) => void toStretch(row),
  },
  {
    ...tablePages.requests,
    check: (row) => {
      if (checksumOf(row, 1, 4) !== row[4]) throw new Error('The checksum does not match');
    },
  },
];

function assertPartner([partner]: SqlRow): void {
  if (partner === null) throw new Error('It belongs to no live session');
}

/**
 * Reads a whole database, also beside the process that serves it: every row against its
 * checksum, every index against its table, and SQLite's own integrity check.
 * @throws INVALID_CONFIG when there is no such file, or it cannot be opened: that says nothing of damage.
 */
export async function verifyDatabase(
  path: string,
  { onProgress = () => undefined }: VerifyOptions = {},
): Promise<VerifyReport> {
  assertReadable(path);
  const report = new Report();
  try {
    const connection = new Connection(path, { readOnly: true });
    try {
      await verifyAll(connection, report, onProgress);
      // What SQLite reads all the same; of the rest it has told.
      if (!isHeaderSound(path)) report.add('the file: its header is damaged');
    } finally {
      connection.close();
    }
  } catch (caught) {
    if (isUnopened(caught)) throw invalidConfig(path, unopened, caught);
    report.add(`the file: ${messageOf(caught)}`);
  }
  return report.result();
}

const unopened = 'it cannot be opened: who reads it must be able to write beside it (-wal, -shm)';

function assertReadable(path: string): void {
  if (!existsSync(path)) throw invalidConfig(path, 'there is no such file');
  if (!statSync(path).isFile()) throw invalidConfig(path, 'it is not a file');
  try {
    accessSync(path, constants.R_OK);
  } catch (caught) {
    throw invalidConfig(path, 'it cannot be read by this user', caught);
  }
}

function isUnopened(caught: unknown): boolean {
  return (
    caught instanceof Error && 'code' in caught && /^SQLITE_CANTOPEN/.test(String(caught.code))
  );
}

class Report {
  readonly #rows: Record<string, number> = {};
  readonly #findings: string[] = [];
  #damaged = false;
  #damagedRows = 0;
  #indexMismatches = 0;

  count(table: string, rows: number): void {
    this.#rows[table] = rows;
  }

  add(finding: string): void {
    this.#damaged = true;
    if (this.#findings.length < findingLimit) this.#findings.push(finding);
  }

  addRow(finding: string): void {
    this.#damagedRows += 1;
    this.add(finding);
  }

  addMismatch(finding: string): void {
    this.#indexMismatches += 1;
    this.add(finding);
  }

  result(): VerifyReport {
    return {
      damaged: this.#damaged,
      rows: this.#rows,
      damagedRows: this.#damagedRows,
      indexMismatches: this.#indexMismatches,
      findings: this.#findings,
    };
  }
}

async function verifyAll(
  connection: Connection,
  report: Report,
  onProgress: (progress: VerifyProgress) => void,
): Promise<void> {
  const stranger = strangerFinding(connection);
  if (stranger !== undefined) {
    report.add(`the file: ${stranger}`);
    return;
  }
  if (!isSchemaSound(connection)) report.add('the schema: it is not what was made');
  for (const { table } of checks) report.count(table, countRows(connection, table));
  for (const check of checks) {
    const part = check.table;
    const total = report.result().rows[part] ?? 0;
    let done = 0;
    for (const rows of batchesOf(connection, check, report)) {
      done += rows;
      // The end is told once, below; rows may have come since they were counted.
      if (done < total) onProgress({ part, done, total });
      await nextTurn();
    }
    onProgress({ part, done: total, total });
  }
  await inPieces('pages', [() => verifyPages(connection, report)], onProgress);
  const indexes = indexedFields.map((field) => () => verifyEntries(connection, field, report));
  await inPieces('indexes', [...indexes, () => verifyMark(connection, report)], onProgress);
}

/** What cannot be done some rows at a time: tells before each piece how many are done. */
async function inPieces(
  part: string,
  pieces: readonly (() => void)[],
  onProgress: (progress: VerifyProgress) => void,
): Promise<void> {
  const total = pieces.length;
  for (const [done, piece] of pieces.entries()) {
    onProgress({ part, done, total });
    await nextTurn();
    piece();
  }
  onProgress({ part, done: total, total });
}

function verifyEntries(connection: Connection, field: IndexedField, report: Report): void {
  const findings = entryFindings(connection, findingLimit, [field]);
  for (const finding of findings) report.addMismatch(finding);
}

function verifyMark(connection: Connection, report: Report): void {
  try {
    readMark(connection);
  } catch (caught) {
    report.addMismatch(messageOf(causeOf(caught)));
  }
}

/** Checks the rows of a table, some at a time, so that nothing is held for long. */
function* batchesOf(
  connection: Connection,
  check: TableCheck,
  report: Report,
): Generator<number, void> {
  let key = check.start;
  for (;;) {
    const rows = readBatch(connection, check, key, report);
    for (const row of rows) checkRow(check, row, report);
    yield rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < batchSize) return;
    key = last.key;
  }
}

function readBatch(
  connection: Connection,
  check: TableCheck,
  after: SqlRow,
  report: Report,
): readonly KeyedRow[] {
  try {
    return readRows(connection, check, { after, limit: batchSize });
  } catch (caught) {
    report.add(`${check.table}: some rows cannot be read: ${messageOf(caught)}`);
    return [];
  }
}

function checkRow(check: TableCheck, { key, row }: KeyedRow, report: Report): void {
  try {
    check.check(row);
  } catch (caught) {
    report.addRow(`${check.table} ${describeKey(check, key)}: ${messageOf(causeOf(caught))}`);
  }
}

/** Bytes of a key that is bytes in hex, those of texts as text. */
function describeKey({ table }: TableCheck, key: SqlRow): string {
  const encoding = table === 'requests' ? 'hex' : 'utf8';
  return key.map((part) => (Buffer.isBuffer(part) ? part.toString(encoding) : part)).join(' ');
}

function verifyPages(connection: Connection, report: Report): void {
  const findings = connection.prepare(`PRAGMA integrity_check(${findingLimit})`).all();
  for (const [finding] of findings) {
    const text = String(finding).replaceAll(/\s+/g, ' ');
    if (text === 'ok') continue;
    if (/\bindex\b/.test(text)) report.addMismatch(text);
    else report.add(text);
  }
}

/** Why a file cannot be read as one of this version; `undefined` when it can. */
function strangerFinding(connection: Connection): string | undefined {
  const version = Number(connection.pragma('user_version'));
  if (connection.pragma('application_id') !== applicationId || version > schemaVersion) {
    return 'it is no database of this version of the service';
  }
  if (version === schemaVersion) return undefined;
  return `its schema has version ${version}; start this version of the service with it once`;
}

function countRows(connection: Connection, table: string): number {
  return Number(connection.prepare(`SELECT count(*) FROM ${table}`).get()?.[0] ?? 0);
}

function causeOf(caught: unknown): unknown {
  return caught instanceof Error && caught.cause !== undefined ? caught.cause : caught;
}

function messageOf(caught: unknown): string {
  return caught instanceof Error ? caught.message : String(caught);
}
