import type { AllOf } from '../with-defaults.js';

/** What a mock of the service can be told; the rest is as the service is without settings. */
export interface MockOptions {
  /**
   * The clock, in ms since 1970: one that a test moves is {@link createMockClock}.
   * @default Date.now
   */
  readonly now?: (() => number) | undefined;
  /**
   * How long a session of kind `rpc` may be silent that does not say so itself, in ms.
   * @default 86,400,000
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * The same for kind `web`.
   * @default 300,000
   */
  readonly webIdleTimeoutMs?: number | undefined;
  /** When a session ends whatever happens, in ms after it was opened; never when absent. */
  readonly absoluteTimeoutMs?: number | undefined;
  /** Live sessions that a user may have; any number when absent. */
  readonly maxSessionsPerUser?: number | undefined;
  /**
   * What happens at that limit: the new session is refused, or the oldest end for it.
   * @default 'reject'
   */
  readonly limitPolicy?: 'reject' | 'end_oldest' | undefined;
}

/** The defaults of {@link MockOptions}, where there are any. */
export const defaultMockOptions = {
  now: Date.now,
  idleTimeoutMs: 86_400_000,
  webIdleTimeoutMs: 300_000,
  limitPolicy: 'reject',
} as const satisfies Omit<AllOf<MockOptions>, 'absoluteTimeoutMs' | 'maxSessionsPerUser'>;
