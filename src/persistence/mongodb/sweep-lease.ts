import { type Collections, isDuplicate } from './collections.js';

/** `_id` of the document that says who sweeps. */
const leaseId = 'sweep';

/** Whose turn it is to sweep: of all processes on one database, one at a time. */
export class SweepLease {
  readonly #collections: Collections;
  readonly #owner: string;

  /** `owner`: a name that no other process has. */
  constructor(collections: Collections, owner: string) {
    this.#collections = collections;
    this.#owner = owner;
  }

  /** Takes or keeps the lease from `now` on for `leaseMs`, unless another has it. */
  async take(now: number, leaseMs: number): Promise<boolean> {
    const { meta } = this.#collections;
    const owner = this.#owner;
    const lease = { owner, until: now + leaseMs };
    const { matchedCount } = await meta.updateOne(
      { _id: leaseId, $or: [{ owner }, { until: { $lt: now } }] },
      { $set: lease },
    );
    if (matchedCount === 1) return true;
    try {
      await meta.insertOne({ _id: leaseId, ...lease });
      return true;
    } catch (caught) {
      if (isDuplicate(caught)) return false;
      throw caught;
    }
  }
}
