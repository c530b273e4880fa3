/** A clock that never runs back (QUALITY "Faults"). */
export interface ServiceClock {
  /** Milliseconds since 1970: a whole number, never less than the answer before. */
  now(): number;
  /** Steps of the wall clock by more than 5 s that were seen since the last call, in ms. */
  takeSteps(): readonly number[];
}

/** What the clock is made from. */
export interface ServiceClockOptions {
  /** The wall clock, in ms since 1970. @default Date.now */
  readonly wall?: () => number;
  /** A clock that only runs on, in ms. @default performance.now */
  readonly monotonic?: () => number;
}

/** A wall clock that moves by more than this between two looks was set. */
const stepMs = 5_000;
/** How fast the clock may run after the wall clock: 1 % of the time that passes. */
const slewRate = 0.01;

/**
 * The wall clock at start plus the monotonic one, slewed after the wall clock. A wall clock that
 * is set by more than 5 s is reported and followed at 1 % only: what expires has really been
 * silent, and nothing comes back.
 */
export function createServiceClock(options: ServiceClockOptions = {}): ServiceClock {
  const wall = options.wall ?? Date.now;
  const monotonic = options.monotonic ?? (() => performance.now());
  let lastMonotonic = monotonic();
  let time = wall();
  let lastOffset = 0;
  let last = Math.floor(time);
  let steps: number[] = [];
  return {
    now() {
      const ticks = monotonic();
      const passed = Math.max(0, ticks - lastMonotonic);
      lastMonotonic = ticks;
      const offset = wall() - (time + passed);
      if (Math.abs(offset - lastOffset) > stepMs) steps.push(Math.round(offset - lastOffset));
      const reach = passed * slewRate;
      const slewed = Math.min(Math.max(offset, -reach), reach);
      time += passed + slewed;
      lastOffset = offset - slewed;
      last = Math.max(last, Math.floor(time));
      return last;
    },
    takeSteps() {
      const taken = steps;
      steps = [];
      return taken;
    },
  };
}
