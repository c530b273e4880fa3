import type { BatchResult, CloseUserInput, PruneInput } from '../../logic/session-persistence.js';
import { batchWidth, inParallel } from './attempts.js';
import type { Collections, RequestOptions } from './collections.js';
import type { DamagedSessions } from './damaged-sessions.js';
import type { SessionConditions } from './list-filters.js';
import type { PendingStretches } from './pending-stretches.js';
import type { RequestLog } from './request-log.js';
import { dueMinuteOf } from './schema.js';
import type { SessionChanges } from './session-changes.js';
import {
  documentFields,
  given,
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
  readonly damaged: DamagedSessions;
}

/** What a session is known by. */
type SessionKeys = Pick<SessionDocument, '_id' | 'request_key'>;

/** Sessions that a batch may work on. */
interface Found {
  /** Whether these are all there are. */
  readonly isAll: boolean;
  readonly undamaged: readonly StoredSession[];
}

/** A request whose batch begins nothing more after a moment of `performance.now()`. */
type BatchTime = RequestOptions & { readonly until: number };

/** What a batch does, again and again. */
interface Batch {
  readonly conditions: SessionConditions;
  readonly sort?: { readonly due_minute: 1 };
  /** Answers whether it did what counts. */
  readonly work: (stored: StoredSession) => Promise<boolean>;
}

/** A batch that has taken so long begins nothing more, so that its caller has an answer in time. */
const patienceMs = 1_200;

/** Ends, removals and what the sweep does, each for a bounded number of records. */
export class SessionBatches {
  readonly #parts: SessionBatchesOptions;

  constructor(parts: SessionBatchesOptions) {
    this.#parts = parts;
  }

  /** See `SessionPersistence.closeUserSessions`. What is past its deadline has its end written first. */
  async closeUser(input: CloseUserInput, options: RequestOptions): Promise<BatchResult> {
    const { userId, exceptId, now, limit } = input;
    const { changes } = this.#parts;
    const time = { ...options, until: inTime() };
    const others = exceptId === undefined ? [] : [{ _id: { $ne: exceptId } }];
    const within = (deadline: SessionConditions) => ({
      $and: [{ user_id: userId, active: true, ...deadline }, ...others],
    });
    const expired = await this.#repeat(limit, time, {
      conditions: within({ expire_time: { $lt: now } }),
      work: async (stored) => {
        await changes.expireFound(stored, now, options);
        return false;
      },
    });
    if (expired.more) return expired;
    return await this.#repeat(limit, time, {
      conditions: within({ expire_time: { $gte: now } }),
      work: async (stored) => await changes.closeFound(stored, input, options),
    });
  }

  /** See `SessionPersistence.closeExpired`. */
  async closeDue(now: number, limit: number, options: RequestOptions): Promise<BatchResult> {
    const conditions = {
      due_minute: { $lte: dueMinuteOf(now) },
      active: true,
      expire_time: { $lt: now },
    };
    const time = { ...options, until: inTime() };
    return await this.#repeat(limit, time, {
      conditions,
      sort: { due_minute: 1 },
      work: async (stored) => await this.#parts.changes.expireFound(stored, now, options),
    });
  }

  /** See `SessionPersistence.deleteUserSessions`. */
  async removeUser(
    userId: string,
    limit: number,
    { now, ...options }: RequestOptions & { readonly now: number },
  ): Promise<BatchResult> {
    const conditions = { user_id: userId, active: { $in: [false, true] } };
    const found = await this.#keysOf(conditions, { limit: limit + 1 }, options);
    const done = await forEach(
      found.slice(0, limit),
      inTime(),
      async ({ _id: id }) => await this.#remove(id, now, options),
    );
    return { count: done.count, more: done.more || found.length > limit };
  }

  async #remove(id: string, now: number, options: RequestOptions): Promise<boolean> {
    const { changes, damaged } = this.#parts;
    try {
      const removed = await changes.remove(id, now, options);
      damaged.forget(id);
      return removed !== null;
    } catch (caught) {
      damaged.note(id, caught);
      const isRemoved = await changes.removeDamaged(id, now, options);
      damaged.forget(id);
      return isRemoved;
    }
  }

  /** See `SessionPersistence.prune`. What a crash left to be settled counts too. */
  async prune(input: PruneInput, options: RequestOptions): Promise<BatchResult> {
    const { now, limit } = input;
    const { pending, requests, limits } = this.#parts;
    const settled = await pending.settleAll(limit, options);
    const sessions = await this.#pruneSessions(input, options);
    const stretches = await this.#pruneStretches(input, options);
    const forgotten = await requests.prune(now, limit, options);
    await limits.prune(now);
    return {
      count: settled.count + sessions.count + stretches + forgotten,
      more: settled.more || sessions.more || [stretches, forgotten].includes(limit),
    };
  }

  async #pruneSessions(input: PruneInput, options: RequestOptions): Promise<BatchResult> {
    const { endedBefore, limit } = input;
    const range = { limit: limit + 1 };
    // Its stretches first.
    const ended = { active: false, pending_at: { $exists: false } };
    const old = { ...ended, close_time: { $lt: endedBefore } };
    const lists = await Promise.all([
      this.#keysOf(old, { ...range, sort: { close_time: 1 } }, options),
      this.#keysOf({ ...ended, kind: 'presence' }, range, options),
    ]);
    const found = new Map(lists.flat().map(({ _id, request_key: key }) => [_id, key]));
    const going = [...found].slice(0, limit);
    if (going.length === 0) return { count: 0, more: false };
    const ids = going.map(([id]) => id);
    // A request whose process ended before it could note its open is repeated for a session that was.
    await this.#parts.requests.closeAll(
      going.flatMap(([, key]) => key ?? []),
      ids,
    );
    const { deletedCount } = await this.#parts.collections.sessions.deleteMany({
      _id: { $in: ids },
      ...ended,
    });
    return { count: deletedCount, more: found.size > limit };
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

  /**
   * Works on what is found until it has done something for `limit` sessions, nothing is left, or the
   * time is over. What it did nothing for is not found again: other processes took it, its end was
   * written, or it is damaged, which each call finds out anew.
   */
  async #repeat(limit: number, time: BatchTime, batch: Batch): Promise<BatchResult> {
    const damaged = new Set<string>();
    for (let count = 0; ; ) {
      const wanted = limit - count;
      const found = await this.#find(batch, { wanted, damaged }, time);
      const done = await forEach(found.undamaged.slice(0, wanted), time.until, batch.work);
      count += done.count;
      const more = done.more || found.undamaged.length > wanted || !found.isAll;
      const isOver = done.more || time.signal.aborted || performance.now() > time.until;
      if (!more || count >= limit || isOver) return { count, more };
    }
  }

  /** More sessions than are wanted, if there are; notes in `damaged` those to pass over from now on. */
  async #find(
    { conditions, sort }: Omit<Batch, 'work'>,
    { wanted, damaged }: { readonly wanted: number; readonly damaged: Set<string> },
    { signal }: RequestOptions,
  ): Promise<Found> {
    // Many damaged ones do not use up the time, however few are wanted.
    const limit = wanted + 1 + damaged.size;
    const others = damaged.size === 0 ? {} : { _id: { $nin: [...damaged] } };
    const documents = await this.#parts.collections.sessions
      .find<SessionDocument>(
        { ...conditions, ...others },
        { ...given('sort', sort), limit, batchSize: limit, projection: documentFields, signal },
      )
      .toArray();
    const undamaged = documents.flatMap((document) => {
      const stored = this.#parts.damaged.read(document._id, () => toStored(document, false));
      if (stored === undefined) damaged.add(document._id);
      return stored ?? [];
    });
    return { isAll: documents.length < limit, undamaged };
  }

  async #keysOf(
    conditions: SessionConditions,
    range: { readonly limit: number; readonly sort?: { readonly close_time: 1 } },
    { signal }: RequestOptions,
  ): Promise<readonly SessionKeys[]> {
    return await this.#parts.collections.sessions
      .find<SessionKeys>(conditions, {
        ...range,
        batchSize: range.limit,
        projection: { request_key: 1 },
        signal,
      })
      .toArray();
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
