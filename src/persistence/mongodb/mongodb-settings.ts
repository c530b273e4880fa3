import { integerSetting, textSetting } from '../../logic/settings.js';
import { mongoConnectionSettings } from './connection/mongo-connection-settings.js';

/** Settings of `service-sessions:persistence:mongodb` beside those of its connection. */
export const mongodbStoreSettings = {
  collection: textSetting({
    key: 'collection',
    default: 'sessions',
    doc:
      'Name of the collection of sessions (MONGO_COLLECTION); the others are named after it: ' +
      '`…_stretches`, `…_requests`, `…_limits`, `…_meta`. One with documents of something else, ' +
      'those of the original too, is refused.',
  }),
  knownSessions: integerSetting({
    key: 'options.known_sessions',
    default: 50_000,
    min: 0,
    max: 10_000_000,
    doc:
      'Sessions that the process remembers, without their documents, so that a beat is one round ' +
      'trip: some 1 to 2 KiB each, more with many tabs (mongodb.md).',
  }),
  queryTimeoutMs: integerSetting({
    key: 'options.query_timeout',
    default: 2_000,
    min: 10,
    max: 600_000,
    doc: 'Milliseconds that the server may work on a list, a count or a total, or 503.',
  }),
} as const;

/** All settings of `service-sessions:persistence:mongodb`. */
export const mongodbSettings = { ...mongodbStoreSettings, ...mongoConnectionSettings } as const;
