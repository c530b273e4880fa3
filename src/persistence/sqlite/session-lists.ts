import { summaryAsOf } from '../../domain/close.js';
import type { SessionFilter } from '../../domain/filter.js';
import type { SessionPage, SessionQuery } from '../../logic/session-persistence.js';
import type { Connection, Query, SqlRow } from './connection.js';
import {
  asJson,
  asksDeadline,
  countDueUpTo,
  countQuery,
  countUpTo,
  describeFilter,
  type FilterQuery,
  pageQuery,
} from './list-queries.js';
import type { PendingEntries } from './pending-entries.js';
import { toStoredSummary } from './session-rows.js';
import type { SlowQueries } from './slow-queries.js';

/** Rows of a page, read in order, cost less than those that a query looks through. */
const pageFactor = 4;

/** Where a query of a filter is run. */
interface Plan extends FilterQuery {
  readonly quickCount: boolean;
  readonly quickPage: boolean;
}

/** What {@link SessionLists} work with. */
export interface SessionListsOptions {
  readonly slow: SlowQueries;
  readonly pending: PendingEntries;
  /** How many rows a query may look through within a turn. */
  readonly quickRows: number;
}

/** Lists and counts: here when they are O(page), else on the slow queries' threads. */
export class SessionLists {
  readonly #connection: Connection;
  readonly #slow: SlowQueries;
  readonly #pending: PendingEntries;
  readonly #quickRows: number;

  constructor(connection: Connection, { slow, pending, quickRows }: SessionListsOptions) {
    this.#connection = connection;
    this.#slow = slow;
    this.#pending = pending;
    this.#quickRows = quickRows;
  }

  /** See `SessionPersistence.listSessions`. */
  async page(query: SessionQuery): Promise<SessionPage> {
    const { take, skip = 0, after } = query;
    const plan = this.#plan(query.filter, query.now);
    const page = pageQuery(plan, {
      take: take + 1,
      skip,
      ...(after === undefined ? {} : { after }),
    });
    const quick = plan.quickPage && take + skip <= this.#quickRows * pageFactor;
    const found = page === undefined ? [] : await this.#rows(page, quick);
    const sessions = found
      .slice(0, take)
      .map((row) => summaryAsOf(toStoredSummary(row).session, query.now));
    const list = { sessions, more: found.length > take };
    return query.total === true ? { ...list, total: await this.#count(plan) } : list;
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

  async #rows(query: Query, quick: boolean): Promise<readonly SqlRow[]> {
    // As one value, because the binding takes twice the time to hand over rows.
    const { sql, values } = asJson(query);
    const text = quick
      ? this.#connection.prepare(sql).get(...values)?.[0]
      : await this.#slow.value({ sql, values });
    return JSON.parse(String(text)) as readonly SqlRow[];
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

  #number({ sql, values }: Query): number {
    return Number(this.#connection.prepare(sql).get(...values)?.[0] ?? 0);
  }
}
