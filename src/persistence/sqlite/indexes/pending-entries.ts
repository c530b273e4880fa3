import { IncrementalSort } from './incremental-sort.js';
import { type IndexedField, type IndexedValues, indexedFields } from './index-entries.js';

/** Entries that wait together, and are merged together. */
export interface PendingBatch {
  /** How many sessions it is of. */
  readonly size: number;
  /** The highest number of a session whose entries are in it, or are written already. */
  readonly lastNumber: number;
  /** The sessions with a value in a field, in the order of the values. */
  inOrder(field: IndexedField): NumbersInOrder;
}

/** Sessions in the order of a value of theirs, to be taken once. */
export interface NumbersInOrder {
  /** How many are left. */
  readonly left: number;
  /** The next ones, at most so many. */
  take(count: number): readonly number[];
}

/** From here on the entries of a value lie so close together that they are written at once. */
const longestList = 256;
/** Values that are sorted at once: as many as a part of a merge takes. */
const sortedAtOnce = 1_024;
const none: readonly number[] = [];

/** Most values have one session, which then needs no list. */
type Numbers = number | number[];

class Batch implements PendingBatch {
  readonly #numbers: { readonly [Field in IndexedField]: Map<string, Numbers> } = {
    id: new Map(),
    userId: new Map(),
    deviceId: new Map(),
    address: new Map(),
  };
  size = 0;
  lastNumber = 0;

  add(field: IndexedField, value: string, n: number): void {
    const numbers = this.#numbers[field].get(value);
    if (numbers === undefined) this.#numbers[field].set(value, n);
    else if (typeof numbers === 'number') this.#numbers[field].set(value, [numbers, n]);
    else numbers.push(n);
  }

  numbers(field: IndexedField, value: string): readonly number[] {
    return listOf(this.#numbers[field].get(value));
  }

  /** How many sessions have this value. */
  count(field: IndexedField, value: string): number {
    return countOf(this.#numbers[field].get(value));
  }

  /** As SQLite orders texts but for rare signs, which is enough: the order is for speed. */
  inOrder(field: IndexedField): NumbersInOrder {
    return new SortedNumbers(this.#numbers[field]);
  }
}

class SortedNumbers implements NumbersInOrder {
  readonly #numbers: ReadonlyMap<string, Numbers>;
  readonly #values: IncrementalSort;
  #next: number[] = [];
  #left = 0;

  constructor(numbers: ReadonlyMap<string, Numbers>) {
    this.#numbers = numbers;
    this.#values = new IncrementalSort(numbers.keys(), sortedAtOnce);
    for (const found of numbers.values()) this.#left += countOf(found);
  }

  get left(): number {
    return this.#left;
  }

  take(count: number): readonly number[] {
    const wanted = Math.min(count, this.#left);
    while (this.#next.length < wanted) {
      for (const value of this.#values.next()) {
        // One by one: so many as a piece may have are too many for the arguments of a call.
        for (const n of listOf(this.#numbers.get(value))) this.#next.push(n);
      }
    }
    this.#left -= wanted;
    return this.#next.splice(0, wanted);
  }
}

function listOf(numbers: Numbers | undefined): readonly number[] {
  return typeof numbers === 'number' ? [numbers] : (numbers ?? none);
}

function countOf(numbers: Numbers | undefined): number {
  return typeof numbers === 'number' ? 1 : (numbers?.length ?? 0);
}

/**
 * Which sessions may have a value while their entries are not merged (see `index-entries.ts`). What
 * it answers holds every such session, and may hold others: ones that were removed, whose transaction
 * was lost, or whose entry is merged already. The row decides.
 */
export class PendingEntries {
  /** How many sessions wait for the next batch at most; twice as many wait in all. */
  readonly batchSize: number;
  #merging: Batch | undefined;
  #fresh = new Batch();

  constructor(batchSize: number) {
    this.batchSize = batchSize;
  }

  /** How many sessions wait for the next batch. */
  get fresh(): number {
    return this.#fresh.size;
  }

  /** How many sessions wait, those of the batch included that is being merged. */
  get size(): number {
    return this.#fresh.size + (this.#merging?.size ?? 0);
  }

  /**
   * Takes the entries of a session, whose number is the highest so far, but for the fields it answers:
   * entries of these are to be written with their session.
   */
  add(n: number, values: IndexedValues): readonly IndexedField[] {
    return this.#add(n, values, this.isFull);
  }

  /** The same of a session that was there when the database was opened: those of two batches are. */
  recover(n: number, values: IndexedValues): readonly IndexedField[] {
    return this.#add(n, values, this.size >= 2 * this.batchSize);
  }

  /** Takes one entry in any case, of a session that was taken just before. */
  force(field: IndexedField, value: string, n: number): void {
    this.#fresh.add(field, value, n);
  }

  /** Whether entries of a session more are to be written with it. */
  get isFull(): boolean {
    return this.#fresh.size >= this.batchSize || this.size >= 2 * this.batchSize;
  }

  /** Numbers of the sessions that may have this value and no entry. */
  numbers(field: IndexedField, value: string): readonly number[] {
    const fresh = this.#fresh.numbers(field, value);
    const merging = this.#merging?.numbers(field, value) ?? none;
    if (merging.length === 0) return fresh;
    return fresh.length === 0 ? merging : [...merging, ...fresh];
  }

  /** What waits becomes the batch that is merged, until {@link endMerge}. */
  beginMerge(): PendingBatch {
    this.#merging = this.#fresh;
    this.#fresh = new Batch();
    return this.#merging;
  }

  /** Forgets the batch, whose entries are on the disk. */
  endMerge(): void {
    this.#merging = undefined;
  }

  #count(field: IndexedField, value: string): number {
    return this.#fresh.count(field, value) + (this.#merging?.count(field, value) ?? 0);
  }

  #add(n: number, values: IndexedValues, isFull: boolean): readonly IndexedField[] {
    const refused: IndexedField[] = [];
    for (const field of indexedFields) {
      const value = values[field];
      if (value === undefined) continue;
      if (isFull || this.#count(field, value) >= longestList) refused.push(field);
      else this.#fresh.add(field, value, n);
    }
    this.#fresh.lastNumber = n;
    if (!isFull) this.#fresh.size += 1;
    return refused;
  }
}
