import { MongoBulkWriteError } from 'mongodb';
import type { Stretch } from '../../domain/context.js';
import { compareIds } from '../../domain/open.js';
import type { SessionRecord } from '../../domain/session.js';
import { storeUnavailable } from '../../errors/makers.js';
import type { BatchResult } from '../../logic/session-persistence.js';
import { batchWidth, inParallel } from './attempts.js';
import type { Collections, RequestOptions } from './collections.js';
import type { DamagedSessions } from './damaged-sessions.js';
import type { KnownSessions } from './known-sessions.js';
import type { SessionDocument, StoredSession } from './session-documents.js';
import {
  fromPendingTexts,
  readableStretches,
  stretchKey,
  toStretch,
  toStretchDocument,
} from './stretch-documents.js';

/** A record with stretches for the ledger. */
type Waiting = Pick<StoredSession, 'version' | 'state' | 'pending'> & {
  readonly session: Pick<SessionRecord, 'id'>;
};

/**
 * The way of closed stretches into the ledger. A stretch is first part of its record, in the write
 * that closed it; then it is copied to the ledger under its key, and last the record forgets it. A
 * crash in between leaves it in both, and the sweep does the rest.
 */
export class PendingStretches {
  readonly #collections: Collections;
  readonly #known: KnownSessions;
  /** Those whose waiting stretches are damaged, which says nothing of the sessions themselves. */
  readonly #damaged: DamagedSessions;

  /** `damaged` is its own: no other part passes over what it keeps. */
  constructor(collections: Collections, known: KnownSessions, damaged: DamagedSessions) {
    this.#collections = collections;
    this.#known = known;
    this.#damaged = damaged;
  }

  /**
   * Copies what waits in a record, then drops it there, or the record if it is to go; answers whether
   * it did. @throws STORE_DAMAGED, unless it is to go: what cannot be read goes with it.
   */
  async settle({ session, version, pending, state }: Waiting): Promise<boolean> {
    const { sessions } = this.#collections;
    const isGoing = state === 'removing';
    await this.#copy(isGoing ? readableStretches(pending) : fromPendingTexts(pending));
    const condition = { _id: session.id, v: version };
    if (isGoing) {
      const { deletedCount } = await sessions.deleteOne(condition);
      this.#damaged.forget(session.id);
      return deletedCount === 1;
    }
    // Who wrote the record since then knows of these and drops them.
    const drop = { $unset: { pending: '', pending_at: '' } } as const;
    const { matchedCount } = await sessions.updateOne(condition, drop);
    this.#known.settle(session.id, version);
    this.#damaged.forget(session.id);
    return matchedCount === 1;
  }

  /** Does that for at most `limit` records that a crash left with some, and are not damaged. */
  async settleAll(limit: number, { signal }: RequestOptions): Promise<BatchResult> {
    const projection = { v: 1, pending: 1, removing_at: 1 } as const;
    const found = await this.#collections.sessions
      .find<Pick<SessionDocument, '_id' | keyof typeof projection>>(
        { pending_at: { $gt: 0 }, ...this.#damaged.others },
        { projection, limit: limit + 1, signal },
      )
      .toArray();
    let count = 0;
    await inParallel(found.slice(0, limit), batchWidth, async ({ _id: id, ...document }) => {
      const { v: version, pending = [], removing_at: removingAt } = document;
      const state = removingAt === undefined ? 'kept' : 'removing';
      try {
        if (await this.settle({ session: { id }, version, pending, state })) count += 1;
      } catch (caught) {
        this.#damaged.note(id, caught);
      }
    });
    return { count, more: found.length > limit };
  }

  /** The stretches of a session, in a record or in the ledger, oldest first. */
  async ofSession(sessionId: string, { signal }: RequestOptions): Promise<readonly Stretch[]> {
    const { sessions, stretches } = this.#collections;
    // In this order: what leaves the record in between is in the ledger before that.
    const projection = { pending: 1 } as const;
    const record = await sessions.findOne({ _id: sessionId }, { projection, signal });
    const rows = await stretches.find({ session_id: sessionId }, { signal }).toArray();
    const all = [...fromPendingTexts(record?.pending ?? []), ...rows.map(toStretch)];
    const byKey = new Map(all.map((stretch) => [stretchKey(stretch), stretch]));
    return [...byKey.values()].toSorted(byAge);
  }

  async #copy(stretches: readonly Stretch[]): Promise<void> {
    if (stretches.length === 0) return;
    try {
      await this.#collections.stretches.insertMany(stretches.map(toStretchDocument), {
        ordered: false,
      });
    } catch (caught) {
      if (!isOnlyDuplicates(caught)) throw caught;
    }
  }
}

/**
 * Whether the ledger has the rest.
 * @throws STORE_UNAVAILABLE when it has, and a majority is not known to.
 */
function isOnlyDuplicates(caught: unknown): boolean {
  if (!(caught instanceof MongoBulkWriteError) || caught.code !== 11_000) return false;
  if (caught.result.getWriteConcernError() !== undefined) throw storeUnavailable(caught);
  const errors = Array.isArray(caught.writeErrors) ? caught.writeErrors : [caught.writeErrors];
  return errors.every(({ code }) => code === 11_000);
}

function byAge(one: Stretch, other: Stretch): number {
  return (
    one.from - other.from ||
    compareIds(one.contextId, other.contextId) ||
    one.epoch - other.epoch ||
    one.seq - other.seq ||
    compareIds(one.activity, other.activity)
  );
}
