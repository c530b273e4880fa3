import type { ILogger } from 'pip-services3-components-nodex';
import type { SessionRecord } from '../../domain/session.js';
import { storeDamaged } from '../../errors/makers.js';
import { SessionError } from '../../errors/session-error.js';
import type { OpenSessionInput } from '../../logic/session-persistence.js';
import type { SettingValues } from '../../logic/settings.js';
import type { Connection } from './connection/connection.js';
import { ServingLock } from './connection/serving-lock.js';
import { SlowQueries } from './connection/slow-queries.js';
import { WriteQueue } from './connection/write-queue.js';
import { Checkpointer } from './file/checkpointer.js';
import { importSessions } from './file/import-sessions.js';
import {
  assertFolder,
  assertNotEmptied,
  assertPagesSound,
  assertSound,
  fileSize,
  inspecting,
  isEmpty,
  openDatabase,
  openReader,
  refusePath,
  usualKnownBytes,
} from './file/open-database.js';
import { createSchema, schemaVersion } from './file/schema.js';
import { StorageReserve } from './file/storage-reserve.js';
import { entryTables } from './indexes/index-entries.js';
import { IndexMerge } from './indexes/index-merge.js';
import { PendingEntries } from './indexes/pending-entries.js';
import { recoverPending } from './indexes/recover-pending.js';
import { KnownSessions } from './rows/known-sessions.js';
import { KnownSummaries } from './rows/known-summaries.js';
import { SessionLists, type SessionListsOptions } from './sessions/session-lists.js';
import { SessionReads } from './sessions/session-reads.js';
import { SessionTable } from './sessions/session-table.js';
import { SessionWrites } from './sessions/session-writes.js';
import type { sqliteSettings } from './sqlite-settings.js';

/** What a {@link SessionDatabase} is opened with. */
export interface SessionDatabaseOptions {
  readonly settings: SettingValues<typeof sqliteSettings>;
  /** The database itself, absolute. */
  readonly path: string;
  /** A file of the original that is imported when the database is new. */
  readonly importPath: string | undefined;
  readonly logger: ILogger;
  readonly onFatal: (error: Error) => void;
}

/** What reads, on one connection. */
interface Readers {
  readonly reads: SessionReads;
  readonly lists: SessionLists;
}

/** Who speaks in the log. */
const correlationId = 'file-store';
/** Above this size only `verify` checks a whole file (DESIGN §2 "File"). */
const longestCheckBytes = 1_073_741_824;
const longestTimerMs = 2_147_483_647;
/** When the log of a full disk is removed again, if that was of no use. */
const removalRetryMs = 1_000;
/** How long the end of the service merges the entries of indexes that wait. */
const longestFinishMs = 2_000;
const tables = [
  ...['sessions', 'live', 'documents', 'stretches', 'requests'],
  ...Object.values(entryTables).map(({ table }) => table),
];

/** A database that this process serves alone, and all that works on it. */
export class SessionDatabase {
  readonly queue: WriteQueue;
  readonly writes: SessionWrites;
  readonly #readers: Readers;
  readonly #readersBeside: Readers;
  readonly #connection: Connection;
  readonly #reader: Connection;
  readonly #lock: ServingLock;
  readonly #queries: SlowQueries;
  readonly #checks: SlowQueries;
  readonly #checkpointer: Checkpointer;
  readonly #pending: PendingEntries;
  readonly #merge: IndexMerge;
  readonly #logger: ILogger;
  #damage: SessionError | undefined;
  #nextRemoval = Number.NEGATIVE_INFINITY;

  /**
   * Opens, checks, and if need be makes the database.
   * @throws INVALID_CONFIG naming `path`, when it cannot or must not be served.
   */
  static open(options: SessionDatabaseOptions): SessionDatabase {
    const { path } = options;
    assertFolder(path);
    const lock = inspecting(path, () => ServingLock.take(`${path}.lock`));
    if (lock === undefined) throw refusePath(path, 'another process serves it');
    const opened: Connection[] = [];
    try {
      assertNotEmptied(path, reservePathOf(path));
      const writer = openDatabase(path, {
        cacheBytes: options.settings.cacheBytes,
        onMigrate: (version, connection) => {
          const { settings, logger } = options;
          const text = 'Bringing %s from version %d of its schema to %d';
          logger.info(correlationId, text, path, version, schemaVersion);
          if (fileSize(path) <= settings.startCheckBytes) assertPagesSound(path, connection);
        },
      });
      opened.push(writer);
      const reader = openReader(path);
      opened.push(reader);
      return inspecting(path, () => new SessionDatabase(options, { writer, reader }, lock));
    } catch (caught) {
      for (const connection of opened.reverse()) connection.close();
      lock.release();
      throw caught;
    }
  }

  private constructor(
    options: SessionDatabaseOptions,
    connections: { readonly writer: Connection; readonly reader: Connection },
    lock: ServingLock,
  ) {
    const { writer: connection, reader } = connections;
    const { path, settings, logger, onFatal } = options;
    const { queryTimeoutMs: timeoutMs, queryQueueLimit: queueLimit, reserveBytes } = settings;
    this.#lock = lock;
    this.#logger = logger;
    this.#connection = connection;
    this.#reader = reader;
    this.#queries = new SlowQueries({ path, timeoutMs, queueLimit });
    this.#checks = new SlowQueries({ path, timeoutMs: longestTimerMs, queueLimit: tables.length });
    this.#pending = new PendingEntries(settings.mergeRows);
    this.#prepare(options);
    const onDamaged = (error: SessionError) =>
      logger.error(correlationId, error, 'A damaged session was passed over');
    recoverPending(connection, this.#pending, onDamaged);
    const summaries = knownSummariesOn(connection, settings.knownBytes);
    this.writes = new SessionWrites(connection, {
      pending: this.#pending,
      summaries,
      known: new KnownSessions(connection, settings.knownSessions),
      onDamaged,
    });
    const shared = {
      slow: this.#queries,
      pending: this.#pending,
      quickRows: settings.quickRows,
    };
    this.#readers = readersOn(connection, { ...shared, summaries });
    this.#readersBeside = readersOn(reader, shared);
    const { maxPages } = settings;
    const reservePath = reservePathOf(path);
    const reserve = new StorageReserve({
      connection,
      path: reservePath,
      databasePath: path,
      logPath: `${path}-wal`,
      bytes: reserveBytes,
      maxPages,
    });
    if (!reserve.hasRoom()) {
      logger.warn(
        correlationId,
        'No room for the reserve of %d bytes: writes wait for it',
        reserveBytes,
      );
    }
    this.#checkpointer = new Checkpointer({
      path,
      writer: connection,
      mayGrow: () => reserve.coversLog(),
      onFatal: (error) => this.queue.fail(error),
    });
    this.queue = new WriteQueue({
      connection,
      hasRoom: () => this.#hasRoom(reserve),
      restartLog: () => this.#checkpointer.restartLog(),
      makeRoom: async () => await this.#makeRoom(reserve),
      onFatal,
    });
    this.#merge = new IndexMerge({
      connection,
      queue: this.queue,
      pending: this.#pending,
      onFailure: (error) =>
        logger.error(correlationId, error, 'Entries of indexes could not be merged'),
    });
  }

  /** See `SessionPersistence.openSession`. */
  async open(input: OpenSessionInput): Promise<SessionRecord | null> {
    return await this.queue.add('growing', () => {
      const opened = this.writes.open(input);
      this.#merge.look();
      return opened;
    });
  }

  /** What reads: on the connection that writes, whose pages are warm, or beside it while it is occupied. */
  get readers(): Readers {
    return this.#connection.isOccupied ? this.#readersBeside : this.#readers;
  }

  /** Why it cannot serve any more; `undefined` while it can. */
  get failure(): Error | undefined {
    return this.queue.failure ?? this.#damage;
  }

  /** Writes what waits, stops what runs, and gives the file back; to be called once. */
  async close(): Promise<void> {
    const closing = [this.#queries, this.#checks].map(async (other) => await other.close());
    await this.#merge.finish(longestFinishMs);
    await this.queue.close();
    await Promise.all(closing);
    await this.#checkpointer.close();
    this.#reader.close();
    try {
      this.#connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (caught) {
      // The log beside the file has it all, and the next start reads it.
      this.#logger.warn(correlationId, 'The last checkpoint failed: %s', String(caught));
    }
    this.#connection.close();
    this.#lock.release();
  }

  /** A long log is given up before a growing write is refused, and what it holds has its place then. */
  #hasRoom(reserve: StorageReserve): boolean {
    if (!this.#checkpointer.hasRoom()) return false;
    if (reserve.hasRoom()) return true;
    const now = performance.now();
    if (now < this.#nextRemoval) return false;
    if (this.#checkpointer.removeLog() && reserve.hasRoom()) return true;
    this.#nextRemoval = now + removalRetryMs;
    return false;
  }

  /** Gives the reserve up, not for what the log holds unless it has room for all of that. */
  async #makeRoom(reserve: StorageReserve): Promise<boolean> {
    await this.#checkpointer.hold();
    const isMade = reserve.release();
    this.#checkpointer.restartLog(isMade);
    return isMade;
  }

  #prepare({ path, importPath, settings }: SessionDatabaseOptions): void {
    if (isEmpty(this.#connection)) {
      this.#create(importPath, settings.importIdleTimeoutMs);
      return;
    }
    const size = fileSize(path);
    if (size <= settings.startCheckBytes) assertSound(path, this.#connection);
    else if (size <= longestCheckBytes) void this.#check();
    else this.#logger.info(correlationId, 'The file is too large to be checked: use `verify`');
  }

  /** In one transaction, so that what was cut off begins again. */
  #create(importPath: string | undefined, idleTimeoutMs: number): void {
    this.#connection.exec('BEGIN IMMEDIATE');
    createSchema(this.#connection);
    if (importPath !== undefined) {
      const table = new SessionTable(this.#connection);
      const insert = (session: SessionRecord) => table.insert(session);
      const { imported, skipped, reasons } = importSessions(importPath, idleTimeoutMs, insert);
      const text = 'Imported %d sessions of %s; %d could not be%s';
      const said = [imported, importPath, skipped, reasons.map((reason) => `; ${reason}`).join('')];
      if (skipped > 0) this.#logger.warn(correlationId, text, ...said);
      else this.#logger.info(correlationId, text, ...said);
    }
    this.#connection.exec('COMMIT');
    this.#connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** Table by table, so that the write-ahead log is not held for long. */
  async #check(): Promise<void> {
    try {
      for (const table of tables) {
        const sql = `PRAGMA quick_check('${table}')`;
        const finding = await this.#checks.value({ sql, values: [] });
        if (finding !== 'ok') throw storeDamaged(new Error(String(finding)));
      }
    } catch (caught) {
      const error = SessionError.from(caught);
      if (error.code !== 'STORE_DAMAGED') return;
      this.#damage = error;
      this.#logger.error(correlationId, error, 'The database is damaged: not ready any more');
    }
  }
}

function readersOn(connection: Connection, options: SessionListsOptions): Readers {
  const reads = new SessionReads(connection, options.pending);
  return { reads, lists: new SessionLists(connection, options) };
}

function knownSummariesOn(
  connection: Connection,
  bytes = usualKnownBytes(),
): KnownSummaries | undefined {
  return bytes > 0 ? new KnownSummaries(connection, bytes) : undefined;
}

function reservePathOf(path: string): string {
  return `${path}.reserve`;
}
