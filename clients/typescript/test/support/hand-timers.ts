import type { HeartbeatTimers } from '../../src/index.js';

/** Timers that a test lets go off. */
export interface HandTimers extends HeartbeatTimers {
  /** What waits, in ms. */
  readonly pauses: readonly number[];
  /** Lets the one that waits go off, which must be there alone. */
  fire(): void;
}

/** Timers that wait for a test. */
export function createHandTimers(): HandTimers {
  const waiting = new Map<object, { readonly action: () => void; readonly ms: number }>();
  return {
    set(action, ms) {
      const timer = {};
      waiting.set(timer, { action, ms });
      return timer;
    },
    clear(timer) {
      waiting.delete(timer as object);
    },
    get pauses() {
      return [...waiting.values()].map(({ ms }) => ms);
    },
    fire() {
      const [first, ...others] = waiting;
      if (first === undefined || others.length > 0) throw new Error('One timer was expected.');
      const [timer, { action }] = first;
      waiting.delete(timer);
      action();
    },
  };
}
