/** Longest block: short enough to shift quickly, long enough for few of them. */
const blockLimit = 512;

/** How many items at the end are asked one by one. */
const nearEnd = 16;

/** Order of two items: negative, 0 for the same item only, positive. */
export type Compare<Item> = (one: Item, other: Item) => number;

/**
 * Items in ascending order, in blocks: adding at the end is O(1), elsewhere, and removing, O(log n)
 * comparisons and a shift inside one block. Iteration starts at any place in O(log n).
 * What the order depends on must not change while an item is in the list.
 */
export class SortedList<Item> {
  readonly #compare: Compare<Item>;
  readonly #blocks: Item[][] = [];
  #size = 0;

  constructor(compare: Compare<Item>) {
    this.#compare = compare;
  }

  /** How many items there are. */
  get size(): number {
    return this.#size;
  }

  /** The lowest item; `undefined` when there is none. */
  get first(): Item | undefined {
    return this.#blocks[0]?.[0];
  }

  /** Adds an item that is not in the list. */
  add(item: Item): void {
    this.#size += 1;
    const highest = this.#blocks.at(-1);
    // New sessions come last, or nearly, because ids of one millisecond come in any order.
    const first = highest?.[0];
    if (highest !== undefined && first !== undefined && this.#compare(first, item) < 0) {
      this.#addToLast(highest, item);
      return;
    }
    const index = this.#blockOf(item);
    const block = this.#blocks[index];
    if (block !== undefined) {
      block.splice(this.#placeIn(block, item), 0, item);
      if (block.length > blockLimit)
        this.#blocks.splice(index + 1, 0, block.splice(blockLimit / 2));
      return;
    }
    this.#blocks.push([item]);
  }

  /** Removes an item; whether it was there. */
  remove(item: Item): boolean {
    const index = this.#blockOf(item);
    const block = this.#blocks[index];
    const place = block === undefined ? 0 : this.#placeIn(block, item);
    if (block?.[place] !== item) return false;
    this.#size -= 1;
    block.splice(place, 1);
    this.#joinBlocks(index, block);
    return true;
  }

  /**
   * The items from the highest down; with `isBehind`, from the highest for which it is true. It
   * must be true for an item whenever it is true for a higher one.
   */
  *descending(isBehind: (item: Item) => boolean = () => true): Generator<Item, undefined> {
    const heads = this.#blocks;
    let index = countWhile(heads, (block) => block[0] !== undefined && isBehind(block[0])) - 1;
    let place = countWhile(heads[index] ?? [], isBehind) - 1;
    for (; index >= 0; index -= 1) {
      const block = heads[index] ?? [];
      for (; place >= 0; place -= 1) {
        const item = block[place];
        if (item !== undefined) yield item;
      }
      place = (heads[index - 1]?.length ?? 0) - 1;
    }
    return undefined;
  }

  /** Adds an item whose place is in the last block or behind it. */
  #addToLast(block: Item[], item: Item): void {
    const place = this.#placeNearEnd(block, item);
    if (block.length < blockLimit) {
      if (place === block.length) block.push(item);
      else block.splice(place, 0, item);
    } else {
      this.#blocks.push([item, ...block.splice(place)]);
    }
  }

  #placeNearEnd(block: readonly Item[], item: Item): number {
    let place = block.length;
    const limit = Math.max(0, place - nearEnd);
    for (; place > limit; place -= 1) {
      const other = block[place - 1];
      if (other !== undefined && this.#compare(other, item) < 0) return place;
    }
    return this.#placeIn(block, item);
  }

  /** The first block that ends at the item or behind it; the number of blocks if none does. */
  #blockOf(item: Item): number {
    const compare = this.#compare;
    const last = this.#blocks.at(-1)?.at(-1);
    if (last === undefined || compare(last, item) < 0) return this.#blocks.length;
    return countWhile(this.#blocks, (block) => {
      const end = block.at(-1);
      return end !== undefined && compare(end, item) < 0;
    });
  }

  #placeIn(block: readonly Item[], item: Item): number {
    return countWhile(block, (other) => this.#compare(other, item) < 0);
  }

  #joinBlocks(index: number, block: Item[]): void {
    const next = this.#blocks[index + 1];
    if (block.length === 0) {
      this.#blocks.splice(index, 1);
    } else if (next !== undefined && block.length + next.length <= blockLimit / 2) {
      block.push(...next);
      this.#blocks.splice(index + 1, 1);
    }
  }
}

/** How many items at the start fulfil a condition that no item behind them does. */
function countWhile<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && holds(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}
