import type { SessionRecord } from '../../../domain/session.js';
import type { Connection } from '../connection/connection.js';

/**
 * The indexes that this store keeps itself, in tables of their own: one entry for each session that
 * has the field. New sessions come in random order there, and SQLite would write a page for each
 * entry; so entries wait (`PendingEntries`) and are merged in the order of their key
 * (`IndexMerge`). Triggers keep an entry that is merged as its row is.
 */
export const indexedFields = ['id', 'userId', 'deviceId', 'address'] as const;

/** A field of a session with an index of this kind. */
export type IndexedField = (typeof indexedFields)[number];

/** Whether a field has an index of this kind. */
export function isIndexed(field: string | undefined): field is IndexedField {
  return indexedFields.some((one) => one === field);
}

/** The values of a session that its entries are found by. */
export type IndexedValues = Pick<SessionRecord, IndexedField>;

/** Where the entries of a field stand. */
export interface EntryTable {
  readonly table: string;
  /** Of `sessions`, and of the table. */
  readonly column: string;
  /** Whether entries have what lists are ordered by; those of the id do not. */
  readonly ordered: boolean;
}

/** Where the entries of each field stand. */
export const entryTables: { readonly [Field in IndexedField]: EntryTable } = {
  id: { table: 'index_ids', column: 'id', ordered: false },
  userId: { table: 'index_users', column: 'user_id', ordered: true },
  deviceId: { table: 'index_devices', column: 'device_id', ordered: true },
  address: { table: 'index_addresses', column: 'address', ordered: true },
};

/**
 * Lists are in the order of `open_time` descending, then `id`. The first characters of the id
 * in an index are enough to keep that order but for a rare tie, and a tenth of its size.
 */
export function idPrefix(id: string): string {
  return `substr(${id}, 1, 6)`;
}

const all = Object.values(entryTables);

/** Condition of the entry of a row that is named `row`; `entry` names the table, or nothing. */
function isEntryOf(row: string, { column, ordered }: EntryTable, entry = ''): string {
  const same = (name: string) => `${entry}${name} = ${row}.${name}`;
  if (!ordered) return `${same(column)} AND ${same('n')}`;
  const prefix = `${entry}prefix = ${idPrefix(`${row}.id`)}`;
  return [same(column), same('active'), same('open_time'), prefix, same('n')].join(' AND ');
}

/** The tables of entries, and what keeps merged ones as their rows are; one statement each. */
export const entrySchema: readonly string[] = [
  ...all.map(({ table, column, ordered }) =>
    ordered
      ? `CREATE TABLE ${table} (
  ${column} TEXT NOT NULL,
  active INTEGER NOT NULL,
  open_time INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (${column}, active, open_time, prefix DESC, n)
) WITHOUT ROWID`
      : `CREATE TABLE ${table} (
  ${column} TEXT PRIMARY KEY,
  n INTEGER NOT NULL
) WITHOUT ROWID`,
  ),
  `CREATE TABLE index_mark (
  n INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT`,
  `CREATE TRIGGER sessions_ended AFTER UPDATE OF active ON sessions BEGIN
${all
  .filter(({ ordered }) => ordered)
  .map(
    (entry) => `  UPDATE ${entry.table} SET active = new.active WHERE ${isEntryOf('old', entry)};`,
  )
  .join('\n')}
END`,
  `CREATE TRIGGER sessions_removed AFTER DELETE ON sessions BEGIN
${all.map((entry) => `  DELETE FROM ${entry.table} WHERE ${isEntryOf('old', entry)};`).join('\n')}
END`,
];

/** Condition of a row of `sessions s`: that its entry is merged. */
export function isMerged(field: IndexedField): string {
  const entry = entryTables[field];
  return `EXISTS (SELECT 1 FROM ${entry.table} WHERE ${isEntryOf('s', entry, `${entry.table}.`)})`;
}

/** Writes the entries of sessions with these numbers, but for those that are there. */
export function mergeEntries(field: IndexedField, numbers: readonly number[]): string {
  const listed = `json_each('${JSON.stringify(numbers)}') j CROSS JOIN sessions s ON s.n = j.value`;
  return `INSERT OR IGNORE INTO ${selectEntries(field, listed)}`;
}

/** Writes the entry of the session with this number, which has none. */
export function insertEntry(field: IndexedField): string {
  return `INSERT INTO ${selectEntries(field, 'sessions s')} AND s.n = ?`;
}

/** Removes the entries of a session by looking at all: a damaged row does not say what they are. */
export function removeAllEntries(connection: Connection, n: number): void {
  for (const { table } of all) connection.prepare(`DELETE FROM ${table} WHERE n = ?`).run(n);
}

/** Writes the entries of all sessions, when there are none. */
export function writeAllEntries(field: IndexedField): string {
  return `INSERT INTO ${selectEntries(field, 'sessions s')} ORDER BY 1`;
}

function selectEntries(field: IndexedField, sessions: string): string {
  const { table, column, ordered } = entryTables[field];
  const [value, number] = [`s.${column}`, 's.n'];
  const ordering = ['s.active', 's.open_time', idPrefix('s.id')];
  const entry = ordered ? [value, ...ordering, number] : [value, number];
  return `${table} SELECT ${entry.join(', ')} FROM ${sessions} WHERE ${value} IS NOT NULL`;
}

/** Numbers of sessions up to the mark whose entry is not there. */
function missingEntries(field: IndexedField): string {
  return (
    'SELECT s.n FROM sessions s WHERE s.n <= (SELECT n FROM index_mark) ' +
    `AND s.${entryTables[field].column} IS NOT NULL AND NOT ${isMerged(field)} LIMIT ?`
  );
}

/** Numbers that entries have that are of no session, or not what it says. */
function strayEntries(field: IndexedField): string {
  const entry = entryTables[field];
  return (
    `SELECT k.n FROM ${entry.table} k WHERE NOT EXISTS ` +
    `(SELECT 1 FROM sessions s WHERE ${isEntryOf('s', entry, 'k.')}) LIMIT ?`
  );
}

/** At most `limit` things of each kind that do not fit between sessions and entries of some fields. */
export function entryFindings(
  connection: Connection,
  limit: number,
  fields: readonly IndexedField[] = indexedFields,
): readonly string[] {
  return fields.flatMap((field) => {
    const numbers = (sql: string) =>
      connection
        .prepare(sql)
        .all(limit)
        .map(([n]) => Number(n));
    const { table } = entryTables[field];
    return [
      ...numbers(missingEntries(field)).map((n) => `session ${n} is missing from index ${table}`),
      ...numbers(strayEntries(field)).map(
        (n) => `an entry of index ${table} is not that of session ${n}`,
      ),
    ];
  });
}
