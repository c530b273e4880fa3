import { invalidConfig } from '../../../errors/makers.js';
import type { SessionError } from '../../../errors/session-error.js';
import { longestLeaseMs, lookMsOf } from '../../../logic/lease-times.js';
import { isServed, type ServedOptions } from '../sweep-lease.js';
import type { CopyConnection } from './copy-connection.js';
import { readSchema } from './copy-mark.js';

/** All who serve look at the lease within that time: a free one is taken, one that is held moves. */
const lookMs = lookMsOf(longestLeaseMs) + 1_000;

/** Whether anybody serves a collection that is copied: one of those who do moves its lease. */
export class CopyLease {
  readonly #connection: CopyConnection;
  #seen: string | undefined;

  constructor(connection: CopyConnection) {
    this.#connection = connection;
  }

  /** @throws INVALID_CONFIG when a process serves the collection. */
  async assertFree(): Promise<void> {
    if (this.#seen !== undefined && (await this.#read()) === this.#seen) return;
    // One that a killed process left is watched for as long as another may take to get it.
    if (await this.#isServed({ freeMs: lookMs })) {
      throw this.#refusal('a process serves it: stop all of them first');
    }
    this.#seen = await this.#read();
  }

  /** @throws INVALID_CONFIG when one serves it, or did since {@link assertFree}. */
  async assertStillFree(): Promise<void> {
    // Who began since is counted; who had only stopped to answer looks within this time.
    const watch = { freeMs: lookMs, watchMs: lookMs };
    const isFree = (await this.#read()) === this.#seen && !(await this.#isServed(watch));
    if (isFree && (await this.#read()) === this.#seen) return;
    const reason =
      'a process served it during the copy, which may lack what changed meanwhile: stop all of ' +
      'them and begin anew with --restart';
    throw this.#refusal(reason);
  }

  async #isServed(watch: ServedOptions): Promise<boolean> {
    return await this.#connection.run((collections) => isServed(collections, watch));
  }

  /** Who led how often, and how many began to serve, as text: another one after each of them. */
  async #read(): Promise<string> {
    return await this.#connection.run(async (collections) => {
      const { starts = 0 } = (await readSchema(collections)) ?? {};
      return JSON.stringify([starts, await collections.meta.findOne({ _id: 'sweep' })]);
    });
  }

  #refusal(reason: string): SessionError {
    return invalidConfig(this.#connection.name, reason);
  }
}
