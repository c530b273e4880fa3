import { invalidConfig } from '../../errors/makers.js';
import type { SessionError } from '../../errors/session-error.js';
import { longestLeaseMs, lookMsOf } from '../../logic/lease-times.js';
import type { CopyConnection } from './copy-connection.js';
import { readSchema } from './copy-mark.js';
import { isServed } from './sweep-lease.js';

/** How long a lease that was given up is watched: all who serve look at it within that time. */
const freeMs = lookMsOf(longestLeaseMs) + 1_000;

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
    if (await this.#isServed()) throw this.#refusal('a process serves it: stop all of them first');
    this.#seen = await this.#read();
  }

  /** @throws INVALID_CONFIG when one serves it, or did since {@link assertFree}. */
  async assertStillFree(): Promise<void> {
    const isFree = (await this.#read()) === this.#seen && !(await this.#isServed());
    if (isFree && (await this.#read()) === this.#seen) return;
    const reason =
      'a process served it during the copy, which may lack what changed meanwhile: stop all of ' +
      'them and begin anew with --restart';
    throw this.#refusal(reason);
  }

  async #isServed(): Promise<boolean> {
    return await this.#connection.run((collections) => isServed(collections, { freeMs }));
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
