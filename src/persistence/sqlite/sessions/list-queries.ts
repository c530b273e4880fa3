import type { SessionFilter } from '../../../domain/filter.js';
import type { SessionQuery } from '../../../logic/session-persistence.js';
import type { Query, SqlValue } from '../connection/connection.js';
import { entryTables, type IndexedField, idPrefix, isIndexed } from '../indexes/index-entries.js';
import { dueMinuteOf, sessionColumns, summaryColumns } from '../rows/session-rows.js';
import {
  entryRows,
  type ListSource,
  rowsByDeadline,
  sessionRows,
  waitingRows,
} from './list-sources.js';

/** What a query of a filter needs to know. */
export interface FilterQuery {
  readonly filter: SessionFilter;
  readonly now: number;
  /** Whether few rows have what the filter's index is for, so that due ones are found there. */
  readonly selective: boolean;
  /** Numbers of sessions that may have it while their entry of that index waits. */
  readonly pending: readonly number[];
}

/** How a filter's rows are found. */
export interface FilterDescription {
  /** All that have an entry in its index, from `FROM`; a reason has no such index. */
  readonly driver?: Query;
  /** Whether other conditions stand beside that of the index. */
  readonly residual: boolean;
  /** The field and the value of the index, if entries of it may wait. */
  readonly indexed?: readonly [IndexedField, string];
}

/** One sorted part of a list, all of whose conditions must hold. */
interface Branch {
  readonly source: ListSource;
  readonly conditions: readonly Query[];
}

/** What must be equal. */
interface Equality {
  readonly field: keyof SessionFilter;
  readonly column: string;
  readonly value: string;
}

/** Fields with an index of their own, the most telling first. */
const columns = [
  ['id', 'id'],
  ['userId', 'user_id'],
  ['deviceId', 'device_id'],
  ['address', 'address'],
  ['client', 'client'],
  ['closeReason', 'close_reason'],
  ['kind', 'kind'],
] as const satisfies readonly (readonly [keyof SessionFilter, string])[];

const idColumn = `c${sessionColumns.indexOf('id')}`;
const requestTime = 'coalesce(l.request_time, s.request_time)';

/** How a filter's rows are found. By a reason alone they are not: what is due has none yet. */
export function describeFilter(filter: SessionFilter): FilterDescription {
  const [first, ...others] = equalities(filter);
  const timed = filter.fromTime !== undefined || filter.toTime !== undefined;
  const residual = timed || others.length > 0;
  if (first === undefined || first.field === 'closeReason') return { residual };
  const { field, column, value } = first;
  if (!isIndexed(field)) {
    return { driver: condition(`FROM sessions WHERE ${column} = ?`, value), residual };
  }
  const driver = condition(`FROM ${entryTables[field].table} WHERE ${column} = ?`, value);
  return { driver, residual, indexed: [field, value] };
}

/** Whether a filter asks what only a deadline can tell. */
export function asksDeadline({ active, closeReason }: SessionFilter): boolean {
  return active !== undefined || closeReason === 'idle' || closeReason === 'lifetime';
}

/** At most `limit` rows of what follows `FROM`, as a number. */
export function countUpTo({ sql, values }: Query, limit: number): Query {
  return { sql: `SELECT count(*) FROM (SELECT 1 ${sql} LIMIT ${limit})`, values };
}

/** At most `limit` sessions that may be past their deadline unswept, as a number. */
export function countDueUpTo(now: number, limit: number): Query {
  return countUpTo(condition('FROM live WHERE due_minute <= ?', dueMinuteOf(now)), limit);
}

/** How many sessions a filter has; `undefined` = none can. */
export function countQuery(query: FilterQuery): Query | undefined {
  const counts = branchesOf(query).map((branch) => select('count(*)', branch));
  if (counts.length === 0) return undefined;
  return {
    sql: `SELECT ${counts.map((count) => `(${count.sql})`).join(' + ')}`,
    values: counts.flatMap((count) => count.values),
  };
}

/** A page that says nothing of `live`; SQLite leaves the join out where no condition needs it. */
export const sessionPageColumns: readonly string[] = summaryColumns.slice(0, sessionColumns.length);

/**
 * The rows of a page in the order of lists: a merge of sorted branches, so that it costs O(page)
 * behind a cursor; `undefined` = none can be.
 */
export function pageQuery(
  query: FilterQuery,
  page: Pick<SessionQuery, 'take' | 'skip' | 'after'>,
  columns: readonly string[] = summaryColumns,
): Query | undefined {
  const branches = branchesOf(query).flatMap((branch) => behind(branch, page.after));
  const list = columns.map((column, index) => `${column} AS c${index}`);
  const parts = branches.map((branch) => {
    const { key, prefix } = branch.source;
    return select([...list, `${key}.open_time AS o`, `${prefix} AS p`].join(', '), branch);
  });
  if (parts.length === 0) return undefined;
  return {
    sql:
      `${parts.map((part) => part.sql).join(' UNION ALL ')} ` +
      `ORDER BY o DESC, p, ${idColumn} LIMIT ? OFFSET ?`,
    values: [...parts.flatMap((part) => part.values), page.take, page.skip ?? 0],
  };
}

/** The same rows as one value, a JSON array of arrays in bytes (see `asBytes`). */
export function asJson({ sql, values }: Query, columns: readonly string[] = summaryColumns): Query {
  const row = columns.map((_, index) => `c${index}`).join(', ');
  return { sql: `SELECT CAST(json_group_array(json_array(${row})) AS BLOB) FROM (${sql})`, values };
}

/** A list is what stands in the index as live, as ended, and what is due and not swept. */
function branchesOf(query: FilterQuery): readonly Branch[] {
  const { filter, now } = query;
  const { active, closeReason } = filter;
  if (closeReason !== undefined) {
    return active === true ? [] : [...endedBranches(query), ...dueForReason(query, closeReason)];
  }
  if (active === false) return [...endedBranches(query), ...dueBranches(query)];
  const live = branches(query, ({ key }) => [condition(`${key}.active = 1`)]);
  if (active === undefined) return [...live, ...endedBranches(query)];
  const notDue = condition('(l.expire_time IS NULL OR l.expire_time >= ?)', now);
  return live.map((branch) => and(branch, notDue));
}

/** What a filter has, by its index and of what waits to be in it. */
function branches(
  { filter, pending }: FilterQuery,
  conditionsOn: (source: ListSource) => readonly Query[],
): readonly Branch[] {
  const [first, ...others] = equalities(filter);
  const residual = [...others.map((other) => equal('+s.', other)), ...times(filter)];
  return sourcesOf(first?.field, pending).map((source) => ({
    source,
    conditions: [
      ...(first === undefined ? [] : [equal(source.driver ?? '+s.', first)]),
      ...conditionsOn(source),
      ...residual,
      ...source.conditions,
    ],
  }));
}

function sourcesOf(
  field: keyof SessionFilter | undefined,
  pending: readonly number[],
): readonly ListSource[] {
  if (!isIndexed(field)) return [sessionRows];
  const merged = entryRows(field);
  return pending.length === 0 ? [merged] : [merged, waitingRows(field, pending)];
}

function endedBranches(query: FilterQuery): readonly Branch[] {
  const [first] = equalities(query.filter);
  // The index of reasons has ended sessions only, so that it does not hold this column.
  const plus = first?.field === 'closeReason' ? '+' : '';
  return branches(query, ({ key }) => [condition(`${plus}${key}.active = 0`)]);
}

function dueBranches(query: FilterQuery): readonly Branch[] {
  const { closeReason: _unwritten, ...filter } = query.filter;
  const past = condition('l.expire_time < ?', query.now);
  if (query.selective) {
    return branches({ ...query, filter }, ({ key }) => [condition(`${key}.active = 1`), past]);
  }
  const fields = equalities(filter).map((equality) => equal('+s.', equality));
  const due = condition('l.due_minute <= ?', dueMinuteOf(query.now));
  return [{ source: rowsByDeadline, conditions: [...fields, ...times(filter), due, past] }];
}

function dueForReason(query: FilterQuery, closeReason: string): readonly Branch[] {
  if (closeReason !== 'idle' && closeReason !== 'lifetime') return [];
  const is = closeReason === 'lifetime' ? 'IS' : 'IS NOT';
  const reason = condition(`l.expire_time ${is} s.absolute_expire_time`);
  return dueBranches(query).map((branch) => and(branch, reason));
}

/** The part of a branch behind a place; in two, so that each is one range of an index. */
function behind(whole: Branch, after: SessionQuery['after']): readonly Branch[] {
  if (after === undefined) return [whole];
  const { openTime, id } = after;
  const { key, prefix } = whole.source;
  const ties = `${key}.open_time = ? AND ${prefix} >= ${idPrefix('?')} AND s.id > ?`;
  return [
    and(whole, condition(ties, openTime, id, id)),
    and(whole, condition(`${key}.open_time < ?`, openTime)),
  ];
}

function select(list: string, { source, conditions }: Branch): Query {
  const where = conditions.map(({ sql }) => sql).join(' AND ');
  const tables = /\bs\./.test(list + where) ? source.tables : source.narrow;
  return {
    sql: `SELECT ${list} FROM ${tables.sql} WHERE ${where}`,
    values: [...tables.values, ...conditions.flatMap(({ values }) => values)],
  };
}

/** What must be equal; the first one chooses the index. */
function equalities(filter: SessionFilter): readonly Equality[] {
  return columns.flatMap(([field, column]) => {
    const value = filter[field];
    return value === undefined ? [] : [{ field, column, value }];
  });
}

function equal(of: string, { column, value }: Equality): Query {
  return condition(`${of}${column} = ?`, value);
}

function times({ fromTime, toTime }: SessionFilter): readonly Query[] {
  return [
    ...(fromTime === undefined ? [] : [condition(`${requestTime} >= ?`, fromTime)]),
    ...(toTime === undefined ? [] : [condition(`${requestTime} < ?`, toTime)]),
  ];
}

function condition(sql: string, ...values: readonly SqlValue[]): Query {
  return { sql, values };
}

function and(whole: Branch, ...conditions: readonly Query[]): Branch {
  return { ...whole, conditions: [...whole.conditions, ...conditions] };
}
