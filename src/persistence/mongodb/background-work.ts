import type { ILogger } from 'pip-services3-components-nodex';
import { SessionError } from '../../errors/session-error.js';
import type { StoredSession } from './session-documents.js';

/** What the background work needs. */
export interface BackgroundWorkOptions {
  readonly logger: ILogger;
  /** Does the work on one record. */
  readonly work: (stored: StoredSession) => Promise<void>;
}

/**
 * Work that nobody waits for, on one record at a time the newest form it has. What fails is left to
 * the sweep.
 */
export class BackgroundWork {
  readonly #options: BackgroundWorkOptions;
  readonly #waiting = new Map<string, StoredSession>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: BackgroundWorkOptions) {
    this.#options = options;
  }

  /** Takes on a record. */
  add(stored: StoredSession): void {
    const { id } = stored.session;
    this.#waiting.set(id, stored);
    if (!this.#running.has(id)) this.#running.set(id, this.#run(id));
  }

  /** Resolves when all that was taken on so far is over. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #run(id: string): Promise<void> {
    for (;;) {
      const stored = this.#waiting.get(id);
      if (stored === undefined) {
        // In the same turn in which nothing waits: what comes later begins anew.
        this.#running.delete(id);
        return;
      }
      this.#waiting.delete(id);
      try {
        await this.#options.work(stored);
      } catch (caught) {
        const text = 'Stretches stay in their record until the sweep (%s)';
        this.#options.logger.debug('mongodb', text, SessionError.from(caught).code);
      }
    }
  }
}
