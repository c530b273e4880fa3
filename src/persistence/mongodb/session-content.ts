import type { Db } from 'mongodb';
import type { ILogger } from 'pip-services3-components-nodex';
import type { SettingValues } from '../../logic/settings.js';
import { BackgroundWork } from './background-work.js';
import { collectionsOf, type RequestOptions } from './collections.js';
import { DamagedSessions } from './damaged-sessions.js';
import { KnownSessions } from './known-sessions.js';
import type { mongodbStoreSettings } from './mongodb-settings.js';
import { PendingStretches } from './pending-stretches.js';
import { RequestLog } from './request-log.js';
import { SessionBatches } from './session-batches.js';
import { SessionChanges } from './session-changes.js';
import { SessionLimits } from './session-limits.js';
import { SessionLists } from './session-lists.js';
import { SessionOpening } from './session-opening.js';
import { SessionTable } from './session-table.js';
import { SweepLease } from './sweep-lease.js';
import { UserPresences } from './user-presences.js';

/** What {@link SessionContent} is made with. */
export interface SessionContentOptions {
  readonly db: Db;
  /** Does a piece of work within the time of a request. */
  readonly run: (work: (request: RequestOptions) => Promise<void>) => Promise<void>;
  readonly logger: ILogger;
  readonly settings: SettingValues<typeof mongodbStoreSettings>;
  /** A name that no other process has. */
  readonly owner: string;
  /** Milliseconds that only grow. */
  readonly monotonicNow: () => number;
}

/** The parts of the store while it is open. */
export class SessionContent {
  readonly opening: SessionOpening;
  readonly changes: SessionChanges;
  readonly batches: SessionBatches;
  readonly lists: SessionLists;
  readonly pending: PendingStretches;
  readonly lease: SweepLease;
  /** Copies stretches to the ledger. */
  readonly background: BackgroundWork;

  constructor({ db, run, logger, settings, ...lease }: SessionContentOptions) {
    const collections = collectionsOf(db, settings.collection);
    const known = new KnownSessions(settings.knownSessions);
    const table = new SessionTable(collections);
    const requests = new RequestLog(collections);
    const presences = new UserPresences(collections);
    const damaged = new DamagedSessions((error) =>
      logger.error('mongodb', error, 'A session is damaged; passed over'),
    );
    const pending = new PendingStretches(
      collections,
      known,
      new DamagedSessions((error) =>
        logger.error('mongodb', error, 'Waiting stretches of a session are damaged; passed over'),
      ),
    );
    const background = new BackgroundWork({
      logger,
      work: async (stored) => await run(async () => void (await pending.settle(stored))),
    });
    const limits = new SessionLimits({
      collections,
      table,
      damaged,
      onEnd: (ended) => {
        known.delete(ended.session.id);
        if (ended.pending.length > 0) background.add(ended);
      },
    });
    const changes = new SessionChanges({
      table,
      known,
      presences,
      requests,
      onPending: (stored) => background.add(stored),
    });
    this.opening = new SessionOpening({ table, requests, limits });
    this.changes = changes;
    this.batches = new SessionBatches({
      collections,
      changes,
      pending,
      requests,
      limits,
      damaged,
    });
    this.lists = new SessionLists(collections, settings.queryTimeoutMs);
    this.pending = pending;
    this.lease = new SweepLease({ collections, ...lease });
    this.background = background;
  }
}
