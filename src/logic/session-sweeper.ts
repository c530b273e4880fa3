import type { ICounters, ILogger } from 'pip-services3-components-nodex';
import { SessionError } from '../errors/session-error.js';
import type { controllerSettings } from './controller-settings.js';
import { leaseMsFor, lookMsOf } from './lease-times.js';
import type { ServiceClock } from './service-clock.js';
import type { BatchResult, SessionPersistence } from './session-persistence.js';
import type { SettingValues } from './settings.js';

/** What a {@link SessionSweeper} works with. */
export interface SessionSweeperOptions {
  readonly store: SessionPersistence;
  readonly clock: ServiceClock;
  readonly logger: ILogger;
  readonly counters: ICounters;
  readonly settings: Pick<
    SettingValues<typeof controllerSettings>,
    'cleanupIntervalMs' | 'cleanupBatch' | 'retentionMs' | 'ledgerRetentionMs'
  >;
}

/** How often the wall clock is looked at, so that a step is seen when it happens. */
const clockCheckMs = 1_000;

/** The first sweep comes soon: much may have passed its deadline while nobody served. */
const firstSweepMs = 1_000;

/** Who speaks in the log. */
const correlationId = 'sweep';

/**
 * The timer that writes down the ends of sessions past their deadline and removes what is kept no
 * longer, batch by batch. It rests for one interval after the wall clock was set. Of several
 * processes on one store only the one that leads works: it keeps the lead for as long as it lives,
 * and the others look whether it still does. Whoever takes it over sweeps at once: what the one
 * before was killed at is taken up then.
 */
export class SessionSweeper {
  readonly #options: SessionSweeperOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #firstTimer: NodeJS.Timeout;
  readonly #clockTimer: NodeJS.Timeout;
  readonly #leadTimer: NodeJS.Timeout | undefined;
  readonly #leaseMs: number;
  #isLeading = false;
  #looking: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  #resting = false;
  #stopped = false;

  constructor(options: SessionSweeperOptions) {
    this.#options = options;
    const { cleanupIntervalMs } = options.settings;
    this.#timer = setInterval(() => this.#tick(), cleanupIntervalMs).unref();
    const firstMs = Math.min(firstSweepMs, cleanupIntervalMs);
    this.#firstTimer = setTimeout(() => this.#tick(), firstMs).unref();
    this.#clockTimer = setInterval(() => this.#watchClock(), clockCheckMs).unref();
    this.#leaseMs = leaseMsFor(cleanupIntervalMs);
    if (options.store.lead === undefined) return;
    this.#leadTimer = setInterval(() => this.#watchLead(), lookMsOf(this.#leaseMs)).unref();
  }

  /** Ends the timers; resolves when the batch that runs is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    clearTimeout(this.#firstTimer);
    clearInterval(this.#leadTimer);
    clearInterval(this.#clockTimer);
    await this.#looking;
    await this.#running;
  }

  #watchClock(): void {
    const { clock, counters, logger } = this.#options;
    clock.now();
    for (const step of clock.takeSteps()) {
      this.#resting = true;
      counters.incrementOne('sessions.clock_steps');
      logger.warn(correlationId, 'The wall clock was set by %d ms; the sweep rests once', step);
    }
  }

  #tick(): void {
    this.#watchClock();
    if (this.#resting) {
      this.#resting = false;
      return;
    }
    this.#running ??= this.#sweep().finally(() => {
      this.#running = undefined;
    });
  }

  async #sweep(): Promise<void> {
    const { clock, logger, settings, store } = this.#options;
    const limit = settings.cleanupBatch;
    try {
      const closed = await this.#repeat(() => store.closeExpired(clock.now(), limit));
      const removed = await this.#repeat(() => {
        const now = clock.now();
        return store.prune({
          now,
          limit,
          endedBefore: now - settings.retentionMs,
          stretchesBefore: now - settings.ledgerRetentionMs,
        });
      });
      if (closed + removed > 0) {
        logger.info(
          correlationId,
          'Swept: %d sessions expired, %d records removed',
          closed,
          removed,
        );
      }
    } catch (caught) {
      // The next tick tries again; what is past its deadline reads as ended all the same.
      logger.error(correlationId, SessionError.from(caught), 'The sweep failed');
    }
  }

  #watchLead(): void {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
  }

  /** Keeps the lead; who newly has it sweeps at once. */
  async #look(): Promise<void> {
    const led = this.#isLeading;
    try {
      if ((await this.#leads()) && !(led || this.#stopped)) this.#tick();
    } catch (caught) {
      const error = SessionError.from(caught);
      this.#options.logger.debug(correlationId, 'Nobody knows who leads (%s)', error.code);
    }
  }

  async #leads(): Promise<boolean> {
    this.#isLeading = (await this.#options.store.lead?.(this.#leaseMs)) ?? true;
    return this.#isLeading;
  }

  async #repeat(step: () => Promise<BatchResult>): Promise<number> {
    let total = 0;
    for (let more = true; more && !this.#stopped && (await this.#leads()); ) {
      const result = await step();
      total += result.count;
      more = result.more && result.count > 0;
      // Between two batches others have their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return total;
  }
}
