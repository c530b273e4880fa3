import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from 'mongodb';
import { ConfigParams } from 'pip-services3-commons-nodex';
import { NullLogger } from 'pip-services3-components-nodex';
import { isSessionError } from '../../../errors/session-error.js';
import type { CopyPart } from '../../copy/copy-store.js';
import { type Collections, collectionsOf } from '../collections.js';
import { MongoConnection } from '../connection/mongo-connection.js';

/** Where a copy finds a MongoDB: the settings of the store, by their keys. */
export interface CopyDatabaseOptions {
  /** `connection.…` and `credential.…`, as the store has them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Name of the collection of sessions. */
  readonly collection: string;
}

/** Name of this component in messages. */
export const copyComponent = 'service-sessions:persistence:mongodb';

/** Longest time that a database may be away in the middle of a copy. */
const patienceMs = 30_000;
const retryMs = 500;
/** Longest time for one answer, and for one piece of work: a page of a cold disk is slow. */
const answerMs = 60_000;

/** A MongoDB as copies use it: patient, since nobody waits for an answer. */
export class CopyConnection {
  /** Name of the collection of sessions. */
  readonly collection: string;
  readonly #connection: MongoConnection;

  private constructor(connection: MongoConnection, collection: string) {
    this.#connection = connection;
    this.collection = collection;
  }

  /** Connects. @throws INVALID_CONFIG naming the setting, STORE_UNAVAILABLE when nobody answers. */
  static async open({ settings, collection }: CopyDatabaseOptions): Promise<CopyConnection> {
    const connection = new MongoConnection({
      component: copyComponent,
      logger: new NullLogger(),
      prepare: async () => undefined,
      socketTimeoutMs: answerMs,
    });
    connection.configure(
      ConfigParams.fromValue({ 'options.request_timeout': answerMs, ...settings }),
    );
    await connection.open();
    const opened = new CopyConnection(connection, collection);
    try {
      await opened.run(async (_collections, db) => await db.command({ ping: 1 }));
    } catch (caught) {
      await connection.close();
      throw caught;
    }
    return opened;
  }

  /** Which collection it is, without secrets. */
  get name(): string {
    return `${this.#connection.describe()}.${this.collection}`;
  }

  /** The database. */
  get db(): Db {
    return this.#connection.db;
  }

  /** Does some round trips, all of them again while the database is away. */
  async run<Value>(work: (collections: Collections, db: Db) => Promise<Value>): Promise<Value> {
    let failedAt: number | undefined;
    for (;;) {
      try {
        const { db } = this.#connection;
        return await this.#connection.run(() => work(collectionsOf(db, this.collection), db));
      } catch (caught) {
        const isAway = isSessionError(caught) && caught.code === 'STORE_UNAVAILABLE';
        failedAt ??= performance.now();
        if (!isAway || performance.now() - failedAt > patienceMs) throw caught;
        await sleep(retryMs);
      }
    }
  }

  /** About how many documents a part has. */
  async count(part: CopyPart): Promise<number> {
    return await this.run((collections) => collections[part].estimatedDocumentCount());
  }

  /** Ends the connections; idempotent. */
  async close(): Promise<void> {
    await this.#connection.close();
  }
}
