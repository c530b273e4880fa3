import { maxTimeoutMs } from '../../data/version1/fields.js';
import { integerSetting, textSetting } from '../../logic/settings.js';

const mebibyte = 1_048_576;

/** Settings of `service-sessions:persistence:file`. */
export const sqliteSettings = {
  path: textSetting({
    key: 'path',
    default: 'data/sessions.db',
    doc:
      'The database; its folder must be there. A name that ends in `.json` means the file beside ' +
      'it that ends in `.db`, into which an existing `.json` of the original is imported once.',
  }),
  reserveBytes: integerSetting({
    key: 'options.reserve_bytes',
    default: 16 * mebibyte,
    min: 0,
    max: 1_024 * mebibyte,
    doc: 'Bytes held beside the database for closes, deletes and sweeps when the disk is full.',
  }),
  maxPages: integerSetting({
    key: 'options.max_pages',
    default: undefined,
    min: 64,
    max: 4_294_967_294,
    doc: 'Most pages of 4,096 bytes that the database may have; as many as fit when not set.',
  }),
  cacheBytes: integerSetting({
    key: 'options.cache_bytes',
    default: undefined,
    min: mebibyte,
    max: 16_384 * mebibyte,
    doc:
      'Most bytes of the database that the process keeps in memory as they are used; when not ' +
      'set, an eighth of the memory it may use, but 64 MiB to 1 GiB.',
  }),
  mergeRows: integerSetting({
    key: 'options.merge_rows',
    default: 65_536,
    min: 1,
    max: 1_000_000,
    doc:
      'How many new sessions wait in memory (some 300 bytes each, twice as many at most) until their ' +
      'entries in the indexes of id, user, device and address are written, sorted. A start reads ' +
      'them again.',
  }),
  knownSessions: integerSetting({
    key: 'options.known_sessions',
    default: 50_000,
    min: 0,
    max: 1_000_000,
    doc:
      'Sessions that the process remembers, without their documents, so that a beat need not read ' +
      'them: some 1 to 2 KiB each.',
  }),
  knownBytes: integerSetting({
    key: 'options.known_bytes',
    default: undefined,
    min: 0,
    max: 2_048 * mebibyte,
    doc:
      'Bytes of memory in which the process remembers what lists say of live sessions, so that a list ' +
      'need not read them: 64 and its texts for each, taken as they are needed, and a sixteenth more ' +
      'to find them; when not set, 192 MiB, but at most a 32nd of the memory it may use; with 0 ' +
      'nothing is remembered.',
  }),
  quickRows: integerSetting({
    key: 'options.quick_rows',
    default: 256,
    min: 0,
    max: 100_000,
    doc: 'Rows that a query may look through at once; one with more runs on a thread of its own.',
  }),
  queryTimeoutMs: integerSetting({
    key: 'options.query_timeout',
    default: 2_000,
    min: 10,
    max: 600_000,
    doc: 'Milliseconds that a count, a total or a search without an index may take, or 503.',
  }),
  queryQueueLimit: integerSetting({
    key: 'options.query_queue',
    default: 64,
    min: 1,
    max: 100_000,
    doc: 'How many of those may wait while two run; one more is answered 503.',
  }),
  startCheckBytes: integerSetting({
    key: 'options.start_check_bytes',
    default: 16 * mebibyte,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    doc:
      'Up to this size a database is checked before it serves, its indexes too; up to 1 GB its ' +
      'pages are while it serves, and above that only `verify` looks.',
  }),
  importIdleTimeoutMs: integerSetting({
    key: 'options.import_idle_timeout',
    default: 24 * 3_600_000,
    min: 1,
    max: maxTimeoutMs,
    doc: 'Idle timeout in milliseconds of the sessions imported from a `.json` file.',
  }),
} as const;
