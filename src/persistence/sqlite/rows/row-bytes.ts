import type { SqlRow, SqlValue } from '../connection/connection.js';

/** Columns that hold text; all others that are read so hold numbers. */
const textColumns: ReadonlySet<string> = new Set([
  ...['id', 'user_id', 'user_name', 'device_id', 'kind', 'address', 'client', 'close_reason'],
  ...['presence_user', 'contexts', 'session_id', 'context_id', 'activity', 'path', 'fingerprint'],
]);

/**
 * Columns as one value, JSON in bytes, for {@link rowOf}. The binding ends the process at a text that
 * is not UTF-8, as a flipped bit makes it; here it reads as another text, whose checksum is wrong.
 */
export function asBytes(columns: readonly string[], ...others: readonly string[]): string {
  return `CAST(${asJsonArray(columns, ...others)} AS BLOB)`;
}

/** The same as JSON text, to be put into such a value; `others` are expressions that are JSON already. */
export function asJsonArray(columns: readonly string[], ...others: readonly string[]): string {
  return `json_array(${[...columns.map(asHeld), ...others].join(', ')})`;
}

/** A text as bytes, for {@link textOf}. */
export function textAsBytes(column: string): string {
  return `CAST(${column} AS BLOB)`;
}

/** The row of {@link asBytes}. */
export function rowOf(bytes: SqlValue | undefined): SqlRow {
  return JSON.parse(String(bytes)) as SqlRow;
}

/** The text of {@link textAsBytes}. */
export function textOf(bytes: SqlValue | undefined): string | null {
  return bytes === null || bytes === undefined ? null : String(bytes);
}

/** A flipped bit makes a BLOB of a value too, which JSON cannot hold. */
function asHeld(column: string): string {
  const name = column.replace(/^\w+\./, '');
  return textColumns.has(name) ? `${column} || ''` : `${column} + 0`;
}
