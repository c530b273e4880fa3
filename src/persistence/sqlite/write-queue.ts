import { storageFull, storeUnavailable } from '../../errors/makers.js';
import { isSessionError } from '../../errors/session-error.js';
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
  readonly makeRoom: () => boolean;
  /** Called once, when nothing written from now on could be relied on. */
  readonly onFatal: (error: Error) => void;
}

/** Writes in one transaction: more of them wait for the next turn. */
const groupLimit = 256;

interface Write {
  readonly kind: WriteKind;
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

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
    if (this.#closed || this.#failure !== undefined) throw storeUnavailable(this.#failure);
    return await new Promise<Value>((resolve, reject) => {
      this.#waiting.push({ kind, run, resolve: resolve as (value: unknown) => void, reject });
      this.#writing ??= this.#writeAll();
    });
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

  async #writeAll(): Promise<void> {
    const { connection } = this.#options;
    let commits = connection.commits;
    do {
      // A commit leaves others their turn by itself.
      if (connection.commits === commits) await nextTurn();
      commits = connection.commits;
      await this.#writeGroup(this.#waiting.splice(0, groupLimit));
    } while (this.#waiting.length > 0);
    this.#writing = undefined;
  }

  async #writeGroup(writes: readonly Write[]): Promise<void> {
    const results = await this.#transact(writes);
    for (const [index, write] of writes.entries()) {
      const result = results?.[index] ?? (await this.#writeAlone(write).catch(toFailed));
      if ('error' in result) write.reject(result.error);
      else write.resolve(result.value);
    }
  }

  /** What each write answers; `undefined` when the transaction was lost. */
  async #transact(writes: readonly Write[]): Promise<readonly Result[] | undefined> {
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
  #step(write: Write): Result {
    const before = this.#options.connection.changes;
    try {
      return { value: write.run() };
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
      if (!full || write.kind === 'growing' || !makeRoom()) {
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
    const { connection } = this.#options;
    try {
      connection.exec('BEGIN IMMEDIATE');
      const value = write.run();
      await connection.commit();
      return this.#failure === undefined ? { value } : this.#refused();
    } catch (error) {
      this.#rollBack(error);
      return { error };
    }
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

function toFailed(caught: unknown): Result {
  return { error: toSessionError(caught) };
}
