import type { CommandParams } from '../data/version1/commands.js';
import type { PagingV1, SessionFilterV1 } from '../data/version1/page-v1.js';
import { closeReasons, sessionKinds } from '../data/version1/words.js';
import { parseCursor } from '../domain/cursor.js';
import type { ListPosition, SessionFilter } from '../domain/filter.js';
import { invalidData, type Problem } from '../errors/makers.js';

/** Words of `BooleanConverter` of pip-services3-commons-nodex, which old callers may send. */
const words: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  1: true,
  false: false,
  f: false,
  no: false,
  n: false,
  0: false,
};

/** Values that are not what they must be are collected here, and refused together. */
class Reader {
  readonly #problems: Problem[] = [];

  optional<Value>(
    path: string,
    raw: unknown,
    parse: (raw: unknown) => Value | string,
  ): Value | undefined {
    if (raw === undefined) return undefined;
    const parsed = parse(raw);
    if (typeof parsed !== 'string' || parsed === raw) return parsed as Value;
    this.#problems.push({ path, reason: parsed });
    return undefined;
  }

  refuse(path: string, reason: string): void {
    this.#problems.push({ path, reason });
  }

  assertNone(): void {
    if (this.#problems.length > 0) throw invalidData(this.#problems);
  }
}

/** Which rows of a list are wanted. */
export interface Paging {
  readonly skip: number;
  readonly take: number;
  readonly total: boolean;
  readonly after?: ListPosition;
}

const defaultTake = 100;

/**
 * The filter that a caller sent, text or not (specs: rpc-v1, "What old callers send").
 * @throws INVALID_DATA naming every value that is not what it must be.
 */
export function parseFilter(raw: SessionFilterV1 | undefined): SessionFilter {
  const reader = new Reader();
  const filter = readFilter(reader, raw);
  reader.assertNone();
  return filter;
}

/**
 * Filter and paging that a caller sent, text or not, for pages of at most `maxPageSize` rows.
 * @throws INVALID_DATA naming every value that is not what it must be.
 */
export function parseList(
  raw: CommandParams<'get_sessions'>,
  maxPageSize: number,
): { readonly filter: SessionFilter; readonly paging: Paging } {
  const reader = new Reader();
  const filter = readFilter(reader, raw.filter);
  const paging = readPaging(reader, raw.paging, filter);
  reader.assertNone();
  return { filter, paging: { ...paging, take: Math.min(paging.take, maxPageSize) } };
}

function readFilter(reader: Reader, raw: SessionFilterV1 | undefined): SessionFilter {
  const given: SessionFilterV1 = raw ?? {};
  const filter = {
    id: given.id,
    userId: given.user_id,
    deviceId: given.device_id,
    client: given.client,
    address: given.address,
    kind: reader.optional('/filter/kind', given.kind, (value) => parseWord(value, sessionKinds)),
    closeReason: reader.optional('/filter/close_reason', given.close_reason, (value) =>
      parseWord(value, closeReasons),
    ),
    active: reader.optional('/filter/active', given.active, parseBoolean),
    fromTime: reader.optional('/filter/from_time', given.from_time, parseTime),
    toTime: reader.optional('/filter/to_time', given.to_time, parseTime),
  };
  const conditions = Object.entries(filter).filter(([, value]) => value !== undefined);
  return Object.fromEntries(conditions) as SessionFilter;
}

function readPaging(reader: Reader, raw: PagingV1 | undefined, filter: SessionFilter): Paging {
  const given: PagingV1 = raw ?? {};
  const skip = reader.optional('/paging/skip', given.skip, (value) => parseWhole(value, 0)) ?? 0;
  const take = reader.optional('/paging/take', given.take, (value) => parseWhole(value, 1));
  const total = reader.optional('/paging/total', given.total, parseBoolean) ?? false;
  const after = given.cursor === undefined ? undefined : parseCursor(given.cursor, filter);
  if (given.cursor !== undefined && after === undefined) {
    reader.refuse('/paging/cursor', 'is damaged, or of another filter');
  }
  if (after !== undefined && skip > 0) {
    reader.refuse('/paging/skip', 'cannot be combined with a cursor');
  }
  return { skip, take: take ?? defaultTake, total, ...(after === undefined ? {} : { after }) };
}

function parseWord<Word extends string>(raw: unknown, allowed: readonly Word[]): Word | string {
  return allowed.find((word) => word === raw) ?? `is not one of ${allowed.join(', ')}`;
}

function parseBoolean(raw: unknown): boolean | string {
  if (typeof raw === 'boolean') return raw;
  const isScalar = typeof raw === 'string' || typeof raw === 'number';
  const word = isScalar ? String(raw).toLowerCase() : '';
  return (Object.hasOwn(words, word) ? words[word] : undefined) ?? 'is neither true nor false';
}

function parseWhole(raw: unknown, minimum: number): number | string {
  const value = typeof raw === 'string' && /^-?\d{1,16}$/.test(raw) ? Number(raw) : raw;
  if (!Number.isSafeInteger(value)) return 'is not a whole number';
  const whole = value as number;
  return whole < minimum ? `must be ${minimum} or more` : whole;
}

/** The farthest time that JavaScript's dates reach. */
const maxTime = 8_640_000_000_000_000;

const isoTime = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?(Z|[+-]\d\d:\d\d)?$/;

function parseTime(raw: unknown): number | string {
  const value = typeof raw === 'string' && !isDecimal.test(raw) ? parseIsoTime(raw) : Number(raw);
  const isScalar = typeof raw === 'number' || typeof raw === 'string';
  const usable = isScalar && Number.isFinite(value) && Math.abs(value) <= maxTime;
  return usable ? Math.floor(value) : 'is neither an ISO 8601 time nor milliseconds since 1970';
}

const isDecimal = /^-?\d+(\.\d+)?$/;

/** Milliseconds of an ISO 8601 text, UTC where it names no zone; NaN for a day that is none. */
function parseIsoTime(text: string): number {
  const [, day, time = 'T00:00', zone = 'Z'] = isoTime.exec(text) ?? [];
  if (day === undefined) return Number.NaN;
  const midnight = Date.parse(`${day}T00:00Z`);
  const isDay = Number.isFinite(midnight) && new Date(midnight).toISOString().startsWith(day);
  return isDay ? Date.parse(`${day}${time}${zone}`) : Number.NaN;
}
