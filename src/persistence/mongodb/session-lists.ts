import { summaryAsOf } from '../../domain/close.js';
import { compareInList, type SessionFilter } from '../../domain/filter.js';
import type { SessionSummary } from '../../domain/session.js';
import type { SessionPage, SessionQuery } from '../../logic/session-persistence.js';
import type { Collections, RequestOptions } from './collections.js';
import { behind, type SessionConditions, toParts } from './list-filters.js';
import { notInSummary, type SessionDocument, toSummary } from './session-documents.js';

/** The order of lists. */
const order = { open_time: -1, _id: 1 } as const;

/** Up to so many rows are passed over here, where the sorted parts of a list are merged. */
const mergeLimit = 1_000;

/** Lists and counts, each with a limit of time in the server. */
export class SessionLists {
  readonly #collections: Collections;
  readonly #timeoutMs: number;

  /** `timeoutMs`: how long the server may work on one question. */
  constructor(collections: Collections, timeoutMs: number) {
    this.#collections = collections;
    this.#timeoutMs = timeoutMs;
  }

  /** See `SessionPersistence.listSessions`. */
  async page(query: SessionQuery, request: RequestOptions): Promise<SessionPage> {
    const { filter, now, take } = query;
    const [rows, total] = await Promise.all([
      this.#rows(query, request),
      query.total === true ? this.count(filter, now, request) : undefined,
    ]);
    const sessions = rows.slice(0, take).map((row) => summaryAsOf(row, now));
    const page = { sessions, more: rows.length > take };
    return total === undefined ? page : { ...page, total };
  }

  /** See `SessionPersistence.countSessions`. One question, so that what a sweep moves counts once. */
  async count(filter: SessionFilter, now: number, { signal }: RequestOptions): Promise<number> {
    const [first, ...others] = toParts(filter, now);
    if (first === undefined) return 0;
    const conditions = others.length === 0 ? first : { $or: [first, ...others] };
    const options = { maxTimeMS: this.#timeoutMs, signal };
    return await this.#collections.sessions.countDocuments(conditions, options);
  }

  /** The rows of a page and one more, if there is one. */
  async #rows(query: SessionQuery, request: RequestOptions): Promise<readonly SessionSummary[]> {
    const { filter, now, take, skip = 0, after } = query;
    const parts = toParts(filter, now).map((part) => behind(part, after));
    const [first, ...others] = parts;
    if (first === undefined) return [];
    if (others.length === 0) return await this.#find(first, { skip, limit: take + 1 }, request);
    if (skip > mergeLimit) {
      return await this.#find({ $or: parts }, { skip, limit: take + 1 }, request);
    }
    const limit = skip + take + 1;
    const found = new Map<string, SessionSummary>();
    // One after the other: what is moved from one to the next meanwhile is found there.
    for (const part of parts) {
      for (const row of await this.#find(part, { skip: 0, limit }, request)) found.set(row.id, row);
    }
    return [...found.values()].toSorted(compareInList).slice(skip, limit);
  }

  async #find(
    conditions: SessionConditions,
    range: { readonly skip: number; readonly limit: number },
    { signal }: RequestOptions,
  ): Promise<readonly SessionSummary[]> {
    const documents = await this.#collections.sessions
      .find<SessionDocument>(conditions, {
        ...range,
        projection: notInSummary,
        sort: order,
        maxTimeMS: this.#timeoutMs,
        batchSize: range.limit,
        signal,
      })
      .toArray();
    return documents.map(toSummary);
  }
}
