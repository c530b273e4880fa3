import { MongoBulkWriteError } from 'mongodb';
import type { Stretch } from '../../domain/context.js';
import { compareIds } from '../../domain/open.js';
import { batchWidth, inParallel } from './attempts.js';
import type { Collections, RequestOptions } from './collections.js';
import type { KnownSessions } from './known-sessions.js';
import { documentFields, type StoredSession, toStored } from './session-documents.js';
import { fromPendingText, stretchKey, toStretch, toStretchDocument } from './stretch-documents.js';

/**
 * The way of closed stretches into the ledger. A stretch is first part of its record, in the write
 * that closed it; then it is copied to the ledger under its key, and last the record forgets it. A
 * crash in between leaves it in both, and the sweep does the rest.
 */
export class PendingStretches {
  readonly #collections: Collections;
  readonly #known: KnownSessions;

  constructor(collections: Collections, known: KnownSessions) {
    this.#collections = collections;
    this.#known = known;
  }

  /** Copies what waits in a record, then drops it there, or the record if it is to go. */
  async settle({ session, version, pending, state }: StoredSession): Promise<void> {
    const { sessions } = this.#collections;
    await this.#copy(pending.map(fromPendingText));
    const condition = { _id: session.id, v: version };
    if (state === 'removing') {
      await sessions.deleteOne(condition);
      return;
    }
    // Who wrote the record since then knows of these and drops them.
    await sessions.updateOne(condition, { $unset: { pending: '', pending_at: '' } });
    this.#known.settle(session.id, version);
  }

  /** Does that for at most `limit` records that a crash left with some; answers how many. */
  async settleAll(limit: number, { signal }: RequestOptions): Promise<number> {
    const found = await this.#collections.sessions
      .find({ pending_at: { $gt: 0 } }, { projection: documentFields, limit, signal })
      .toArray();
    await inParallel(found, batchWidth, async (document) => {
      await this.settle(toStored(document, false));
    });
    return found.length;
  }

  /** The stretches of a session, in a record or in the ledger, oldest first. */
  async ofSession(sessionId: string, { signal }: RequestOptions): Promise<readonly Stretch[]> {
    const { sessions, stretches } = this.#collections;
    // In this order: what leaves the record in between is in the ledger before that.
    const projection = { pending: 1 } as const;
    const record = await sessions.findOne({ _id: sessionId }, { projection, signal });
    const rows = await stretches.find({ session_id: sessionId }, { signal }).toArray();
    const all = [...(record?.pending ?? []).map(fromPendingText), ...rows.map(toStretch)];
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

function isOnlyDuplicates(caught: unknown): boolean {
  if (!(caught instanceof MongoBulkWriteError) || caught.code !== 11_000) return false;
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
