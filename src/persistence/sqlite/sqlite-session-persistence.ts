import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type {
  ConfigParams,
  IConfigurable,
  IOpenable,
  IReferenceable,
  IReferences,
} from 'pip-services3-commons-nodex';
import { CompositeLogger } from 'pip-services3-components-nodex';
import type { DocumentChange } from '../../domain/change.js';
import type { Stretch } from '../../domain/context.js';
import type { SessionFilter } from '../../domain/filter.js';
import type { SessionRecord } from '../../domain/session.js';
import { storeUnavailable } from '../../errors/makers.js';
import type {
  BatchResult,
  CloseInput,
  CloseUserInput,
  OpenSessionInput,
  PruneInput,
  SessionPage,
  SessionPersistence,
  SessionQuery,
  TouchedSession,
  TouchInput,
} from '../../logic/session-persistence.js';
import { defaultsOf, readSettings, type SettingValues } from '../../logic/settings.js';
import { toSessionError } from './connection/sqlite-failure.js';
import type { WriteKind } from './connection/write-queue.js';
import { databasePath } from './file/database-path.js';
import { component } from './file/open-database.js';
import { SessionDatabase } from './session-database.js';
import type { SessionWrites } from './sessions/session-writes.js';
import { sqliteSettings } from './sqlite-settings.js';

/** What a {@link SqliteSessionPersistence} can be made with; the rest comes by `configure`. */
export interface SqliteSessionPersistenceOptions {
  /**
   * Called once, after an I/O error, when nothing written from now on could be relied on.
   * @default throws the error in a turn of its own, which ends the process
   */
  readonly onFatal?: (error: Error) => void;
}

/** Records that one transaction of a batch works on: others have their turn between two. */
const stepLimit = 32;

/**
 * Sessions in an SQLite file: for one machine, without set-up, durable at each answer
 * (descriptor `service-sessions:persistence:file:*:1.0`; DESIGN §2 "File").
 */
export class SqliteSessionPersistence
  implements SessionPersistence, IConfigurable, IReferenceable, IOpenable
{
  readonly #logger = new CompositeLogger();
  readonly #onFatal: (error: Error) => void;
  #settings: SettingValues<typeof sqliteSettings> = defaultsOf(sqliteSettings);
  #database: SessionDatabase | undefined;

  constructor(options: SqliteSessionPersistenceOptions = {}) {
    this.#onFatal = options.onFatal ?? throwApart;
  }

  /** Reads the settings of {@link sqliteSettings}. @throws INVALID_CONFIG. */
  configure(config: ConfigParams): void {
    this.#settings = readSettings(component, config, sqliteSettings);
  }

  /** Finds the loggers. */
  setReferences(references: IReferences): void {
    this.#logger.setReferences(references);
  }

  /** Whether the database is open. */
  isOpen(): boolean {
    return this.#database !== undefined;
  }

  /** For the operator: which file it is. */
  describe(): string {
    return `file ${this.#paths.path}`;
  }

  /** Opens the database. @throws INVALID_CONFIG naming `path`, when it cannot be served. */
  async open(_correlationId: string): Promise<void> {
    if (this.#database !== undefined) return;
    this.#database = SessionDatabase.open({
      ...this.#paths,
      settings: this.#settings,
      logger: this.#logger,
      onFatal: this.#onFatal,
    });
  }

  /** Writes what waits and closes the file; calls from now on are STORE_UNAVAILABLE. */
  async close(_correlationId: string): Promise<void> {
    const database = this.#database;
    this.#database = undefined;
    await database?.close();
  }

  async openSession(input: OpenSessionInput): Promise<SessionRecord | null> {
    return await this.#open.open(input);
  }

  async getSession(id: string, now: number): Promise<SessionRecord | null> {
    return await this.#read((database) => database.readers.reads.get(id, now));
  }

  async listSessions(query: SessionQuery): Promise<SessionPage> {
    return await this.#read(async (database) => await database.readers.lists.page(query));
  }

  async countSessions(filter: SessionFilter, now: number): Promise<number> {
    return await this.#read(async (database) => await database.readers.lists.count(filter, now));
  }

  async touchSession(input: TouchInput): Promise<TouchedSession | null> {
    return await this.#write('growing', (writes) => writes.touch(input));
  }

  async changeSession(
    id: string,
    change: DocumentChange,
    now: number,
  ): Promise<SessionRecord | null> {
    return await this.#write('growing', (writes) => writes.change(id, change, now));
  }

  async closeSession(input: CloseInput): Promise<SessionRecord | null> {
    return await this.#write('ending', (writes) => writes.close(input));
  }

  async closeUserSessions(input: CloseUserInput): Promise<BatchResult> {
    return await this.#inSteps(input.limit, (writes, limit) => writes.closeUser(input, limit));
  }

  async closeExpired(now: number, limit: number): Promise<BatchResult> {
    return await this.#inSteps(limit, (writes, step) => writes.closeDue(now, step));
  }

  async deleteSession(id: string, now: number): Promise<SessionRecord | null> {
    return await this.#write('ending', (writes) => writes.remove(id, now));
  }

  async deleteUserSessions(userId: string, limit: number, now: number): Promise<BatchResult> {
    return await this.#inSteps(limit, (writes, step) => writes.removeUser(userId, step, now));
  }

  async prune(input: PruneInput): Promise<BatchResult> {
    return await this.#inSteps(input.limit, (writes, step) => writes.prune(input, step));
  }

  async getStretches(sessionId: string): Promise<readonly Stretch[]> {
    return await this.#read((database) => database.readers.reads.stretches(sessionId));
  }

  async checkReady(): Promise<void> {
    const { failure } = this.#open;
    if (failure !== undefined) throw storeUnavailable(failure);
  }

  get #paths(): { path: string; importPath: string | undefined } {
    const given = resolve(this.#settings.path);
    const importPath = given.endsWith('.json') && existsSync(given) ? given : undefined;
    return { path: databasePath(given), importPath };
  }

  get #open(): SessionDatabase {
    if (this.#database === undefined) throw storeUnavailable();
    return this.#database;
  }

  async #write<Value>(kind: WriteKind, run: (writes: SessionWrites) => Value): Promise<Value> {
    const { queue, writes } = this.#open;
    return await queue.add(kind, () => run(writes));
  }

  async #read<Value>(read: (database: SessionDatabase) => Value | Promise<Value>): Promise<Value> {
    const database = this.#open;
    try {
      return await read(database);
    } catch (caught) {
      throw toSessionError(caught);
    }
  }

  async #inSteps(
    limit: number,
    step: (writes: SessionWrites, limit: number) => BatchResult & { readonly refiled?: number },
  ): Promise<BatchResult> {
    for (let count = 0; ; ) {
      const size = Math.min(stepLimit, limit - count);
      const done = await this.#write('ending', (writes) => step(writes, size));
      count += done.count;
      const isStuck = done.count + (done.refiled ?? 0) === 0;
      if (!done.more || isStuck || count >= limit) return { count, more: done.more };
    }
  }
}

function throwApart(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}
