import { summaryAsOf } from '../../../domain/close.js';
import type { SessionFilter } from '../../../domain/filter.js';
import type { SessionSummary } from '../../../domain/session.js';
import type { SessionPage, SessionQuery } from '../../../logic/session-persistence.js';
import type { Connection, Query, SqlRow, SqlValue } from '../connection/connection.js';
import type { SlowQueries } from '../connection/slow-queries.js';
import { entryTables, type IndexedField } from '../indexes/index-entries.js';
import type { PendingEntries } from '../indexes/pending-entries.js';
import type { KnownSummaries } from '../rows/known-summaries.js';
import { asJsonArray } from '../rows/row-bytes.js';
import {
  type Activity,
  activityIn,
  isLive,
  liveColumns,
  numberOf,
  sessionColumns,
  toStoredSummary,
  toSummary,
} from '../rows/session-rows.js';
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

/** Rows of a page, read in order, cost less than those that a query looks through. */
const pageFactor = 4;

/** Rows of `live` by a JSON array of their numbers. */
const liveRows =
  `SELECT CAST(json_group_array(${asJsonArray(liveColumns)}) AS BLOB) FROM live ` +
  'WHERE n IN (SELECT value FROM json_each(?))';
/** Rows of `sessions` by the same. */
const rowsByNumber =
  `SELECT CAST(json_group_array(${asJsonArray(sessionColumns)}) AS BLOB) FROM sessions ` +
  'WHERE n IN (SELECT value FROM json_each(?))';
/**
 * What an entry of an index says of its session; a flipped bit can make a BLOB of the text. There is no
 * id, by which {@link pageQuery} orders what is equal: that is a tie, and asked in another way.
 */
const entryColumns = ['k.n', 'k.active', 'k.open_time', "k.prefix || ''"];
type Entry = readonly [n: number, active: number, openTime: number, prefix: string];
/** Number of no session. */
const nobody = 0;
const nothing: ReadonlyMap<number, Activity> = new Map();

/** Which part of a list. */
type Page = Pick<SessionQuery, 'take' | 'skip' | 'after'>;

/** Where a query of a filter is run. */
interface Plan extends FilterQuery {
  readonly quickCount: boolean;
  readonly quickPage: boolean;
  /** Whether the entries of its index alone say which sessions it has, and in which order. */
  readonly entriesTell: boolean;
}

/** What {@link SessionLists} work with. */
export interface SessionListsOptions {
  readonly slow: SlowQueries;
  readonly pending: PendingEntries;
  /** What the connection that writes knows; none of another, which may see an older state. */
  readonly summaries?: KnownSummaries | undefined;
  /** How many rows a query may look through within a turn. */
  readonly quickRows: number;
}

/** Lists and counts: here when they are O(page), else on the slow queries' threads. */
export class SessionLists {
  readonly #connection: Connection;
  readonly #slow: SlowQueries;
  readonly #pending: PendingEntries;
  readonly #known: KnownSummaries | undefined;
  readonly #quickRows: number;

  constructor(connection: Connection, options: SessionListsOptions) {
    const { slow, pending, summaries, quickRows } = options;
    this.#connection = connection;
    this.#slow = slow;
    this.#pending = pending;
    this.#known = summaries;
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
    if (!quick || this.#known === undefined) return await this.#joined(plan, page, quick);
    const found = plan.entriesTell ? this.#byEntries(plan, page, this.#known) : undefined;
    return found ?? this.#inTwoSteps(plan, page, this.#known);
  }

  /** What is known of the sessions that the index names, and the rows of the others; or nothing. */
  #byEntries(plan: Plan, page: Page, known: KnownSummaries): readonly SessionSummary[] | undefined {
    const { skip = 0, take } = page;
    // One before the page too: it may be in a tie with the first.
    const before = Math.min(skip, 1);
    const query = pageQuery(
      plan,
      { ...page, skip: skip - before, take: take + before },
      entryColumns,
    );
    if (query === undefined) return undefined;
    const found = rowsIn(this.#value(asJson(query, entryColumns))) as readonly Entry[];
    // An id decides between two, of which an entry has but the beginning.
    if (found.some((entry, index) => isTie(entry, found[index - 1]))) return undefined;
    return this.#summariesOf(found.slice(before), known);
  }

  /** The sessions of entries; `undefined` when one has no row. */
  #summariesOf(
    entries: readonly Entry[],
    known: KnownSummaries,
  ): readonly SessionSummary[] | undefined {
    const found = known.summaries(entries.map(([n, active]) => (active === 1 ? n : nobody)));
    const unknown = entries.flatMap(([n], index) => (found[index] === undefined ? [n] : []));
    if (unknown.length === 0) return found as readonly SessionSummary[];
    const rows = rowsIn(this.#value({ sql: rowsByNumber, values: [JSON.stringify(unknown)] }));
    const sessions = this.#withActivity(rows, known);
    const read = new Map(rows.map((row, index) => [numberOf(row), sessions[index]]));
    const all = entries.map(([n], index) => found[index] ?? read.get(n));
    // An entry without a row is of a damaged index.
    return all.includes(undefined) ? undefined : (all as readonly SessionSummary[]);
  }

  /** The rows of sessions, then those of `live` that are not known: both see the same state here. */
  #inTwoSteps(plan: Plan, page: Page, known: KnownSummaries): readonly SessionSummary[] {
    const query = pageQuery(plan, page, sessionPageColumns);
    if (query === undefined) return [];
    return this.#withActivity(rowsIn(this.#value(asJson(query, sessionPageColumns))), known);
  }

  /** The sessions of rows of `sessions`, with what is known of `live` or is read there. */
  #withActivity(rows: readonly SqlRow[], known: KnownSummaries): readonly SessionSummary[] {
    const activities = rows.map((row) => (isLive(row) ? known.activity(numberOf(row)) : undefined));
    const unknown = rows.filter((row, index) => isLive(row) && activities[index] === undefined);
    const read = unknown.length === 0 ? nothing : this.#readActivity(unknown.map(numberOf));
    return rows.map((row, index) => {
      const n = numberOf(row);
      const activity = activities[index];
      const session = toSummary(row, activity ?? read.get(n));
      if (session.active && activity === undefined) known.noteRead(n, session);
      return session;
    });
  }

  #readActivity(numbers: readonly number[]): ReadonlyMap<number, Activity> {
    const rows = rowsIn(this.#value({ sql: liveRows, values: [JSON.stringify(numbers)] }));
    return new Map(
      rows.map((row) => {
        const n = numberOf(row);
        return [n, activityIn(row, n)];
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
    const entriesTell = pending.length === 0 && tellsAlone(filter, indexed?.[0]);
    const plan = { filter, now, selective, pending, entriesTell };
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

/** Whether a filter asks for one value of a field with ordered entries, and for nothing else. */
function tellsAlone(filter: SessionFilter, field: IndexedField | undefined): boolean {
  return field !== undefined && entryTables[field].ordered && Object.keys(filter).length === 1;
}

function isTie([, , openTime, prefix]: Entry, other: Entry | undefined): boolean {
  return other !== undefined && openTime === other[2] && prefix === other[3];
}
