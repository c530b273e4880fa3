/** A clock that stands until a test moves it. */
export interface MockClock {
  /** The time, in ms since 1970; needs no `this`. */
  readonly now: () => number;
  /** Lets time pass, in ms. */
  pass(ms: number): void;
}

/** Makes a clock that stands at a time (ms since 1970), at the time of the call when absent. */
export function createMockClock(start: number = Date.now()): MockClock {
  let time = start;
  return {
    now: () => time,
    pass(ms) {
      time += ms;
    },
  };
}
