import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ConfigParams,
  IConfigurable,
  IOpenable,
  IReferenceable,
  IReferences,
} from 'pip-services3-commons-nodex';
import { CompositeLogger } from 'pip-services3-components-nodex';
import type { DocumentChange } from '../../domain/change.js';
import type { Stretch } from '../../domain/context.js';
import type { SessionFilter } from '../../domain/filter.js';
import type { SessionRecord } from '../../domain/session.js';
import { storeUnavailable } from '../../errors/makers.js';
import type {
  BatchResult,
  CloseInput,
  CloseUserInput,
  OpenSessionInput,
  PruneInput,
  SessionPage,
  SessionPersistence,
  SessionQuery,
  TouchedSession,
  TouchInput,
} from '../../logic/session-persistence.js';
import { defaultsOf, readSettings, type SettingValues } from '../../logic/settings.js';
import { assertInTime } from './attempts.js';
import type { RequestOptions } from './collections.js';
import { MongoConnection } from './connection/mongo-connection.js';
import { withoutConnection } from './connection/mongo-connection-settings.js';
import { KeyedQueue } from './keyed-queue.js';
import { mongodbStoreSettings } from './mongodb-settings.js';
import { prepareDatabase } from './prepare-database.js';
import { SessionContent } from './session-content.js';

/** Name of this component in messages. */
const component = 'service-sessions:persistence:mongodb';

/** One step of the lease after the other; no session has such an id. */
const leaseKey = 'sweep lease';

/** How long a process that closes waits until it has given up the lead. */
const releaseMs = 500;

/** What a {@link MongodbSessionPersistence} can be made with; the rest comes by `configure`. */
export interface MongodbSessionPersistenceOptions {
  /** Version of this service, for who finds its schema too new. @default `of a later version` */
  readonly writer?: string;
  /** Milliseconds that only grow, for the lease of the sweep. @default `performance.now` */
  readonly monotonicNow?: () => number;
}

/**
 * Sessions in MongoDB: for many processes on many machines, durable on a majority at each answer
 * (descriptor `service-sessions:persistence:mongodb:*:1.0`; DESIGN §2 "MongoDB").
 */
export class MongodbSessionPersistence
  implements SessionPersistence, IConfigurable, IReferenceable, IOpenable
{
  readonly #logger = new CompositeLogger();
  readonly #owner = randomUUID();
  readonly #queue = new KeyedQueue();
  readonly #connection: MongoConnection;
  readonly #monotonicNow: () => number;
  #settings: SettingValues<typeof mongodbStoreSettings> = defaultsOf(mongodbStoreSettings);
  #content: SessionContent | undefined;
  #isOpen = false;

  constructor({
    writer = 'of a later version',
    monotonicNow = () => performance.now(),
  }: MongodbSessionPersistenceOptions = {}) {
    this.#monotonicNow = monotonicNow;
    this.#connection = new MongoConnection({
      component,
      logger: this.#logger,
      prepare: async (db) => {
        const { collection } = this.#settings;
        await prepareDatabase(db, { component, collection, writer, logger: this.#logger });
      },
    });
  }

  /** Reads the settings of `mongodbSettings`. @throws INVALID_CONFIG. */
  configure(config: ConfigParams): void {
    this.#settings = readSettings(component, withoutConnection(config), mongodbStoreSettings);
    this.#connection.configure(config);
  }

  /** Finds the loggers, discovery services and credential stores. */
  setReferences(references: IReferences): void {
    this.#logger.setReferences(references);
    this.#connection.setReferences(references);
  }

  /** Whether `open` was called. */
  isOpen(): boolean {
    return this.#isOpen;
  }

  /** For the operator: which database it is. */
  describe(): string {
    return `${this.#connection.describe()}, collection ${this.#settings.collection}`;
  }

  /**
   * Connects, and makes what is missing of the schema; a database that is not there is waited for.
   * @throws INVALID_CONFIG naming the setting, when it cannot be served.
   */
  async open(_correlationId: string): Promise<void> {
    await this.#connection.open();
    this.#isOpen = true;
  }

  /**
   * Ends what runs beside requests, gives up the lead, and ends the connection; calls from now on are
   * STORE_UNAVAILABLE.
   */
  async close(_correlationId: string): Promise<void> {
    const content = this.#content;
    this.#isOpen = false;
    this.#content = undefined;
    await content?.background.settled();
    if (content !== undefined) await this.#release(content);
    await this.#connection.close();
  }

  async openSession(input: OpenSessionInput): Promise<SessionRecord | null> {
    const { session, limit, now } = input;
    const isLimited = limit?.kinds.includes(session.kind) === true;
    const key = isLimited ? `user ${session.userId}` : undefined;
    return await this.#run(key, async (content, request) => {
      const result = await content.opening.open(input, request);
      if ('repeated' in result) return await content.changes.get(result.repeated, now, request);
      content.changes.learn(result.opened);
      return result.opened.session;
    });
  }

  async getSession(id: string, now: number): Promise<SessionRecord | null> {
    return await this.#run(undefined, ({ changes }, request) => changes.get(id, now, request));
  }

  async listSessions(query: SessionQuery): Promise<SessionPage> {
    return await this.#run(undefined, ({ lists }, request) => lists.page(query, request));
  }

  async countSessions(filter: SessionFilter, now: number): Promise<number> {
    return await this.#run(undefined, ({ lists }, request) => lists.count(filter, now, request));
  }

  async touchSession(input: TouchInput): Promise<TouchedSession | null> {
    return await this.#run(input.sessionId, ({ changes }, request) =>
      changes.touch(input, request),
    );
  }

  async changeSession(
    id: string,
    change: DocumentChange,
    now: number,
  ): Promise<SessionRecord | null> {
    return await this.#run(id, ({ changes }, request) => changes.change(id, change, now, request));
  }

  async closeSession(input: CloseInput): Promise<SessionRecord | null> {
    return await this.#run(input.sessionId, ({ changes }, request) =>
      changes.close(input, request),
    );
  }

  async closeUserSessions(input: CloseUserInput): Promise<BatchResult> {
    return await this.#run(undefined, ({ batches }, request) => batches.closeUser(input, request));
  }

  async closeExpired(now: number, limit: number): Promise<BatchResult> {
    return await this.#run(undefined, ({ batches }, request) =>
      batches.closeDue(now, limit, request),
    );
  }

  async deleteSession(id: string, now: number): Promise<SessionRecord | null> {
    return await this.#run(id, ({ changes }, request) => changes.remove(id, now, request));
  }

  async deleteUserSessions(userId: string, limit: number, now: number): Promise<BatchResult> {
    return await this.#run(undefined, ({ batches }, request) =>
      batches.removeUser(userId, limit, { ...request, now }),
    );
  }

  async prune(input: PruneInput): Promise<BatchResult> {
    return await this.#run(undefined, async ({ batches, background }, request) => {
      // What this process copies to the ledger is there, and cannot come after it was removed.
      await background.settled();
      return await batches.prune(input, request);
    });
  }

  async getStretches(sessionId: string): Promise<readonly Stretch[]> {
    return await this.#run(undefined, ({ pending }, request) =>
      pending.ofSession(sessionId, request),
    );
  }

  /** See `SessionPersistence.lead`. */
  async lead(leaseMs: number): Promise<boolean> {
    return await this.#run(leaseKey, ({ lease }) => lease.lead(leaseMs));
  }

  async checkReady(): Promise<void> {
    await this.#connection.checkReady();
  }

  /** As far as the database answers soon: else the lease ends by itself. */
  async #release({ lease }: SessionContent): Promise<void> {
    const released = this.#queue.add(leaseKey, async () => {
      await this.#connection.run(async () => await lease.release());
    });
    const isSlow = sleep(releaseMs, undefined, { ref: false });
    await Promise.race([released, isSlow]).catch(() => undefined);
  }

  /** Does one request; those that change the same thing, one after the other. */
  async #run<Value>(
    key: string | undefined,
    work: (content: SessionContent, request: RequestOptions) => Promise<Value>,
  ): Promise<Value> {
    if (!this.#isOpen) throw storeUnavailable();
    return await this.#connection.run(async (request) => {
      if (key === undefined) return await work(this.#opened, request);
      return await this.#queue.add(key, async () => {
        assertInTime(request);
        return await work(this.#opened, request);
      });
    });
  }

  get #opened(): SessionContent {
    if (!this.#isOpen) throw storeUnavailable();
    this.#content ??= new SessionContent({
      db: this.#connection.db,
      run: async (work) => await this.#connection.run(work),
      logger: this.#logger,
      settings: this.#settings,
      owner: this.#owner,
      monotonicNow: this.#monotonicNow,
    });
    return this.#content;
  }
}
