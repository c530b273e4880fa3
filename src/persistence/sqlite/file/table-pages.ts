import type { Connection, SqlRow } from '../connection/connection.js';
import { asBytes, rowOf, textAsBytes, textOf } from '../rows/row-bytes.js';
import { stretchColumns } from '../rows/stretch-rows.js';
import { requestColumns } from '../sessions/request-table.js';
import { columnsWithDocuments, fromWithDocuments } from '../sessions/session-table.js';

/** How all rows of a table are read, some at a time, in the order of their key. */
export interface TablePages {
  readonly table: string;
  /** Selects the rows behind a key: first what the key is, then what the row is. */
  readonly sql: string;
  /** Before all keys. */
  readonly start: SqlRow;
  readonly keyLength: number;
  /** The row, by what follows the key. */
  readonly toRow: (found: SqlRow) => SqlRow;
}

/** A row of a table. */
export interface KeyedRow {
  /** As it is stored, ill-formed text too: what follows it is found by it. */
  readonly key: SqlRow;
  readonly row: SqlRow;
}

/** The tables that hold what callers said. */
export const tablePages = {
  /** Columns as in `summaryColumns`, then contexts, `user` and `data`. */
  sessions: {
    table: 'sessions',
    sql: `SELECT s.n, ${columnsWithDocuments} ${fromWithDocuments} WHERE s.n > ? ORDER BY s.n`,
    start: [0],
    keyLength: 1,
    toRow: ([bytes, user, data]) => [...rowOf(bytes), textOf(user), textOf(data)],
  },
  stretches: {
    table: 'stretches',
    sql:
      `SELECT ${textAsBytes('session_id')}, ${textAsBytes('context_id')}, epoch, seq, ` +
      `${textAsBytes('activity')}, from_time, ${asBytes(stretchColumns)} FROM stretches ` +
      'WHERE (session_id, context_id, epoch, seq, activity, from_time) > ' +
      '(CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, CAST(? AS TEXT), ?) ' +
      'ORDER BY session_id, context_id, epoch, seq, activity, from_time',
    start: ['', '', -1, -1, '', Number.MIN_SAFE_INTEGER],
    keyLength: 6,
    toRow: ([bytes]) => rowOf(bytes),
  },
  /** The key, then columns as in {@link requestColumns}. */
  requests: {
    table: 'requests',
    sql: `SELECT key, key, ${asBytes(requestColumns)} FROM requests WHERE key > ? ORDER BY key`,
    start: [Buffer.alloc(0)],
    keyLength: 1,
    toRow: ([key = null, bytes]) => [key, ...rowOf(bytes)],
  },
} as const satisfies Readonly<Record<string, TablePages>>;

/** At most `limit` rows behind a key. */
export function readRows(
  connection: Connection,
  { sql, keyLength, toRow }: TablePages,
  { after, limit }: { readonly after: SqlRow; readonly limit: number },
): readonly KeyedRow[] {
  const found = connection.prepare(`${sql} LIMIT ${limit}`).all(...after);
  return found.map((values) => ({
    key: values.slice(0, keyLength),
    row: toRow(values.slice(keyLength)),
  }));
}
