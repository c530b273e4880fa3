import { setTimeout as sleep } from 'node:timers/promises';
import type { Filter } from 'mongodb';
import { longestLeaseMs, lookMsOf } from '../../logic/lease-times.js';
import { type Collections, isDuplicate, type MetaDocument } from './collections.js';

/** `_id` of the document that says who sweeps. */
const leaseId = 'sweep';

/** A lease as it stands: whose it is, nobody's without an owner, and a number that moves. */
interface Lease {
  readonly owner?: string;
  readonly turn: number;
  /** How long the owner counts on it. */
  readonly leaseMs: number;
}

/** What a {@link SweepLease} is made with. */
export interface SweepLeaseOptions {
  readonly collections: Pick<Collections, 'meta'>;
  /** A name that no other process has. */
  readonly owner: string;
  /** Milliseconds that only grow. */
  readonly monotonicNow: () => number;
}

/**
 * Who sweeps: of all processes on one database, one at a time. The leader moves `turn` for as long
 * as it lives. Another takes the lease when it saw the same owner and turn for the whole of it (the
 * owner's or its own, whichever is longer), by its own monotonic time, and on the condition that
 * they still stand: no wall clock decides.
 */
export class SweepLease {
  readonly #options: SweepLeaseOptions;
  /** The turn that this process wrote last, while it leads. */
  #turn: number | undefined;
  /** What another holds, and since when it was seen so. */
  #seen: (Lease & { readonly since: number }) | undefined;
  #mayHold = false;

  constructor(options: SweepLeaseOptions) {
    this.#options = options;
  }

  /**
   * Renews the lease, or takes it when it may; one call at a time.
   * @returns Whether this process leads, with half of the lease left at least.
   */
  async lead(leaseMs: number): Promise<boolean> {
    const { monotonicNow } = this.#options;
    const sent = monotonicNow();
    const leads = (await this.#renew(leaseMs)) || (await this.#look(leaseMs));
    return leads && monotonicNow() - sent <= leaseMs / 2;
  }

  /** Gives the lease up, if this process has it: another may take it at once. */
  async release(): Promise<void> {
    if (!this.#mayHold) return;
    const { collections, owner } = this.#options;
    this.#turn = undefined;
    await collections.meta.updateOne(
      { _id: leaseId, owner },
      { $unset: { owner: '', lease_ms: '' }, $inc: { turn: 1 } },
    );
  }

  async #renew(leaseMs: number): Promise<boolean> {
    if (this.#turn === undefined) return false;
    const { owner } = this.#options;
    return await this.#take({ owner, turn: this.#turn }, leaseMs);
  }

  async #look(leaseMs: number): Promise<boolean> {
    const { collections, owner, monotonicNow } = this.#options;
    const sent = monotonicNow();
    const found = await leaseIn(collections);
    if (found === undefined) return await this.#insert(leaseMs);
    // Its own: a write was done whose answer was lost.
    const isFree = found.owner === undefined || found.owner === owner;
    const longerMs = Math.max(found.leaseMs, leaseMs);
    if (isFree || this.#stoodStill(found, sent - longerMs)) return await this.#take(found, leaseMs);
    if (!isSame(found, this.#seen)) this.#seen = { ...found, since: monotonicNow() };
    return false;
  }

  #stoodStill(lease: Lease, since: number): boolean {
    return isSame(lease, this.#seen) && this.#seen !== undefined && this.#seen.since <= since;
  }

  async #take({ owner: former, turn }: Omit<Lease, 'leaseMs'>, leaseMs: number): Promise<boolean> {
    const { collections, owner } = this.#options;
    this.#mayHold = true;
    const next = turn + 1;
    const condition = {
      _id: leaseId,
      owner: former ?? { $exists: false },
      // One of a version that counted no turns has none.
      turn: turn === 0 ? { $in: [0, null] } : turn,
    } as Filter<MetaDocument>;
    const { matchedCount } = await collections.meta.updateOne(condition, {
      $set: { owner, turn: next, lease_ms: leaseMs },
    });
    this.#turn = matchedCount === 1 ? next : undefined;
    return matchedCount === 1;
  }

  async #insert(leaseMs: number): Promise<boolean> {
    const { collections, owner } = this.#options;
    this.#mayHold = true;
    try {
      await collections.meta.insertOne({ _id: leaseId, owner, turn: 0, lease_ms: leaseMs });
    } catch (caught) {
      if (isDuplicate(caught)) return false;
      throw caught;
    }
    this.#turn = 0;
    return true;
  }
}

/** How {@link isServed} watches. */
export interface ServedOptions {
  /**
   * How long a lease that somebody holds is watched, in ms.
   * @default the longest lease, and the two looks in which another takes it from a killed process
   */
  readonly watchMs?: number;
  /**
   * How long one that was given up is watched, in ms: while it is nobody's, others that serve may
   * not have looked yet.
   * @default 0: nobody serves
   */
  readonly freeMs?: number;
  /** Pause between two looks, in ms. @default 200 */
  readonly pauseMs?: number;
}

/**
 * Whether some process serves these collections: one of those that do moves the lease of the sweep
 * all the time. Takes a third of a lease when it is so, `watchMs` when a killed process has left
 * its lease, and no time when there is none.
 */
export async function isServed(
  collections: Pick<Collections, 'meta'>,
  options: ServedOptions = {},
): Promise<boolean> {
  const { watchMs = longestLeaseMs + 2 * lookMsOf(longestLeaseMs), freeMs = 0 } = options;
  const first = await leaseIn(collections);
  if (first === undefined) return false;
  const until = performance.now() + (first.owner === undefined ? freeMs : watchMs);
  while (performance.now() < until) {
    await sleep(options.pauseMs ?? 200);
    const lease = await leaseIn(collections);
    if (lease?.owner !== undefined && !isSame(lease, first)) return true;
  }
  return false;
}

async function leaseIn({ meta }: Pick<Collections, 'meta'>): Promise<Lease | undefined> {
  const found = await meta.findOne({ _id: leaseId });
  if (found === null) return undefined;
  // One of a version that wrote no length may be any: it counts as the longest.
  const { owner, turn = 0, lease_ms: leaseMs = longestLeaseMs } = found;
  return owner === undefined ? { turn, leaseMs } : { owner, turn, leaseMs };
}

/** Whether nobody has taken or renewed it in between. */
function isSame(one: Lease, other: Lease | undefined): boolean {
  return one.owner === other?.owner && one.turn === other?.turn;
}
