import type { Connection } from '../connection/connection.js';
import {
  entrySchema,
  entryTables,
  idPrefix,
  indexedFields,
  writeAllEntries,
} from '../indexes/index-entries.js';
import { createMark, highestNumber, writeMark } from '../indexes/index-mark.js';
import { textAsBytes, textOf } from '../rows/row-bytes.js';

/** Version of the schema; a file with a higher one is refused (DESIGN §2). */
export const schemaVersion = 2;

/** Marks a file as ours in SQLite's header: "SVSS". */
export const applicationId = 0x53_56_53_53;

const listOrder = `open_time, ${idPrefix('id')} DESC`;

/**
 * `sessions` holds what beats do not move, and what lists are ordered and filtered by. `live`
 * has one narrow row per session without a written end, `documents` what only a session alone
 * answers. Times are milliseconds since 1970, checksums CRC-32 of the row.
 */
const sessionsTable = `CREATE TABLE sessions (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  user_name TEXT,
  device_id TEXT,
  kind TEXT NOT NULL,
  address TEXT,
  client TEXT,
  active INTEGER NOT NULL,
  open_time INTEGER NOT NULL,
  idle_timeout INTEGER,
  absolute_expire_time INTEGER,
  close_time INTEGER,
  close_reason TEXT,
  request_time INTEGER,
  revision INTEGER,
  checksum INTEGER NOT NULL
) STRICT`;

const otherTables = `CREATE TABLE live (
  n INTEGER PRIMARY KEY,
  request_time INTEGER NOT NULL,
  expire_time INTEGER,
  due_minute INTEGER,
  revision INTEGER NOT NULL,
  presence_user TEXT,
  busy_until INTEGER NOT NULL,
  available_until INTEGER NOT NULL,
  gone_after INTEGER NOT NULL,
  documents_checksum INTEGER,
  contexts_checksum INTEGER,
  checksum INTEGER NOT NULL,
  contexts TEXT
) STRICT;
CREATE TABLE documents (
  n INTEGER PRIMARY KEY,
  user TEXT,
  data TEXT
) STRICT;
CREATE TABLE stretches (
  session_id TEXT NOT NULL,
  context_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  activity TEXT NOT NULL,
  from_time INTEGER NOT NULL,
  to_time INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  device_id TEXT,
  path TEXT,
  visible INTEGER NOT NULL,
  promise INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (session_id, context_id, epoch, seq, activity, from_time)
) STRICT, WITHOUT ROWID;
CREATE TABLE requests (
  key BLOB PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  session_id TEXT NOT NULL,
  expire_time INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID`;

const indexes = `CREATE INDEX sessions_all ON sessions (active, ${listOrder});
CREATE INDEX sessions_kind ON sessions (kind, active, ${listOrder});
CREATE INDEX sessions_client ON sessions (client, active, ${listOrder}) WHERE client IS NOT NULL;
CREATE INDEX sessions_reason ON sessions (close_reason, ${listOrder})
  WHERE close_reason IS NOT NULL;
CREATE INDEX sessions_closed ON sessions (close_time) WHERE close_time IS NOT NULL;
CREATE INDEX live_due ON live (due_minute) WHERE due_minute IS NOT NULL;
CREATE INDEX live_presence ON live (presence_user) WHERE presence_user IS NOT NULL;
CREATE INDEX stretches_to ON stretches (to_time);
CREATE INDEX requests_expire ON requests (expire_time)`;

const statements = [
  sessionsTable,
  ...otherTables.split(';\n'),
  ...indexes.split(';\n'),
  ...entrySchema,
];

/** Of version 1, which had SQLite keep all indexes. */
const formerSessionsTable = sessionsTable.replace('id TEXT NOT NULL', 'id TEXT NOT NULL UNIQUE');
const formerIndexes = [
  `CREATE INDEX sessions_user ON sessions (user_id, active, ${listOrder})`,
  `CREATE INDEX sessions_device ON sessions (device_id, active, ${listOrder})
  WHERE device_id IS NOT NULL`,
  `CREATE INDEX sessions_address ON sessions (address, active, ${listOrder})
  WHERE address IS NOT NULL`,
];

/** Makes tables and indexes and marks the file as ours, inside the transaction that is open. */
export function createSchema(connection: Connection): void {
  for (const statement of statements) connection.exec(statement);
  createMark(connection);
  connection.exec(`PRAGMA application_id = ${applicationId}`);
  connection.exec(`PRAGMA user_version = ${schemaVersion}`);
}

/** Whether everything that {@link createSchema} made is there as it was made. */
export function isSchemaSound(connection: Connection): boolean {
  return areThere(connection, statements);
}

/** Whether everything is there as version 1 made it. */
export function isFormerSchemaSound(connection: Connection): boolean {
  const former = statements.filter((text) => text !== sessionsTable && !entrySchema.includes(text));
  return areThere(connection, [...former, formerSessionsTable, ...formerIndexes]);
}

/**
 * Makes of version 1 what {@link createSchema} makes, inside the transaction that is open: the table
 * of sessions anew, without an index of ids, and the entries of all sessions. Ids are taken from their
 * index, so that a session whose row is damaged is found by its own, as before.
 */
export function migrateSchema(connection: Connection): void {
  connection.exec('ALTER TABLE sessions RENAME TO former_sessions');
  for (const statement of [sessionsTable, ...entrySchema]) connection.exec(statement);
  connection.exec(
    `INSERT INTO ${entryTables.id.table} ` +
      'SELECT id, n FROM former_sessions INDEXED BY sqlite_autoindex_former_sessions_1 ORDER BY id',
  );
  connection.exec('INSERT INTO sessions SELECT * FROM former_sessions ORDER BY n');
  connection.exec('DROP TABLE former_sessions');
  const there = storedStatements(connection);
  for (const statement of statements) if (!there.includes(statement)) connection.exec(statement);
  for (const field of indexedFields) {
    if (field !== 'id') connection.exec(writeAllEntries(field));
  }
  createMark(connection);
  writeMark(connection, highestNumber(connection));
  connection.exec(`PRAGMA user_version = ${schemaVersion}`);
}

function areThere(connection: Connection, wanted: readonly string[]): boolean {
  const found = storedStatements(connection);
  return wanted.every((statement) => found.includes(statement));
}

function storedStatements(connection: Connection): readonly (string | null)[] {
  return connection
    .prepare(`SELECT ${textAsBytes('sql')} FROM sqlite_schema`)
    .all()
    .map(([text]) => textOf(text));
}
