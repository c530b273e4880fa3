import type { PagingV1, SessionFilterV1 } from '../data/version1/page-v1.js';
import { closeReasons, sessionKinds } from '../data/version1/session-v1.js';
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
    if (raw === undefined || raw === null) return undefined;
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

/**
 * The filter that a caller sent, text or not (specs: rpc-v1, "What old callers send").
 * @throws INVALID_DATA naming every value that is not what it must be.
 */
export function parseFilter(raw: SessionFilterV1 | null | undefined): SessionFilter {
  const given: SessionFilterV1 = raw ?? {};
  const reader = new Reader();
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
  reader.assertNone();
  const conditions = Object.entries(filter).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return Object.fromEntries(conditions) as SessionFilter;
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
 * The paging that a caller sent, text or not, for the list of `filter`.
 * @throws INVALID_DATA naming every value that is not what it must be.
 */
export function parsePaging(
  raw: PagingV1 | null | undefined,
  filter: SessionFilter,
  maxPageSize: number,
): Paging {
  const given: PagingV1 = raw ?? {};
  const reader = new Reader();
  const skip = reader.optional('/paging/skip', given.skip, (value) => parseWhole(value, 0));
  const take = reader.optional('/paging/take', given.take, (value) => parseWhole(value, 1));
  const total = reader.optional('/paging/total', given.total, parseBoolean);
  const { cursor } = given;
  const after = cursor === undefined || cursor === null ? undefined : parseCursor(cursor, filter);
  if (cursor !== undefined && cursor !== null && after === undefined) {
    reader.refuse('/paging/cursor', 'is damaged, or of another filter');
  }
  if (after !== undefined && (skip ?? 0) > 0) {
    reader.refuse('/paging/skip', 'cannot be combined with a cursor');
  }
  reader.assertNone();
  return {
    skip: skip ?? 0,
    take: Math.min(take ?? defaultTake, maxPageSize),
    total: total ?? false,
    ...(after === undefined ? {} : { after }),
  };
}

function parseWord<Word extends string>(raw: unknown, allowed: readonly Word[]): Word | string {
  return allowed.find((word) => word === raw) ?? `is not one of ${allowed.join(', ')}`;
}

function parseBoolean(raw: unknown): boolean | string {
  if (typeof raw === 'boolean') return raw;
  const word = String(raw).toLowerCase();
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

function parseTime(raw: unknown): number | string {
  const text = String(raw);
  const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text);
  const usable = typeof raw !== 'boolean' && Number.isFinite(value) && Math.abs(value) <= maxTime;
  return usable ? Math.floor(value) : 'is neither an ISO 8601 time nor milliseconds since 1970';
}
