/**
 * Distinct texts in order, sorted only as far as they are asked for, so that nobody waits for all of
 * them: incremental quicksort (Paredes and Navarro, "Optimal Incremental Sorting", ALENEX 2006). The
 * first piece takes O(n) steps, all pieces O(n log n).
 */
export class IncrementalSort {
  readonly #values: string[];
  readonly #pieceLength: number;
  /** Ends of segments, the next one last: all of one are before all of those behind it. */
  readonly #ends: number[];
  #start = 0;

  constructor(values: Iterable<string>, pieceLength: number) {
    this.#values = [...values];
    this.#pieceLength = pieceLength;
    this.#ends = [this.#values.length];
  }

  /** The next texts in the order of their UTF-16 units, a piece at most; none after the last. */
  next(): readonly string[] {
    let end = this.#ends.pop() ?? this.#start;
    while (end - this.#start > this.#pieceLength) {
      this.#ends.push(end);
      end = this.#partition(this.#start, end);
    }
    const piece = this.#values.slice(this.#start, end).toSorted();
    this.#start = end;
    return piece;
  }

  /** Brings a segment into two parts around one of its values, and answers where the second begins. */
  #partition(start: number, end: number): number {
    // At random: no order of sessions makes every choice a bad one.
    const chosen = start + Math.floor(Math.random() * (end - start));
    const last = end - 1;
    const pivot = this.#values[chosen] ?? '';
    this.#swap(chosen, last);
    let boundary = start;
    for (let index = start; index < last; index += 1) {
      if ((this.#values[index] ?? '') < pivot) {
        this.#swap(index, boundary);
        boundary += 1;
      }
    }
    this.#swap(boundary, last);
    return boundary === last ? boundary : boundary + 1;
  }

  #swap(one: number, other: number): void {
    const value = this.#values[one] ?? '';
    this.#values[one] = this.#values[other] ?? '';
    this.#values[other] = value;
  }
}
