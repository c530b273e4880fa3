import { existsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { invalidConfig } from '../../errors/makers.js';
import { Connection, type SqlRow } from './connection.js';
import { applicationId, isSchemaSound, schemaVersion } from './schema.js';
import {
  afterSummary,
  checksumOf,
  summaryColumns,
  toContexts,
  toDocuments,
  toStoredSummary,
} from './session-rows.js';
import { toStretch } from './stretch-rows.js';

/** What {@link verifyDatabase} can be told. */
export interface VerifyOptions {
  /** Hears how many rows are done, and of how many. */
  readonly onProgress?: (done: number, total: number) => void;
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

/** How the rows of a table are read, in the order of their key, and checked. */
interface TableCheck {
  readonly table: string;
  /** Selects the rows behind a key, the first ones for `start`. */
  readonly sql: string;
  readonly start: SqlRow;
  readonly keyOf: (row: SqlRow) => SqlRow;
  /** @throws what is wrong with a row. */
  readonly check: (row: SqlRow) => void;
}

const checks: readonly TableCheck[] = [
  {
    table: 'sessions',
    sql:
      `SELECT ${summaryColumns}, l.contexts, d.user, d.data FROM sessions s ` +
      'LEFT JOIN live l ON l.n = s.n LEFT JOIN documents d ON d.n = s.n WHERE s.n > ? ORDER BY s.n',
    start: [0],
    keyOf: (row) => row.slice(0, 1),
    check: (row) => {
      const stored = toStoredSummary(row);
      toContexts(stored, row[afterSummary]);
      toDocuments(stored, row[afterSummary + 1] ?? null, row[afterSummary + 2] ?? null);
    },
  },
  {
    table: 'live',
    sql:
      'SELECT l.n, s.n FROM live l LEFT JOIN sessions s ON s.n = l.n AND s.active = 1 ' +
      'WHERE l.n > ? ORDER BY l.n',
    start: [0],
    keyOf: (row) => row.slice(0, 1),
    check: assertPartner,
  },
  {
    table: 'documents',
    sql:
      'SELECT d.n, l.documents_checksum FROM documents d LEFT JOIN live l ON l.n = d.n ' +
      'WHERE d.n > ? ORDER BY d.n',
    start: [0],
    keyOf: (row) => row.slice(0, 1),
    check: assertPartner,
  },
  {
    table: 'stretches',
    sql:
      'SELECT * FROM stretches WHERE (session_id, context_id, epoch, seq, activity, from_time) > ' +
      '(?, ?, ?, ?, ?, ?) ORDER BY session_id, context_id, epoch, seq, activity, from_time',
    start: ['', '', -1, -1, '', Number.MIN_SAFE_INTEGER],
    keyOf: (row) => row.slice(0, 6),
    check: (row) => void toStretch(row),
  },
  {
    table: 'requests',
    sql: 'SELECT * FROM requests WHERE key > ? ORDER BY key',
    start: [Buffer.alloc(0)],
    keyOf: (row) => row.slice(0, 1),
    check: (row) => {
      if (checksumOf(row, 1, 4) !== row[4]) throw new Error('The checksum does not match');
    },
  },
];

function assertPartner(row: SqlRow): void {
  if (row[1] === null) throw new Error('It belongs to no live session');
}

/**
 * Reads a whole database, also beside the process that serves it: every row against its
 * checksum, every index against its table, and SQLite's own integrity check.
 * @throws INVALID_CONFIG when there is no such file.
 */
export async function verifyDatabase(
  path: string,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  if (!existsSync(path)) throw invalidConfig(path, 'there is no such file');
  const report = new Report();
  try {
    const connection = new Connection(path, { readOnly: true });
    try {
      await verifyAll(connection, report, options);
    } finally {
      connection.close();
    }
  } catch (caught) {
    report.add(`the file: ${messageOf(caught)}`);
  }
  return report.result();
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
  { onProgress }: VerifyOptions,
): Promise<void> {
  if (!isOurs(connection)) {
    report.add('the file: it is no database of this version of the service');
    return;
  }
  if (!isSchemaSound(connection)) report.add('the schema: it is not what was made');
  for (const { table } of checks) report.count(table, countRows(connection, table));
  const total = Object.values(report.result().rows).reduce((sum, count) => sum + count, 0);
  let done = 0;
  for (const check of checks) {
    for (const rows of batchesOf(connection, check, report)) {
      done += rows;
      // Rows may have come since they were counted.
      onProgress?.(Math.min(done, total), total);
      await nextTurn();
    }
  }
  onProgress?.(total, total);
  verifyPages(connection, report);
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
    key = check.keyOf(last);
  }
}

function readBatch(
  connection: Connection,
  { sql, table }: TableCheck,
  key: SqlRow,
  report: Report,
): readonly SqlRow[] {
  try {
    return connection.prepare(`${sql} LIMIT ${batchSize}`).all(...key);
  } catch (caught) {
    report.add(`${table}: some rows cannot be read: ${messageOf(caught)}`);
    return [];
  }
}

function checkRow(check: TableCheck, row: SqlRow, report: Report): void {
  try {
    check.check(row);
  } catch (caught) {
    const cause = caught instanceof Error && caught.cause !== undefined ? caught.cause : caught;
    const key = check
      .keyOf(row)
      .map((part) => (Buffer.isBuffer(part) ? part.toString('hex') : part));
    report.addRow(`${check.table} ${key.join(' ')}: ${messageOf(cause)}`);
  }
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

function isOurs(connection: Connection): boolean {
  return (
    connection.pragma('application_id') === applicationId &&
    Number(connection.pragma('user_version')) <= schemaVersion
  );
}

function countRows(connection: Connection, table: string): number {
  return Number(connection.prepare(`SELECT count(*) FROM ${table}`).get()?.[0] ?? 0);
}

function messageOf(caught: unknown): string {
  return caught instanceof Error ? caught.message : String(caught);
}
