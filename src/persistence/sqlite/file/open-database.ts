import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import { totalmem } from 'node:os';
import { basename, dirname } from 'node:path';
import { invalidConfig } from '../../../errors/makers.js';
import { isSessionError, type SessionError } from '../../../errors/session-error.js';
import { Connection } from '../connection/connection.js';
import { classifyFailure } from '../connection/sqlite-failure.js';
import { entryFindings } from '../indexes/index-entries.js';
import { readMark } from '../indexes/index-mark.js';
import {
  applicationId,
  isFormerSchemaSound,
  isSchemaSound,
  migrateSchema,
  schemaVersion,
} from './schema.js';

/** Name of this component in messages. */
export const component = 'service-sessions:persistence:file';

/**
 * Bytes of pages that the connection keeps that reads while the one that writes is occupied: they are
 * given up at each write of the other.
 */
const readerCacheBytes = 8 * 1_048_576;
const leastCacheBytes = 64 * 1_048_576;
const mostCacheBytes = 1_024 * 1_048_576;
const mostKnownBytes = 192 * 1_048_576;
/**
 * The log may have this size until the writer itself brings the rest of it into the database; it is
 * written again from its beginning then. The longer it is, the more changes of a page go into the
 * database together: among 1,000,000 sessions 1.15 times the opens with 64 MiB, beside 32.
 */
const longestLogBytes = 64 * 1_048_576;
/**
 * What of the log's file is kept then: all that it has under load, so that its room is not given back
 * and taken again each time (with 32 MiB, opens among 1,000,000 sessions were a twelfth fewer and took an
 * eighth more processor time each). What is above it a long question or a backup has made.
 */
const keptLogBytes = 96 * 1_048_576;
const pathSetting = `${component}: path`;

/** What an operator does about a damaged file. */
const repair =
  'restore a backup, or save what can be read with `sqlite3 FILE .recover`; ' +
  '`service-sessions verify FILE` says what is damaged';

/** A refused start: one line that names the setting and the file. */
export function refusePath(path: string, reason: string, cause?: unknown): SessionError {
  return invalidConfig(pathSetting, `${path}: ${reason}`, cause);
}

/** A refused start because of damage. */
function refuseDamaged(path: string, finding: string, cause?: unknown): SessionError {
  return refusePath(path, `the database is damaged (${finding}); ${repair}`, cause);
}

/** @throws INVALID_CONFIG unless the folder of a file is there and can be written. */
export function assertFolder(path: string): void {
  const folder = dirname(path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw refusePath(path, 'its folder does not exist; make it, or choose another');
  }
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (caught) {
    throw refusePath(path, 'its folder cannot be written', caught);
  }
}

/** Size in bytes; 0 for a file that is not there. @throws INVALID_CONFIG for what is no file. */
export function fileSize(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isFile()) throw refusePath(path, 'it is not a file');
  return found.size;
}

/** @throws INVALID_CONFIG for an empty file whose reserve says that it was served before. */
export function assertNotEmptied(path: string, reservePath: string): void {
  if (!existsSync(path) || fileSize(path) > 0 || !existsSync(reservePath)) return;
  const said = `${basename(reservePath)} beside it says that it was not`;
  throw refusePath(
    path,
    `it is empty, and ${said}; restore a backup, or remove both to begin anew`,
  );
}

/** How {@link openDatabase} opens. */
export interface OpenOptions {
  /** Most bytes of pages that are kept in memory; what is needed again is read again. */
  readonly cacheBytes?: number | undefined;
  /** With a write-ahead log for serving; with a rollback journal nothing is locked between commits. */
  readonly journalMode?: 'WAL' | 'DELETE';
  /**
   * Hears that a file of an earlier version is to be brought to this one, and may refuse by throwing.
   * @default such a file is refused
   */
  readonly onMigrate?: (version: number, connection: Connection) => void;
}

/**
 * Opens the file for writing: durable at each commit, erased data overwritten.
 * @throws INVALID_CONFIG for a file of something else, of a newer version, or damaged.
 */
export function openDatabase(
  path: string,
  { cacheBytes = usualCacheBytes(), journalMode = 'WAL', onMigrate }: OpenOptions = {},
): Connection {
  return inspecting(path, () => {
    if (fileSize(path) > 0) assertHeader(path);
    makePrivate(path);
    const connection = new Connection(path);
    try {
      assertOurs(path, connection);
      configure(connection, { cacheBytes, journalMode });
      if (!isEmpty(connection)) {
        migrate(path, connection, onMigrate);
        assertMark(path, connection);
      }
    } catch (caught) {
      connection.close();
      throw caught;
    }
    return connection;
  });
}

function configure(
  connection: Connection,
  { cacheBytes, journalMode }: { readonly cacheBytes: number; readonly journalMode: string },
): void {
  const logPages = Math.floor(longestLogBytes / Number(connection.pragma('page_size')));
  connection.exec(`
    PRAGMA journal_mode = ${journalMode};
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = ${logPages};
    PRAGMA journal_size_limit = ${keptLogBytes};
    PRAGMA secure_delete = ON;
    PRAGMA cache_size = ${toCacheSize(cacheBytes)};`);
}

/** Opens a database that {@link openDatabase} has open, for reading beside it. */
export function openReader(path: string): Connection {
  return inspecting(path, () => {
    const connection = new Connection(path, { readOnly: true });
    connection.exec(`PRAGMA cache_size = ${toCacheSize(readerCacheBytes)}`);
    return connection;
  });
}

/**
 * An eighth of the memory that this process may use, within bounds: with 64 MiB a page of a user
 * took 1.7 times as long among 1,000,000 sessions as among 1,000, with room for all 1.4 times.
 */
export function usualCacheBytes(memoryBytes = availableBytes()): number {
  return Math.min(Math.max(memoryBytes / 8, leastCacheBytes), mostCacheBytes);
}

/** Room for what lists say of some 1,000,000 sessions, or a 32nd of the memory that this process may use. */
export function usualKnownBytes(memoryBytes = availableBytes()): number {
  return Math.min(memoryBytes / 32, mostKnownBytes);
}

/** Negative: KiB, not pages. */
function toCacheSize(bytes: number): number {
  return -Math.ceil(bytes / 1_024);
}

/** What a control group allows, or all that the machine has. */
function availableBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Makes a file that only its owner may read, if there is none; the log beside it will be so. */
export function makePrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}

/** What `read` answers; what it throws of SQLite refuses the start. */
export function inspecting<Value>(path: string, read: () => Value): Value {
  try {
    return read();
  } catch (caught) {
    if (isSessionError(caught)) throw caught;
    const reason = caught instanceof Error ? caught.message : String(caught);
    if (classifyFailure(caught) === 'damaged') throw refuseDamaged(path, reason, caught);
    throw refusePath(path, `cannot be opened (${reason})`, caught);
  }
}

/** Whether a database has no schema yet: new, or its making was cut off. */
export function isEmpty(connection: Connection): boolean {
  return connection.pragma('user_version') === 0 && countObjects(connection) === 0;
}

/** @throws INVALID_CONFIG with the first finding of SQLite's own check. */
export function assertPagesSound(path: string, connection: Connection): void {
  const finding = inspecting(path, () => connection.pragma('integrity_check(1)'));
  if (finding !== 'ok') throw refuseDamaged(path, String(finding).replaceAll(/\s+/g, ' '));
}

/** @throws INVALID_CONFIG with the first finding of all checks, indexes included. */
export function assertSound(path: string, connection: Connection): void {
  assertPagesSound(path, connection);
  const [mismatch] = inspecting(path, () => entryFindings(connection, 1));
  if (mismatch !== undefined) throw refuseDamaged(path, mismatch);
}

const magic = 'SQLite format 3\0';
/** Of the write and the read version: with a rollback journal, or a log. SQLite writes no others. */
const knownVersions: readonly number[] = [1, 2];

/**
 * Whether a file begins as an SQLite database that can be written
 * (https://www.sqlite.org/fileformat.html#the_database_header).
 */
export function isHeaderSound(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(magic.length + 4);
    readSync(file, header);
    const versions = header.subarray(magic.length + 2);
    return (
      header.toString('latin1', 0, magic.length) === magic &&
      versions.every((version) => knownVersions.includes(version))
    );
  } finally {
    closeSync(file);
  }
}

function assertHeader(path: string): void {
  if (isHeaderSound(path)) return;
  throw refusePath(path, `it is no SQLite database, or its header is damaged; ${repair}`);
}

function assertOurs(path: string, connection: Connection): void {
  const application = connection.pragma('application_id');
  const version = Number(connection.pragma('user_version'));
  if (isEmpty(connection)) return;
  if (application !== applicationId) {
    throw refusePath(
      path,
      `it is a database of something else, or its header is damaged; choose another, or ${repair}`,
    );
  }
  if (version > schemaVersion) {
    throw refusePath(
      path,
      `its schema has version ${version}, this service reads up to ${schemaVersion}; ` +
        'start the version of service-sessions that wrote it, or a later one',
    );
  }
  const isSound = version < schemaVersion ? isFormerSchemaSound : isSchemaSound;
  if (!isSound(connection)) throw refuseDamaged(path, 'its schema is not what was made');
}

/** Brings a file of an earlier version to this one; it stays as it is when that fails. */
function migrate(path: string, connection: Connection, onMigrate: OpenOptions['onMigrate']): void {
  const version = Number(connection.pragma('user_version'));
  if (version === schemaVersion) return;
  if (onMigrate === undefined) {
    const advice = 'start this version of service-sessions with it once';
    throw refusePath(path, `its schema has version ${version}; ${advice}`);
  }
  onMigrate(version, connection);
  connection.exec('BEGIN IMMEDIATE');
  try {
    migrateSchema(connection);
    connection.exec('COMMIT');
  } catch (caught) {
    connection.rollBack();
    // A row is not what it was when it was written.
    if (!/constraint|cannot store/i.test(String(caught))) throw caught;
    throw refuseDamaged(path, String(caught), caught);
  }
}

function assertMark(path: string, connection: Connection): void {
  try {
    readMark(connection);
  } catch (caught) {
    throw refuseDamaged(path, 'the mark of its indexes', caught);
  }
}

function countObjects(connection: Connection): number {
  return Number(connection.prepare('SELECT count(*) FROM sqlite_schema').get()?.[0] ?? 0);
}
