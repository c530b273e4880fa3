import { storageFull, storeDamaged, storeUnavailable } from '../../../errors/makers.js';
import { SessionError } from '../../../errors/session-error.js';

/**
 * What a failure of SQLite means: `full`, there is no room; `damaged`, a page is not what it must
 * be; `busy`, another process holds the file; `interrupted`, a query was cut off; `fatal`, nothing
 * written from now on can be relied on; `other`, not SQLite's.
 */
export type SqliteFailure = 'full' | 'damaged' | 'busy' | 'interrupted' | 'fatal' | 'other';

const failures: readonly (readonly [RegExp, SqliteFailure])[] = [
  // Linux has no room for the index of the write-ahead log.
  [/^SQLITE_(FULL|IOERR_SHMSIZE)/, 'full'],
  [/^SQLITE_(CORRUPT|NOTADB|IOERR_CORRUPTFS)/, 'damaged'],
  [/^SQLITE_(BUSY|LOCKED)/, 'busy'],
  [/^SQLITE_INTERRUPT/, 'interrupted'],
  [/^SQLITE_(IOERR|CANTOPEN|READONLY|PERM|NOMEM|PROTOCOL)/, 'fatal'],
];

/** Sorts what a `catch` around SQLite caught. */
export function classifyFailure(caught: unknown): SqliteFailure {
  if (!(caught instanceof Error)) return 'other';
  if (caught.message.includes('ConnectionFailed')) return 'fatal';
  if (!('code' in caught)) return 'other';
  // No column holds BLOBs: a flipped bit has made one of a text.
  if (caught.message.includes('JSON cannot hold BLOB')) return 'damaged';
  const code = String(caught.code);
  return failures.find(([pattern]) => pattern.test(code))?.[1] ?? 'other';
}

/** The error that a caller gets for what a `catch` around SQLite caught. */
export function toSessionError(caught: unknown): SessionError {
  switch (classifyFailure(caught)) {
    case 'full':
      return storageFull(caught);
    case 'damaged':
      return storeDamaged(caught);
    case 'busy':
    case 'interrupted':
    case 'fatal':
      return storeUnavailable(caught);
    case 'other':
      return SessionError.from(caught);
  }
}
