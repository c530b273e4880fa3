import { isSessionError, type SessionError } from '../../errors/session-error.js';
import type { BatchResult, CloseUserInput, PruneInput } from '../../logic/session-persistence.js';
import { batchWidth, inParallel } from './attempts.js';
import type { Collections, RequestOptions } from './collections.js';
import type { SessionConditions } from './list-filters.js';
import type { PendingStretches } from './pending-stretches.js';
import type { RequestLog } from './request-log.js';
import { dueMinuteOf } from './schema.js';
import type { SessionChanges } from './session-changes.js';
import {
  documentFields,
  type SessionDocument,
  type StoredSession,
  toStored,
} from './session-documents.js';
import type { SessionLimits } from './session-limits.js';

/** The parts that batches are made of. */
export interface SessionBatchesOptions {
  readonly collections: Collections;
  readonly changes: SessionChanges;
  readonly pending: PendingStretches;
  readonly requests: RequestLog;
  readonly limits: SessionLimits;
  /** Hears of each damaged session that a batch passes over, once. */
  readonly onDamaged: (error: SessionError) => void;
}

/** A batch that has taken so long begins nothing more, so that its caller has an answer in time. */
const patienceMs = 1_200;

/** Ends, removals and what the sweep does, each for a bounded number of records. */
export class SessionBatches {
  readonly #parts: SessionBatchesOptions;
  readonly #damaged = new Set<string>();

  constructor(parts: SessionBatchesOptions) {
    this.#parts = parts;
  }

  /** See `SessionPersistence.closeUserSessions`. */
  async closeUser(input: CloseUserInput, options: RequestOptions): Promise<BatchResult> {
    const { userId, exceptId, now, limit } = input;
    const found = await this.#find(
      { user_id: userId, active: true, expire_time: { $gte: now } },
      { limit: limit + 2 },
      options,
    );
    const live = found.filter(({ session }) => session.id !== exceptId);
    const done = await forEach(
      live.slice(0, limit),
      inTime(),
      async (stored) => await this.#parts.changes.closeFound(stored, input, options),
    );
    return { count: done.count, more: done.more || live.length > limit };
  }

  /** See `SessionPersistence.closeExpired`. */
  async closeDue(now: number, limit: number, options: RequestOptions): Promise<BatchResult> {
    const due = {
      due_minute: { $lte: dueMinuteOf(now) },
      active: true,
      expire_time: { $lt: now },
    };
    const until = inTime();
    let count = 0;
    // Other processes may sweep too: what they took is not there the next time.
    for (;;) {
      const wanted = limit - count;
      const range = { limit: wanted + 1, sort: { due_minute: 1 } } as const;
      const found = await this.#find(due, range, options);
      const done = await forEach(
        found.slice(0, wanted),
        until,
        async (stored) => await this.#parts.changes.expireFound(stored, now, options),
      );
      count += done.count;
      const more = found.length > wanted;
      if (done.more || !more || count >= limit) return { count, more: done.more || more };
    }
  }

  /** See `SessionPersistence.deleteUserSessions`. */
  async removeUser(
    userId: string,
    limit: number,
    { now, ...options }: RequestOptions & { readonly now: number },
  ): Promise<BatchResult> {
    const conditions = { user_id: userId, active: { $in: [false, true] } };
    const ids = await this.#idsOf(conditions, { limit: limit + 1 }, options);
    const done = await forEach(
      ids.slice(0, limit),
      inTime(),
      async (id) => (await this.#parts.changes.remove(id, now, options)) !== null,
    );
    return { count: done.count, more: done.more || ids.length > limit };
  }

  /** See `SessionPersistence.prune`. */
  async prune(input: PruneInput, options: RequestOptions): Promise<BatchResult> {
    const { now, limit } = input;
    const { pending, requests, limits } = this.#parts;
    const settled = await pending.settleAll(limit, options);
    const sessions = await this.#pruneSessions(input, options);
    const stretches = await this.#pruneStretches(input, options);
    const forgotten = await requests.prune(now, limit, options);
    await limits.prune(now);
    return {
      count: sessions.count + stretches + forgotten,
      more: sessions.more || [settled, stretches, forgotten].includes(limit),
    };
  }

  async #pruneSessions(input: PruneInput, options: RequestOptions): Promise<BatchResult> {
    const { endedBefore, limit } = input;
    const range = { limit: limit + 1 };
    // Its stretches first.
    const ended = { active: false, pending_at: { $exists: false } };
    const old = { ...ended, close_time: { $lt: endedBefore } };
    const lists = await Promise.all([
      this.#idsOf(old, { ...range, sort: { close_time: 1 } }, options),
      this.#idsOf({ ...ended, kind: 'presence' }, range, options),
    ]);
    const ids = [...new Set(lists.flat())];
    const going = ids.slice(0, limit);
    if (going.length === 0) return { count: 0, more: false };
    const { deletedCount } = await this.#parts.collections.sessions.deleteMany({
      _id: { $in: going },
      ...ended,
    });
    return { count: deletedCount, more: ids.length > limit };
  }

  async #pruneStretches(
    { stretchesBefore, limit }: PruneInput,
    { signal }: RequestOptions,
  ): Promise<number> {
    const { stretches } = this.#parts.collections;
    const old = await stretches
      .find(
        { to: { $lt: stretchesBefore } },
        { sort: { to: 1 }, limit, projection: { _id: 1 }, signal },
      )
      .toArray();
    if (old.length === 0) return 0;
    const { deletedCount } = await stretches.deleteMany({
      _id: { $in: old.map(({ _id }) => _id) },
    });
    return deletedCount;
  }

  /** The sessions of some conditions that are not damaged. */
  async #find(
    conditions: SessionConditions,
    range: { readonly limit: number; readonly sort?: { readonly due_minute: 1 } },
    { signal }: RequestOptions,
  ): Promise<readonly StoredSession[]> {
    const undamaged = this.#damaged.size === 0 ? {} : { _id: { $nin: [...this.#damaged] } };
    const documents = await this.#parts.collections.sessions
      .find<SessionDocument>(
        { ...conditions, ...undamaged },
        { ...range, batchSize: range.limit, projection: documentFields, signal },
      )
      .toArray();
    return documents.flatMap((document) => this.#read(document) ?? []);
  }

  #read(document: SessionDocument): StoredSession | undefined {
    try {
      return toStored(document, false);
    } catch (caught) {
      if (!isSessionError(caught) || caught.code !== 'STORE_DAMAGED') throw caught;
      this.#damaged.add(document._id);
      this.#parts.onDamaged(caught);
      return undefined;
    }
  }

  async #idsOf(
    conditions: SessionConditions,
    range: { readonly limit: number; readonly sort?: { readonly close_time: 1 } },
    { signal }: RequestOptions,
  ): Promise<readonly string[]> {
    const documents = await this.#parts.collections.sessions
      .find<Pick<SessionDocument, '_id'>>(conditions, {
        ...range,
        batchSize: range.limit,
        projection: { _id: 1 },
        signal,
      })
      .toArray();
    return documents.map(({ _id }) => _id);
  }
}

/** When a batch that begins now has taken long enough. */
function inTime(): number {
  return performance.now() + patienceMs;
}

/** Works on items; `count` of those for which it did something, `more` when the time was over. */
async function forEach<Item>(
  items: readonly Item[],
  until: number,
  work: (item: Item) => Promise<boolean>,
): Promise<BatchResult> {
  let count = 0;
  let more = false;
  await inParallel(items, batchWidth, async (item) => {
    if (performance.now() > until) more = true;
    else if (await work(item)) count += 1;
  });
  return { count, more };
}
