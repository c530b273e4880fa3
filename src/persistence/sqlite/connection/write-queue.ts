import { storageFull, storeUnavailable } from '../../../errors/makers.js';
import { isSessionError } from '../../../errors/session-error.js';
import type { Connection } from './connection.js';
import { classifyFailure, toSessionError } from './sqlite-failure.js';

/** What a write does to the room on the disk: `ending` ones must work when there is none. */
export type WriteKind = 'growing' | 'ending';

/** What a {@link WriteQueue} works with. */
export interface WriteQueueOptions {
  readonly connection: Connection;
  /** Whether there is room for growing writes at all, as far as is known. */
  readonly hasRoom: () => boolean;
  /** Brings the log into the database, so that it needs no more room; false when it cannot be. */
  readonly restartLog: () => boolean;
  /** Makes room for ending writes; false when nothing more can be given up. */
  readonly makeRoom: () => Promise<boolean>;
  /** Called once, when nothing written from now on could be relied on. */
  readonly onFatal: (error: Error) => void;
}

/** Writes in one transaction: more of them wait for the next turn. */
const groupLimit = 256;

interface Write {
  readonly kind: WriteKind;
  /** Steps inside a transaction; or, as SQL, one of its own that another thread runs. */
  readonly work: (() => unknown) | string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** One that may share a transaction. */
type SharedWrite = Write & { readonly work: () => unknown };

type Result = { readonly value: unknown } | { readonly error: unknown };

/**
 * Group commit: the writes of one turn of the event loop, or those that came during the commit
 * before, share a transaction and are answered after it is on the disk (DESIGN §2 "File"). A lost
 * transaction is done again write by write.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  #waiting: Write[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;
  #failure: Error | undefined;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  /**
   * Runs a write inside the next transaction. It must throw before it writes, or not at all.
   * @throws what it throws; STORAGE_FULL, STORE_DAMAGED, STORE_UNAVAILABLE.
   */
  async add<Value>(kind: WriteKind, run: () => Value): Promise<Value> {
    return (await this.#add(kind, run)) as Value;
  }

  /**
   * Runs SQL in a transaction of its own in its turn, on another thread: for much work that says
   * nothing to anybody. @throws STORAGE_FULL, STORE_DAMAGED, STORE_UNAVAILABLE.
   */
  async transact(kind: WriteKind, sql: string): Promise<void> {
    await this.#add(kind, sql);
  }

  /** Why nothing is written any more; `undefined` while it is. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Writes nothing any more, for a reason that came up beside the queue. */
  fail(caught: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = caught instanceof Error ? caught : new Error(String(caught));
    try {
      this.#options.onFatal(this.#failure);
    } catch (thrown) {
      // Apart, so that those who wait are answered.
      setImmediate(() => {
        throw thrown;
      });
    }
  }

  /** Refuses what comes from now on, and resolves when everything before is written. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    this.#failure ??= new Error('The store is closed');
  }

  async #add(kind: WriteKind, work: Write['work']): Promise<unknown> {
    if (this.#closed || this.#failure !== undefined) throw storeUnavailable(this.#failure);
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ kind, work, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    const { connection } = this.#options;
    let commits = connection.commits;
    do {
      // A commit leaves others their turn by itself.
      if (connection.commits === commits) await nextTurn();
      commits = connection.commits;
      const group = this.#takeGroup();
      await (group.length > 0 ? this.#writeGroup(group) : this.#writeNext());
    } while (this.#waiting.length > 0);
    this.#writing = undefined;
  }

  /** Those that share the next transaction; none when the next one has its own. */
  #takeGroup(): readonly SharedWrite[] {
    const group: SharedWrite[] = [];
    for (const write of this.#waiting) {
      if (!isShared(write) || group.length === groupLimit) break;
      group.push(write);
    }
    this.#waiting.splice(0, group.length);
    return group;
  }

  async #writeGroup(writes: readonly SharedWrite[]): Promise<void> {
    const results = await this.#transact(writes);
    for (const [index, write] of writes.entries()) {
      settle(write, results?.[index] ?? (await this.#writeAlone(write).catch(toFailed)));
    }
  }

  async #writeNext(): Promise<void> {
    const write = this.#waiting.shift();
    if (write !== undefined) settle(write, await this.#writeAlone(write).catch(toFailed));
  }

  /** What each write answers; `undefined` when the transaction was lost. */
  async #transact(writes: readonly SharedWrite[]): Promise<readonly Result[] | undefined> {
    if (this.#failure !== undefined) return undefined;
    const { connection } = this.#options;
    if (writes.some(({ kind }) => kind === 'growing') && !this.#hasRoom()) return undefined;
    try {
      connection.exec('BEGIN IMMEDIATE');
      const results = writes.map((write) => this.#step(write));
      await connection.commit();
      return this.#failure === undefined ? results : writes.map(() => this.#refused());
    } catch (caught) {
      this.#rollBack(caught);
      // Nobody waits for another process once for each write.
      const isBusy = classifyFailure(caught) === 'busy';
      return isBusy ? writes.map(() => ({ error: toSessionError(caught) })) : undefined;
    }
  }

  /** @throws what is not a refusal by a rule before anything was written. */
  #step(write: SharedWrite): Result {
    const before = this.#options.connection.changes;
    try {
      return { value: write.work() };
    } catch (caught) {
      if (!isSessionError(caught) || this.#options.connection.changes !== before) throw caught;
      return { error: caught };
    }
  }

  async #writeAlone(write: Write): Promise<Result> {
    const { makeRoom, restartLog } = this.#options;
    if (this.#failure !== undefined) return this.#refused();
    if (write.kind === 'growing' && !this.#hasRoom()) return { error: storageFull() };
    for (let restarted = false; ; ) {
      const result = await this.#attempt(write);
      if (!('error' in result)) return result;
      const full = classifyFailure(result.error) === 'full';
      const restarting = full && !restarted && restartLog();
      restarted = true;
      if (restarting) continue;
      if (!full || write.kind === 'growing' || !(await makeRoom())) {
        return { error: toSessionError(result.error) };
      }
    }
  }

  #hasRoom(): boolean {
    try {
      return this.#options.hasRoom();
    } catch {
      // What cannot be asked, the write itself will say.
      return true;
    }
  }

  async #attempt(write: Write): Promise<Result> {
    try {
      const value = await this.#runAlone(write.work);
      return this.#failure === undefined ? { value } : this.#refused();
    } catch (error) {
      this.#rollBack(error);
      return { error };
    }
  }

  async #runAlone(work: Write['work']): Promise<unknown> {
    const { connection } = this.#options;
    if (typeof work === 'string') return await connection.transact(work);
    connection.exec('BEGIN IMMEDIATE');
    const value = work();
    await connection.commit();
    return value;
  }

  #refused(): Result {
    return { error: storeUnavailable(this.#failure) };
  }

  #rollBack(caught: unknown): void {
    const { connection } = this.#options;
    try {
      connection.rollBack();
    } catch (failed) {
      this.fail(failed);
    }
    if (classifyFailure(caught) === 'fatal') this.fail(caught);
  }
}

async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function isShared(write: Write): write is SharedWrite {
  return typeof write.work !== 'string';
}

function settle({ resolve, reject }: Write, result: Result): void {
  if ('error' in result) reject(result.error);
  else resolve(result.value);
}

function toFailed(caught: unknown): Result {
  return { error: toSessionError(caught) };
}
