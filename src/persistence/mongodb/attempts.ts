import { setTimeout as sleep } from 'node:timers/promises';
import { storeUnavailable } from '../../errors/makers.js';
import type { RequestOptions } from './collections.js';

/** How often a write whose condition failed is tried with what stands there now. */
const attemptLimit = 24;
/** Longest pause between two of them, in ms. */
const longestPauseMs = 64;

/** An attempt that found something else than what its condition asked for. */
export const again = Symbol('again');

/**
 * Repeats an attempt until it answers something else than {@link again}, with pauses of random
 * length between: who else writes the same record does the same.
 * @throws STORE_UNAVAILABLE when the attempts or the time of the request are used up.
 */
export async function repeat<Value>(
  options: RequestOptions,
  attempt: () => Promise<Value | typeof again>,
): Promise<Value> {
  for (let count = 0; count < attemptLimit; count += 1) {
    if (count > 1) await sleep(Math.random() * Math.min(2 ** count, longestPauseMs));
    assertInTime(options);
    const value = await attempt();
    if (value !== again) return value;
  }
  throw storeUnavailable(new Error('Others changed the same record each time'));
}

/** @throws STORE_UNAVAILABLE when nobody waits any more for what would be written. */
export function assertInTime({ signal }: RequestOptions): void {
  if (signal?.aborted) throw storeUnavailable(new Error('The time of the request is used up'));
}

/** Records that a batch works on at a time. */
export const batchWidth = 16;

/** Works on `items`, at most `width` at a time, in their order. */
export async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
