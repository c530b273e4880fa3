import { integerSetting } from '../../logic/settings.js';

/** Settings of `service-sessions:persistence:memory`. */
export const memorySettings = {
  maxSessions: integerSetting({
    key: 'options.max_sessions',
    default: 2_000_000,
    min: 1,
    max: 10_000_000,
    doc:
      'Most sessions that are kept, ended ones included. Ended ones go first, the oldest first; ' +
      'when all of them live, one more is refused (507).',
  }),
  maxBytes: integerSetting({
    key: 'options.max_bytes',
    default: 1_500_000_000,
    min: 100_000,
    max: 1_000_000_000_000,
    doc:
      'Most bytes that sessions, time ledger and request ids may take, as estimated. Ended ' +
      'sessions go first, then the oldest times; then what needs more is refused (507). Keep it ' +
      'below the heap limit of Node.',
  }),
} as const;
