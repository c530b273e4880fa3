import type { Connection } from './connection.js';
import { textAsBytes, textOf } from './row-bytes.js';

/** Version of the schema; a file with a higher one is refused (DESIGN §2). */
export const schemaVersion = 1;

/** Marks a file as ours in SQLite's header: "SVSS". */
export const applicationId = 0x53_56_53_53;

/** Width of a step of the deadline index (see `filedMinuteOf`). */
export const dueStepMs = 60_000;

/**
 * Lists are in the order of `open_time` descending, then `id`. The first characters of the id
 * in an index are enough to keep that order but for a rare tie, and a tenth of its size.
 */
const listOrder = 'open_time, substr(id, 1, 6) DESC';

/**
 * `sessions` holds what beats do not move, and what lists are ordered and filtered by. `live`
 * has one narrow row per session without a written end, `documents` what only a session alone
 * answers. Times are milliseconds since 1970, checksums CRC-32 of the row.
 */
const tables = `CREATE TABLE sessions (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
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
) STRICT;
CREATE TABLE live (
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
CREATE INDEX sessions_user ON sessions (user_id, active, ${listOrder});
CREATE INDEX sessions_kind ON sessions (kind, active, ${listOrder});
CREATE INDEX sessions_device ON sessions (device_id, active, ${listOrder})
  WHERE device_id IS NOT NULL;
CREATE INDEX sessions_client ON sessions (client, active, ${listOrder}) WHERE client IS NOT NULL;
CREATE INDEX sessions_address ON sessions (address, active, ${listOrder})
  WHERE address IS NOT NULL;
CREATE INDEX sessions_reason ON sessions (close_reason, ${listOrder})
  WHERE close_reason IS NOT NULL;
CREATE INDEX sessions_closed ON sessions (close_time) WHERE close_time IS NOT NULL;
CREATE INDEX live_due ON live (due_minute) WHERE due_minute IS NOT NULL;
CREATE INDEX live_presence ON live (presence_user) WHERE presence_user IS NOT NULL;
CREATE INDEX stretches_to ON stretches (to_time);
CREATE INDEX requests_expire ON requests (expire_time)`;

const statements = [...tables.split(';\n'), ...indexes.split(';\n')];

/** Makes tables and indexes and marks the file as ours, inside the transaction that is open. */
export function createSchema(connection: Connection): void {
  for (const statement of statements) connection.exec(statement);
  connection.exec(`PRAGMA application_id = ${applicationId}`);
  connection.exec(`PRAGMA user_version = ${schemaVersion}`);
}

/** Whether everything that {@link createSchema} made is there as it was made. */
export function isSchemaSound(connection: Connection): boolean {
  const found = connection
    .prepare(`SELECT ${textAsBytes('sql')} FROM sqlite_schema`)
    .all()
    .map(([text]) => textOf(text));
  return statements.every((statement) => found.includes(statement));
}
