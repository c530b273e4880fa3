import type { JsonValue } from '../../data/version1/json.js';
import { isWellFormedText } from '../../data/version1/text-format.js';
import { encodeDocument } from '../../domain/document.js';
import type { SessionRecord } from '../../domain/session.js';

/** Why an entry of the original is no session; its message says it in words. */
export class OriginalRefusal extends Error {}

const maxTextLength = 256;

/**
 * A session as `service-sessions-node` wrote it, from its JSON. Its id is kept, and what has ended
 * stays ended; an active one ends by its age and the timeout.
 * @throws OriginalRefusal for what is none.
 */
export function readOriginal(entry: unknown, idleTimeoutMs: number): SessionRecord {
  if (typeof entry !== 'object' || entry === null) throw new OriginalRefusal('it is no object');
  const fields = entry as Readonly<Record<string, unknown>>;
  const openTime = timeOf(fields, 'open_time');
  const requestTime = timeOf(fields, 'request_time') ?? openTime;
  if (openTime === undefined || requestTime === undefined) {
    throw new OriginalRefusal('it has no open_time');
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
  if (text === undefined) throw new OriginalRefusal(`it has no ${name}`);
  return text;
}

/** Absent, `null` and empty text are no value, as the original had them. */
function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? '';
  const fits = typeof value === 'string' && [...value].length <= maxTextLength;
  if (!fits || !isWellFormedText(value)) throw new OriginalRefusal(`its ${name} is not acceptable`);
  return value === '' ? undefined : value;
}

function timeOf(fields: Fields, name: string): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw new OriginalRefusal(`its ${name} is no time`);
  return time;
}

function documentOf(fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  try {
    return encodeDocument(name, value as JsonValue);
  } catch (caught) {
    throw new OriginalRefusal(`its ${name} is not acceptable`, { cause: caught });
  }
}

/** An object with this one property, or none for `undefined`. */
function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [Name in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, Value>);
}
