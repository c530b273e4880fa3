import { summaryAsOf } from '../../domain/close.js';
import type { SessionFilter } from '../../domain/filter.js';
import type { SessionSummary } from '../../domain/session.js';
import type { SessionPage, SessionQuery } from '../../logic/session-persistence.js';
import type { Connection, Query, SqlRow, SqlValue } from './connection.js';
import type { KnownActivity } from './known-activity.js';
import {
  asJson,
  asksDeadline,
  countDueUpTo,
  countQuery,
  countUpTo,
  describeFilter,
  type FilterQuery,
  pageQuery,
  sessionPageColumns,
} from './list-queries.js';
import type { PendingEntries } from './pending-entries.js';
import { asJsonArray } from './row-bytes.js';
import {
  type Activity,
  activityIn,
  isLive,
  liveColumns,
  numberOf,
  toStoredSummary,
  toSummary,
} from './session-rows.js';
import type { SlowQueries } from './slow-queries.js';

/** Rows of a page, read in order, cost less than those that a query looks through. */
const pageFactor = 4;

/** Rows of `live` by a JSON array of their numbers. */
const liveRows =
  `SELECT CAST(json_group_array(${asJsonArray(liveColumns)}) AS BLOB) FROM live ` +
  'WHERE n IN (SELECT value FROM json_each(?))';
const nothing: ReadonlyMap<number, Activity> = new Map();

/** Which part of a list. */
type Page = Pick<SessionQuery, 'take' | 'skip' | 'after'>;

/** Where a query of a filter is run. */
interface Plan extends FilterQuery {
  readonly quickCount: boolean;
  readonly quickPage: boolean;
}

/** What {@link SessionLists} work with. */
export interface SessionListsOptions {
  readonly slow: SlowQueries;
  readonly pending: PendingEntries;
  /** What the connection that writes knows; none of another, which may see an older state. */
  readonly activity?: KnownActivity | undefined;
  /** How many rows a query may look through within a turn. */
  readonly quickRows: number;
}

/** Lists and counts: here when they are O(page), else on the slow queries' threads. */
export class SessionLists {
  readonly #connection: Connection;
  readonly #slow: SlowQueries;
  readonly #pending: PendingEntries;
  readonly #activity: KnownActivity | undefined;
  readonly #quickRows: number;

  constructor(connection: Connection, options: SessionListsOptions) {
    const { slow, pending, activity, quickRows } = options;
    this.#connection = connection;
    this.#slow = slow;
    this.#pending = pending;
    this.#activity = activity;
    this.#quickRows = quickRows;
  }

  /** See `SessionPersistence.listSessions`. */
  async page(query: SessionQuery): Promise<SessionPage> {
    const { take, skip = 0, after } = query;
    const plan = this.#plan(query.filter, query.now);
    const page = { take: take + 1, skip, ...(after === undefined ? {} : { after }) };
    const quick = plan.quickPage && take + skip <= this.#quickRows * pageFactor;
    // Both at once: after a wait, a commit may be under way on the connection.
    const [found, total] = await Promise.all([
      this.#summaries(plan, page, quick),
      query.total === true ? this.#count(plan) : undefined,
    ]);
    const sessions = found.slice(0, take).map((session) => summaryAsOf(session, query.now));
    const list = { sessions, more: found.length > take };
    return total === undefined ? list : { ...list, total };
  }

  /** See `SessionPersistence.countSessions`. */
  async count(filter: SessionFilter, now: number): Promise<number> {
    return await this.#count(this.#plan(filter, now));
  }

  async #count(plan: Plan): Promise<number> {
    const count = countQuery(plan);
    if (count === undefined) return 0;
    return plan.quickCount ? this.#number(count) : Number(await this.#slow.value(count));
  }

  async #summaries(plan: Plan, page: Page, quick: boolean): Promise<readonly SessionSummary[]> {
    return quick && this.#activity !== undefined
      ? this.#inTwoSteps(plan, page, this.#activity)
      : await this.#joined(plan, page, quick);
  }

  /** The rows of sessions, then those of `live` that are not known: both see the same state here. */
  #inTwoSteps(plan: Plan, page: Page, known: KnownActivity): readonly SessionSummary[] {
    const query = pageQuery(plan, page, sessionPageColumns);
    if (query === undefined) return [];
    const rows = rowsIn(this.#value(asJson(query, sessionPageColumns)));
    const activities = rows.map((row) => (isLive(row) ? known.get(numberOf(row)) : undefined));
    const unknown = rows.filter((row, index) => isLive(row) && activities[index] === undefined);
    const read = unknown.length === 0 ? nothing : this.#readActivity(unknown.map(numberOf), known);
    return rows.map((row, index) => toSummary(row, activities[index] ?? read.get(numberOf(row))));
  }

  #readActivity(numbers: readonly number[], known: KnownActivity): ReadonlyMap<number, Activity> {
    const rows = rowsIn(this.#value({ sql: liveRows, values: [JSON.stringify(numbers)] }));
    return new Map(
      rows.map((row) => {
        const n = numberOf(row);
        const activity = activityIn(row, n);
        known.noteRead(n, activity);
        return [n, activity];
      }),
    );
  }

  /** Sessions and `live` in one question: between two, the other connection or thread may see more. */
  async #joined(plan: Plan, page: Page, quick: boolean): Promise<readonly SessionSummary[]> {
    const query = pageQuery(plan, page);
    if (query === undefined) return [];
    const { sql, values } = asJson(query);
    const value = quick ? this.#value({ sql, values }) : await this.#slow.value({ sql, values });
    return rowsIn(value).map((row) => toStoredSummary(row).session);
  }

  #plan(filter: SessionFilter, now: number): Plan {
    const { driver, residual, indexed } = describeFilter(filter);
    const pending = indexed === undefined ? [] : this.#pending.numbers(...indexed);
    const few = Math.max(this.#quickRows - pending.length, 0);
    const selective = driver !== undefined && this.#number(countUpTo(driver, few + 1)) <= few;
    const plan = { filter, now, selective, pending };
    if (selective) return { ...plan, quickCount: true, quickPage: true };
    const fewDue = () => this.#number(countDueUpTo(now, few + 1)) <= few;
    const isShort = pending.length <= this.#quickRows * pageFactor;
    const quickPage = isShort && !residual && (!asksDeadline(filter) || fewDue());
    return { ...plan, quickCount: false, quickPage };
  }

  #number(query: Query): number {
    return Number(this.#value(query) ?? 0);
  }

  #value({ sql, values }: Query): SqlValue | undefined {
    return this.#connection.prepare(sql).get(...values)?.[0];
  }
}

/** Rows that came as one value, because the binding takes twice the time to hand over rows. */
function rowsIn(value: unknown): readonly SqlRow[] {
  return JSON.parse(String(value)) as readonly SqlRow[];
}
