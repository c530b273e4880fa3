import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';

/** As version 1 of the schema wrote its statements. */
const statements = `CREATE TABLE sessions (
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
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_all ON sessions (active, open_time, substr(id, 1, 6) DESC);
CREATE INDEX sessions_user ON sessions (user_id, active, open_time, substr(id, 1, 6) DESC);
CREATE INDEX sessions_kind ON sessions (kind, active, open_time, substr(id, 1, 6) DESC);
CREATE INDEX sessions_device ON sessions (device_id, active, open_time, substr(id, 1, 6) DESC)
  WHERE device_id IS NOT NULL;
CREATE INDEX sessions_client ON sessions (client, active, open_time, substr(id, 1, 6) DESC) WHERE client IS NOT NULL;
CREATE INDEX sessions_address ON sessions (address, active, open_time, substr(id, 1, 6) DESC)
  WHERE address IS NOT NULL;
CREATE INDEX sessions_reason ON sessions (close_reason, open_time, substr(id, 1, 6) DESC)
  WHERE close_reason IS NOT NULL;
CREATE INDEX sessions_closed ON sessions (close_time) WHERE close_time IS NOT NULL;
CREATE INDEX live_due ON live (due_minute) WHERE due_minute IS NOT NULL;
CREATE INDEX live_presence ON live (presence_user) WHERE presence_user IS NOT NULL;
CREATE INDEX stretches_to ON stretches (to_time);
CREATE INDEX requests_expire ON requests (expire_time)`;

/** Makes a database of version 1 out of one of this version that nobody has open. */
export function makeVersion1(path: string, source: string): void {
  const connection = new Connection(path);
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON');
  for (const statement of statements.split(';\n')) connection.exec(statement);
  connection.exec(`ATTACH '${source}' AS source`);
  for (const table of ['sessions', 'live', 'documents', 'stretches', 'requests']) {
    connection.exec(`INSERT INTO ${table} SELECT * FROM source.${table}`);
  }
  connection.exec('DETACH source');
  connection.exec('PRAGMA application_id = 1398166355; PRAGMA user_version = 1');
  connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  connection.close();
}

/** The version of the schema of a database, and its statements in the order of their names. */
export function schemaOf(path: string): { version: number; statements: readonly unknown[] } {
  const connection = new Connection(path, { readOnly: true });
  const sql = 'SELECT name, tbl_name, sql FROM sqlite_schema ORDER BY name';
  const schema = {
    version: Number(connection.pragma('user_version')),
    statements: connection.prepare(sql).all(),
  };
  connection.close();
  return schema;
}
