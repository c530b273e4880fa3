import { SessionError } from '../../../errors/session-error.js';
import type { Connection } from '../connection/connection.js';
import type { WriteQueue } from '../connection/write-queue.js';
import { type IndexedField, indexedFields, mergeEntries } from './index-entries.js';
import { writeMark } from './index-mark.js';
import type { NumbersInOrder, PendingBatch, PendingEntries } from './pending-entries.js';

/** What an {@link IndexMerge} works with. */
export interface IndexMergeOptions {
  readonly connection: Connection;
  readonly queue: WriteQueue;
  readonly pending: PendingEntries;
  /** Hears why a part could not be written, once until one can: it is tried again. */
  readonly onFailure: (error: SessionError) => void;
}

/** Most entries of one transaction: it holds others up. */
const longestPart = 1_024;
/** Fewest of them that are worth a transaction, unless the next batch is nearly full. */
const shortestPart = 512;
/** A batch is to be merged when the next one is so full. */
const fullEnough = 7 / 8;
const retryMs = 1_000;
/** When nothing was written for so long, what waits is merged: lists need not look for it then. */
const idleMs = 500;
/** Between two parts that nobody waits for. */
const idlePaceMs = 20;

/**
 * Merges the entries that wait (see `index-entries.ts`): batch by batch, field by field, in the order
 * of their values, so that neighbours go into a page together. Parts are written by another thread;
 * they are spread over the opens of the next batch, or follow each other when nothing is written, and
 * when the next batch is nearly full. The mark moves after the last one. What a crash cuts off begins
 * again, and changes nothing where it was done.
 */
export class IndexMerge {
  readonly #options: IndexMergeOptions;
  #running: Promise<boolean> | undefined;
  #batch: PendingBatch | undefined;
  /** Fields after the one whose entries are merged. */
  #fields: readonly IndexedField[] = [];
  #field: IndexedField | undefined;
  /** Sessions whose entry of this field is not merged, in its order. */
  #order: NumbersInOrder | undefined;
  /** The part that is being written, or could not be. */
  #part: readonly number[] | undefined;
  #freshAtPart = 0;
  #nextTry = Number.NEGATIVE_INFINITY;
  #failed = false;
  #timer: NodeJS.Timeout | undefined;
  #commitsAtTimer = 0;
  #closed = false;

  constructor(options: IndexMergeOptions) {
    this.#options = options;
    this.#look(options.connection.commits);
  }

  /**
   * Has the next part written when it is due; to be called inside the write that added a session, so
   * that the part comes right after it: while the opens of that transaction are answered and the next
   * ones are read.
   */
  look(): void {
    this.#look(this.#options.connection.commits + 1);
  }

  /**
   * Merges all that waits, but for what would begin after `longestMs`: a start finds that. Begins
   * nothing afterwards.
   */
  async finish(longestMs: number): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const end = performance.now() + longestMs;
    await this.#running;
    while (this.#options.pending.size > 0 && performance.now() < end) {
      if (!(await this.#start(longestPart))) return;
    }
  }

  /** `commits` is how many there are once the transaction is committed that it is called in. */
  #look(commits: number): void {
    if (this.#closed) return;
    if (this.#isDue()) void this.#start(this.#wantedEntries());
    if (this.#options.pending.size > 0) this.#wait(idleMs, commits);
  }

  /** Writes a part, unless one is being written; answers whether it was. */
  async #start(entries: number): Promise<boolean> {
    this.#running ??= this.#step(entries).finally(() => {
      this.#running = undefined;
      // The opens of a transaction that began meanwhile have looked in vain.
      if (!this.#closed && this.#isDue()) void this.#start(this.#wantedEntries());
    });
    return await this.#running;
  }

  #wait(ms: number, commits: number): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#commitsAtTimer = commits;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#goOn();
    }, ms).unref();
  }

  /** Once the timer ended: the next part, unless something was written meanwhile. */
  async #goOn(): Promise<void> {
    const { connection, pending } = this.#options;
    const isIdle = connection.commits === this.#commitsAtTimer && !connection.isOccupied;
    const isMerging = isIdle && performance.now() >= this.#nextTry;
    if (isMerging) await this.#start(longestPart);
    if (pending.size > 0) this.#wait(isMerging ? idlePaceMs : idleMs, connection.commits);
  }

  #isDue(): boolean {
    const { pending } = this.#options;
    if (this.#running !== undefined || performance.now() < this.#nextTry) return false;
    if (this.#batch === undefined) return pending.fresh >= pending.batchSize;
    return this.#wantedEntries() >= shortestPart || this.#isBehind();
  }

  #isBehind(): boolean {
    const { pending } = this.#options;
    return pending.isFull || pending.fresh >= pending.batchSize * fullEnough;
  }

  /** What the sessions since the last part ask for, so that the batch is merged in time. */
  #wantedEntries(): number {
    const { pending } = this.#options;
    if (this.#batch === undefined || this.#isBehind()) return longestPart;
    const rest = (this.#order?.left ?? 0) + this.#fields.length * this.#batch.size + shortestPart;
    const room = pending.batchSize * fullEnough - this.#freshAtPart;
    const share = (pending.fresh - this.#freshAtPart) / room;
    return Math.min(Math.ceil(rest * share), longestPart);
  }

  /** Whether a part was written. */
  async #step(entries: number): Promise<boolean> {
    const { connection, pending, queue, onFailure } = this.#options;
    const batch = this.#batch ?? this.#begin();
    this.#freshAtPart = pending.fresh;
    const field = this.#nextField(batch);
    const numbers = this.#part ?? this.#order?.take(entries);
    this.#part = numbers;
    try {
      if (field === undefined) {
        await queue.add('growing', () => writeMark(connection, batch.lastNumber));
      } else await queue.transact('growing', mergeEntries(field, numbers ?? []));
    } catch (caught) {
      if (!this.#failed) onFailure(SessionError.from(caught));
      this.#failed = true;
      this.#nextTry = performance.now() + retryMs;
      return false;
    }
    this.#failed = false;
    this.#part = undefined;
    if (field === undefined) {
      pending.endMerge();
      this.#batch = undefined;
    }
    return true;
  }

  #begin(): PendingBatch {
    this.#batch = this.#options.pending.beginMerge();
    this.#fields = indexedFields;
    this.#order = undefined;
    return this.#batch;
  }

  /** Of which field the next part is; `undefined` after all of them. */
  #nextField(batch: PendingBatch): IndexedField | undefined {
    while (this.#part === undefined && (this.#order?.left ?? 0) === 0) {
      [this.#field, ...this.#fields] = this.#fields;
      this.#order = this.#field && batch.inOrder(this.#field);
      if (this.#field === undefined) return undefined;
    }
    return this.#field;
  }
}
