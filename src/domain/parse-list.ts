import { closeReasons, sessionKinds } from '../data/version1/words.js';
import { invalidData, type Problem } from '../errors/makers.js';
import type { ListPosition, SessionFilter } from './filter.js';

/** A filter as callers send it: what is not text may come as its text. */
export interface SentFilter {
  readonly id?: string | undefined;
  readonly user_id?: string | undefined;
  readonly device_id?: string | undefined;
  readonly client?: string | undefined;
  readonly address?: string | undefined;
  readonly kind?: string | undefined;
  readonly close_reason?: string | undefined;
  readonly active?: boolean | number | string | undefined;
  readonly from_time?: number | string | undefined;
  readonly to_time?: number | string | undefined;
}

/** Paging as callers send it. */
export interface SentPaging {
  readonly skip?: number | string | undefined;
  readonly take?: number | string | undefined;
  readonly total?: boolean | number | string | undefined;
  readonly cursor?: string | undefined;
}

/** What {@link parseList} needs to know. */
export interface ParseListOptions {
  /** Most rows of a page. */
  readonly maxPageSize: number;
  /** The place that a cursor names; `undefined` if it is damaged or of another filter. */
  parseCursor(cursor: string, filter: SessionFilter): ListPosition | undefined;
}

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
export function parseFilter(raw: SentFilter | undefined): SessionFilter {
  const reader = new Reader();
  const filter = readFilter(reader, raw);
  reader.assertNone();
  return filter;
}

/**
 * Filter and paging that a caller sent, text or not.
 * @throws INVALID_DATA naming every value that is not what it must be.
 */
export function parseList(
  sent: { readonly filter?: SentFilter | undefined; readonly paging?: SentPaging | undefined },
  options: ParseListOptions,
): { readonly filter: SessionFilter; readonly paging: Paging } {
  const reader = new Reader();
  const filter = readFilter(reader, sent.filter);
  const paging = readPaging(reader, sent.paging ?? {}, (cursor) =>
    options.parseCursor(cursor, filter),
  );
  reader.assertNone();
  return { filter, paging: { ...paging, take: Math.min(paging.take, options.maxPageSize) } };
}

function readFilter(reader: Reader, raw: SentFilter | undefined): SessionFilter {
  const given = raw ?? {};
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

function readPaging(
  reader: Reader,
  given: SentPaging,
  parseCursor: (cursor: string) => ListPosition | undefined,
): Paging {
  const skip = reader.optional('/paging/skip', given.skip, (value) => parseWhole(value, 0)) ?? 0;
  const take = reader.optional('/paging/take', given.take, (value) => parseWhole(value, 1));
  const total = reader.optional('/paging/total', given.total, parseBoolean) ?? false;
  const after = given.cursor === undefined ? undefined : parseCursor(given.cursor);
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

const isoTime =
  /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,3}(\d{1,6})?)?)?)?(Z|[+-]\d\d:\d\d)?$/;

/** Times of sessions are whole milliseconds: a bound between two of them is the later one. */
function parseTime(raw: unknown): number | string {
  const value = typeof raw === 'string' && !isDecimal.test(raw) ? parseIsoTime(raw) : Number(raw);
  const isScalar = typeof raw === 'number' || typeof raw === 'string';
  const usable = isScalar && Number.isFinite(value) && Math.abs(value) <= maxTime;
  return usable ? Math.ceil(value) + 0 : 'is neither an ISO 8601 time nor milliseconds since 1970';
}

const isDecimal = /^-?\d+(\.\d+)?$/;

/**
 * Milliseconds of an ISO 8601 text, UTC where it names no zone; NaN for a day that is none. What it says
 * beyond milliseconds counts as a half of one.
 */
function parseIsoTime(text: string): number {
  const [, day, time = 'T00:00', finer, zone = 'Z'] = isoTime.exec(text) ?? [];
  if (day === undefined) return Number.NaN;
  const midnight = Date.parse(`${day}T00:00Z`);
  const isDay = Number.isFinite(midnight) && new Date(midnight).toISOString().startsWith(day);
  return isDay ? Date.parse(`${day}${time}${zone}`) + (Number(finer) > 0 ? 0.5 : 0) : Number.NaN;
}
