import { storeUnavailable } from '../../errors/makers.js';
import { SessionError } from '../../errors/session-error.js';

/** Resolves when what it asks can serve; rejects otherwise. */
export type ReadinessCheck = () => Promise<void>;

/** A store that can say whether it can serve. */
export interface ReadyStore {
  checkReady(): Promise<void>;
}

/** Whether the service should get requests: what was said of it, and what its checks say now. */
export class Readiness {
  readonly #checks: ReadinessCheck[] = [];
  #stores: readonly ReadyStore[] = [];
  #isReady = true;
  #running: Promise<void> | undefined;

  /** Says whether requests are wanted, whatever the checks say. */
  setReady(isReady: boolean): void {
    this.#isReady = isReady;
  }

  /** Adds something that must be able to serve. */
  addCheck(check: ReadinessCheck): void {
    this.#checks.push(check);
  }

  /** The stores that must be able to serve; they replace those said before. */
  setStores(stores: readonly ReadyStore[]): void {
    this.#stores = stores;
  }

  /**
   * Resolves when requests can be served. Calls at the same time share one run of the checks,
   * which have `timeoutMs`.
   * @throws OVERLOADED when none are wanted, STORE_UNAVAILABLE when a check failed or did not
   *   answer in time.
   */
  async assertReady(timeoutMs: number): Promise<void> {
    if (!this.#isReady) {
      throw new SessionError('OVERLOADED', { message: 'The service is starting or stopping.' });
    }
    this.#running ??= this.#runChecks(timeoutMs).finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async #runChecks(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
    });
    try {
      await Promise.race([this.#askAll(), timeout]);
    } catch (caught) {
      throw storeUnavailable(caught);
    } finally {
      clearTimeout(timer);
    }
  }

  async #askAll(): Promise<void> {
    await Promise.all([
      ...this.#stores.map((store) => store.checkReady()),
      ...this.#checks.map((check) => check()),
    ]);
  }
}

/** Whether a component says that it can serve. */
export function hasReadiness(store: unknown): store is ReadyStore {
  return (
    typeof store === 'object' &&
    store !== null &&
    'checkReady' in store &&
    typeof store.checkReady === 'function'
  );
}
