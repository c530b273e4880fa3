import type { SessionFilter } from '../../domain/filter.js';
import type { SessionQuery } from '../../logic/session-persistence.js';
import type { SqlValue } from './connection.js';
import { dueMinuteOf, sessionColumns, summaryColumns } from './session-rows.js';

/** SQL with the values of its parameters. */
export interface Query {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** What a query of a filter needs to know. */
export interface FilterQuery {
  readonly filter: SessionFilter;
  readonly now: number;
  /** Whether few rows have what the filter's index is for, so that due ones are found there. */
  readonly selective: boolean;
}

/** One sorted part of a list, all of whose conditions must hold. */
interface Branch {
  readonly byDeadline: boolean;
  readonly conditions: readonly Query[];
}

/** Conditions with an index of their own, the most telling first. */
const indexed = [
  ['id', 's.id'],
  ['userId', 's.user_id'],
  ['deviceId', 's.device_id'],
  ['address', 's.address'],
  ['client', 's.client'],
  ['closeReason', 's.close_reason'],
  ['kind', 's.kind'],
] as const satisfies readonly (readonly [keyof SessionFilter, string])[];

const prefix = 'substr(s.id, 1, 6)';
const idColumn = `c${sessionColumns.indexOf('id')}`;
const openTimeColumn = `c${sessionColumns.indexOf('open_time')}`;
const requestTime = 'coalesce(l.request_time, s.request_time)';

/**
 * The condition of a filter by whose index all of its rows are found, and whether others stand
 * beside it. A reason has no such index: what is due has none yet.
 */
export function describeFilter(filter: SessionFilter): { driver?: Query; residual: boolean } {
  const [first, ...others] = equalities(filter);
  const timed = filter.fromTime !== undefined || filter.toTime !== undefined;
  const residual = timed || others.length > 0;
  if (first === undefined || isReason(first)) return { residual };
  return { driver: first, residual };
}

/** Whether a filter asks what only a deadline can tell. */
export function asksDeadline({ active, closeReason }: SessionFilter): boolean {
  return active !== undefined || closeReason === 'idle' || closeReason === 'lifetime';
}

/** At most `limit` rows that a condition on `sessions` has, as a number. */
export function countUpTo(condition: Query, limit: number): Query {
  return {
    sql: `SELECT count(*) FROM (SELECT 1 FROM sessions s WHERE ${condition.sql} LIMIT ${limit})`,
    values: condition.values,
  };
}

/** At most `limit` sessions that may be past their deadline unswept, as a number. */
export function countDueUpTo(now: number, limit: number): Query {
  return {
    sql: `SELECT count(*) FROM (SELECT 1 FROM live WHERE due_minute <= ? LIMIT ${limit})`,
    values: [dueMinuteOf(now)],
  };
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

/**
 * The rows of a page in the order of lists, columns as in `summaryColumns`: a merge of sorted
 * branches, so that it costs O(page) behind a cursor; `undefined` = none can be.
 */
export function pageQuery(
  query: FilterQuery,
  page: Pick<SessionQuery, 'take' | 'skip' | 'after'>,
): Query | undefined {
  const branches = branchesOf(query).flatMap((branch) => behind(branch, page.after));
  const list = [
    ...summaryColumns.map((column, index) => `${column} AS c${index}`),
    `${prefix} AS p`,
  ];
  const parts = branches.map((branch) => select(list.join(', '), branch));
  if (parts.length === 0) return undefined;
  return {
    sql:
      `${parts.map((part) => part.sql).join(' UNION ALL ')} ` +
      `ORDER BY ${openTimeColumn} DESC, p, ${idColumn} LIMIT ? OFFSET ?`,
    values: [...parts.flatMap((part) => part.values), page.take, page.skip ?? 0],
  };
}

/** The same rows as one value, a JSON array of arrays in bytes (see `asBytes`). */
export function asJson({ sql, values }: Query): Query {
  const row = summaryColumns.map((_, index) => `c${index}`).join(', ');
  return { sql: `SELECT CAST(json_group_array(json_array(${row})) AS BLOB) FROM (${sql})`, values };
}

/** A list is what stands in the index as live, as ended, and what is due and not swept. */
function branchesOf(query: FilterQuery): readonly Branch[] {
  const { filter, now } = query;
  const { active, closeReason } = filter;
  if (closeReason !== undefined) {
    return active === true ? [] : [endedBranch(filter), ...dueForReason(query, closeReason)];
  }
  if (active === false) return [endedBranch(filter), dueBranch(query)];
  const live = branch(filter, condition('s.active = 1'));
  if (active === undefined) return [live, endedBranch(filter)];
  const notDue = condition('(l.expire_time IS NULL OR l.expire_time >= ?)', now);
  return [and(live, notDue)];
}

function branch(filter: SessionFilter, ...conditions: readonly Query[]): Branch {
  return {
    byDeadline: false,
    conditions: [...equalities(filter), ...times(filter), ...conditions],
  };
}

function endedBranch(filter: SessionFilter): Branch {
  const [first] = equalities(filter);
  const byReason = first !== undefined && isReason(first);
  // The index of reasons has ended sessions only, so that it does not hold this column.
  return branch(filter, condition(byReason ? '+s.active = 0' : 's.active = 0'));
}

function isReason({ sql }: Query): boolean {
  return sql.startsWith('s.close_reason');
}

function dueBranch({ filter, now, selective }: FilterQuery): Branch {
  const { closeReason: _unwritten, ...rest } = filter;
  const past = condition('l.expire_time < ?', now);
  if (selective) return branch(rest, condition('s.active = 1'), past);
  const fields = equalities(rest).map(({ sql, values }) => ({
    sql: sql.startsWith('+') ? sql : `+${sql}`,
    values,
  }));
  const due = condition('l.due_minute <= ?', dueMinuteOf(now));
  return { byDeadline: true, conditions: [...fields, ...times(rest), due, past] };
}

function dueForReason(query: FilterQuery, closeReason: string): readonly Branch[] {
  if (closeReason !== 'idle' && closeReason !== 'lifetime') return [];
  const is = closeReason === 'lifetime' ? 'IS' : 'IS NOT';
  return [and(dueBranch(query), condition(`l.expire_time ${is} s.absolute_expire_time`))];
}

/** The part of a branch behind a place; in two, so that each is one range of an index. */
function behind(whole: Branch, after: SessionQuery['after']): readonly Branch[] {
  if (after === undefined) return [whole];
  const { openTime, id } = after;
  const ties = `s.open_time = ? AND ${prefix} >= substr(?, 1, 6) AND s.id > ?`;
  return [
    and(whole, condition(ties, openTime, id, id)),
    and(whole, condition('s.open_time < ?', openTime)),
  ];
}

function select(list: string, { byDeadline, conditions }: Branch): Query {
  const from = byDeadline
    ? 'live l CROSS JOIN sessions s ON s.n = l.n'
    : 'sessions s LEFT JOIN live l ON l.n = s.n';
  return {
    sql: `SELECT ${list} FROM ${from} WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`,
    values: conditions.flatMap(({ values }) => values),
  };
}

/** What must be equal; the first one chooses the index, a `+` keeps the others from it. */
function equalities(filter: SessionFilter): readonly Query[] {
  return indexed
    .flatMap(([field, column]) => {
      const value = filter[field];
      return value === undefined ? [] : [{ column, value }];
    })
    .map(({ column, value }, index) => condition(`${index === 0 ? '' : '+'}${column} = ?`, value));
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
