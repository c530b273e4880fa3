import { closeReasons, sessionKinds } from '../../../../src/data/version1/words.js';
import type { ListPosition, SessionFilter } from '../../../../src/domain/filter.js';
import { invalidData, type Problem } from '../../../../src/errors/makers.js';
import type { PagingV1, SessionFilterV1 } from '../generated/commands.js';
import type { CommandParams } from '../transport.js';
import { parseCursor } from './mock-cursor.js';
import { type Defined, withoutUndefined } from './without-undefined.js';

/** Which rows of a list are wanted. */
export interface MockPaging {
  readonly skip: number;
  readonly take: number;
  readonly total: boolean;
  readonly after?: ListPosition;
}

/** Rows of a page that names no number, and the most of any. */
const pageSize = 100;

/** A value that was read, or why it cannot be. */
type Read<Value> = { readonly value: Value } | { readonly reason: string };

/** What is wrong is collected here, and refused together. */
type Problems = Problem[];

/**
 * The filter that a caller sent, text or not, as the service reads it.
 * @throws INVALID_DATA naming every value that is not what it must be.
 */
export function parseFilter(raw: SessionFilterV1 | undefined): SessionFilter {
  const problems: Problems = [];
  const filter = readFilter(problems, raw ?? {});
  assertNone(problems);
  return filter;
}

/**
 * Filter and paging that a caller sent, text or not, as the service reads them.
 * @throws INVALID_DATA naming every value that is not what it must be.
 */
export function parseList({ filter: rawFilter, paging: rawPaging }: CommandParams<'get_sessions'>) {
  const problems: Problems = [];
  const filter = readFilter(problems, rawFilter ?? {});
  const paging = readPaging(problems, rawPaging ?? {}, filter);
  assertNone(problems);
  return { filter, paging };
}

function readFilter(problems: Problems, given: SessionFilterV1): Defined<SessionFilter> {
  const read = <Raw, Value>(key: string, raw: Raw | undefined, parse: (raw: Raw) => Read<Value>) =>
    readOne(problems, `/filter/${key}`, raw, parse);
  return withoutUndefined({
    id: given.id,
    userId: given.user_id,
    deviceId: given.device_id,
    client: given.client,
    address: given.address,
    kind: read('kind', given.kind, (raw) => parseWord(raw, sessionKinds)),
    closeReason: read('close_reason', given.close_reason, (raw) => parseWord(raw, closeReasons)),
    active: read('active', given.active, parseBoolean),
    fromTime: read('from_time', given.from_time, parseTime),
    toTime: read('to_time', given.to_time, parseTime),
  });
}

function readPaging(problems: Problems, given: PagingV1, filter: SessionFilter): MockPaging {
  const skip = readOne(problems, '/paging/skip', given.skip, (raw) => parseWhole(raw, 0)) ?? 0;
  const take = readOne(problems, '/paging/take', given.take, (raw) => parseWhole(raw, 1));
  const total = readOne(problems, '/paging/total', given.total, parseBoolean) ?? false;
  const after = given.cursor === undefined ? undefined : parseCursor(given.cursor, filter);
  if (given.cursor !== undefined && after === undefined) {
    problems.push({ path: '/paging/cursor', reason: 'is damaged, or of another filter' });
  }
  if (after !== undefined && skip > 0) {
    problems.push({ path: '/paging/skip', reason: 'cannot be combined with a cursor' });
  }
  return withoutUndefined({ skip, take: Math.min(take ?? pageSize, pageSize), total, after });
}

function readOne<Raw, Value>(
  problems: Problems,
  path: string,
  raw: Raw | undefined,
  parse: (raw: Raw) => Read<Value>,
): Value | undefined {
  if (raw === undefined) return undefined;
  const read = parse(raw);
  if ('value' in read) return read.value;
  problems.push({ path, reason: read.reason });
  return undefined;
}

function assertNone(problems: Problems): void {
  if (problems.length > 0) throw invalidData(problems);
}

function parseWord<Word extends string>(raw: string, words: readonly Word[]): Read<Word> {
  const value = words.find((word) => word === raw);
  return value === undefined ? { reason: `is not one of ${words.join(', ')}` } : { value };
}

/** The words that the converters of Pip.Services take for true and false. */
const truths: ReadonlyMap<string, boolean> = new Map([
  ...['true', 't', 'yes', 'y', '1'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', '0'].map((word) => [word, false] as const),
]);

function parseBoolean(raw: boolean | number | string): Read<boolean> {
  const value = truths.get(String(raw).toLowerCase());
  return value === undefined ? { reason: 'is neither true nor false' } : { value };
}

function parseWhole(raw: number | string, minimum: number): Read<number> {
  const value = typeof raw === 'number' || /^-?\d{1,16}$/.test(raw) ? Number(raw) : Number.NaN;
  if (!Number.isSafeInteger(value)) return { reason: 'is not a whole number' };
  return value < minimum ? { reason: `must be ${minimum} or more` } : { value };
}

/** The farthest time that dates of JavaScript reach, in ms. */
const farthestTime = 8_640_000_000_000_000;
const isDecimal = /^-?\d+(\.\d+)?$/;
const isoTime = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?(Z|[+-]\d\d:\d\d)?$/;

function parseTime(raw: number | string): Read<number> {
  const isNumber = typeof raw === 'number' || isDecimal.test(raw);
  const value = isNumber ? Number(raw) : parseIsoTime(raw);
  return Math.abs(value) <= farthestTime
    ? { value: Math.floor(value) }
    : { reason: 'is neither an ISO 8601 time nor milliseconds since 1970' };
}

/** UTC where no zone is named; NaN for what is no time, or of a day that is none. */
function parseIsoTime(text: string): number {
  const [, day = '', time = 'T00:00', zone = 'Z'] = isoTime.exec(text) ?? [];
  const midnight = Date.parse(`${day}T00:00Z`);
  const isDay = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
  return isDay ? Date.parse(day + time + zone) : Number.NaN;
}
