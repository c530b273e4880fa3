import { readFileSync } from 'node:fs';
import type { JsonValue } from '../../data/version1/json.js';
import { isWellFormedText } from '../../data/version1/text-format.js';
import { encodeDocument } from '../../domain/document.js';
import type { SessionRecord } from '../../domain/session.js';
import { refusePath } from './open-database.js';
import { optional } from './session-rows.js';

/** What an import did. */
export interface ImportReport {
  readonly imported: number;
  readonly skipped: number;
  /** Why the first of them could not be imported. */
  readonly reasons: readonly string[];
}

const reasonLimit = 10;
const maxTextLength = 256;

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
      const session = toRecord(entry, idleTimeoutMs);
      if (ids.has(session.id)) throw new ImportRefusal('its id came before');
      ids.add(session.id);
      insert(session);
    } catch (caught) {
      if (!(caught instanceof ImportRefusal)) throw caught;
      reasons.push(`entry ${index}: ${caught.message}`);
    }
  }
  return {
    imported: ids.size,
    skipped: reasons.length,
    reasons: reasons.slice(0, reasonLimit),
  };
}

class ImportRefusal extends Error {}

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

function toRecord(entry: unknown, idleTimeoutMs: number): SessionRecord {
  if (typeof entry !== 'object' || entry === null) throw new ImportRefusal('it is no object');
  const fields = entry as Readonly<Record<string, unknown>>;
  const openTime = timeOf(fields, 'open_time');
  const requestTime = timeOf(fields, 'request_time') ?? openTime;
  if (openTime === undefined || requestTime === undefined) {
    throw new ImportRefusal('it has no open_time');
  }
  const session = {
    id: requiredText(fields, 'id'),
    userId: requiredText(fields, 'user_id'),
    kind: 'rpc' as const,
    openTime,
    requestTime,
    revision: 0,
    idleTimeoutMs,
    contexts: [],
    ...optional('userName', textOf(fields, 'user_name')),
    ...optional('address', textOf(fields, 'address')),
    ...optional('client', textOf(fields, 'client')),
  };
  if (fields['active'] !== true) {
    const closeTime = timeOf(fields, 'close_time') ?? requestTime;
    return { ...session, active: false, closeReason: 'logout', closeTime };
  }
  return {
    ...session,
    active: true,
    ...optional('user', documentOf(fields, 'user')),
    ...optional('data', documentOf(fields, 'data')),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function requiredText(fields: Fields, name: string): string {
  const text = textOf(fields, name);
  if (text === undefined) throw new ImportRefusal(`it has no ${name}`);
  return text;
}

/** Absent, `null` and empty text are no value, as the original had them. */
function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? '';
  const fits = typeof value === 'string' && [...value].length <= maxTextLength;
  if (!fits || !isWellFormedText(value)) throw new ImportRefusal(`its ${name} is not acceptable`);
  return value === '' ? undefined : value;
}

function timeOf(fields: Fields, name: string): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw new ImportRefusal(`its ${name} is no time`);
  return time;
}

function documentOf(fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  try {
    return encodeDocument(name, value as JsonValue);
  } catch (caught) {
    throw new ImportRefusal(`its ${name} is not acceptable`, { cause: caught });
  }
}
