import { readFileSync } from 'node:fs';
import type { SessionRecord } from '../../../domain/session.js';
import { OriginalRefusal, readOriginal } from '../../copy/original-session.js';
import { refusePath } from './open-database.js';

/** What an import did. */
export interface ImportReport {
  readonly imported: number;
  readonly skipped: number;
  /** Why the first of them could not be imported. */
  readonly reasons: readonly string[];
}

const reasonLimit = 10;

/**
 * Reads a file of the original's file store, a JSON array of sessions, and hands on what is one.
 * Ids are kept, and what has ended stays ended; an active one ends by its age and the timeout.
 * @throws INVALID_CONFIG when the file is no JSON array.
 */
export function importSessions(
  path: string,
  idleTimeoutMs: number,
  insert: (session: SessionRecord) => void,
): ImportReport {
  const entries = readEntries(path);
  const ids = new Set<string>();
  const reasons: string[] = [];
  for (const [index, entry] of entries.entries()) {
    try {
      const session = readOriginal(entry, idleTimeoutMs);
      if (ids.has(session.id)) throw new OriginalRefusal('its id came before');
      ids.add(session.id);
      insert(session);
    } catch (caught) {
      if (!(caught instanceof OriginalRefusal)) throw caught;
      reasons.push(`entry ${index}: ${caught.message}`);
    }
  }
  return {
    imported: ids.size,
    skipped: reasons.length,
    reasons: reasons.slice(0, reasonLimit),
  };
}

function readEntries(path: string): readonly unknown[] {
  let entries: unknown;
  try {
    entries = JSON.parse(readFileSync(path, 'utf8'));
  } catch (caught) {
    throw refusePath(path, 'it cannot be imported: it is not readable JSON; move it away', caught);
  }
  if (Array.isArray(entries)) return entries;
  throw refusePath(path, 'it cannot be imported: it is not a JSON array; move it away');
}
