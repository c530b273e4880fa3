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
    default: undefined,
    min: 1,
    max: 1_000_000_000_000,
    doc:
      'Most bytes that sessions, time ledger and request ids may take, as estimated; when not ' +
      'set, two thirds of what the old generation of V8 may grow to, at least a quarter of the ' +
      'heap limit. Ended sessions go first, then the oldest rows of the ledger; then what needs ' +
      'more is refused (507).',
  }),
} as const;
