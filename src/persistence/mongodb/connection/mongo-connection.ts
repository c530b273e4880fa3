import { setTimeout as sleep } from 'node:timers/promises';
import type { Db, MongoClient } from 'mongodb';
import type { ConfigParams, IReferences } from 'pip-services3-commons-nodex';
import type { ILogger } from 'pip-services3-components-nodex';
import { invalidConfig, storeUnavailable } from '../../../errors/makers.js';
import { isSessionError, type SessionError } from '../../../errors/session-error.js';
import { defaultsOf } from '../../../logic/settings.js';
import { type MongoAddress, resolveAddress } from './mongo-address.js';
import { createMongoClient, longestLookMs } from './mongo-client.js';
import {
  type MongoUseSettings,
  mongoConnectionSettings,
  readUseSettings,
} from './mongo-connection-settings.js';
import { classifyMongoFailure, toSessionError } from './mongo-failure.js';
import { MonitorWatch } from './monitor-watch.js';
import { type MongoRequest, RunningRequests } from './running-requests.js';

export type { MongoRequest } from './running-requests.js';

/** What a {@link MongoConnection} is made with. */
export interface MongoConnectionOptions {
  /** Name of the component in messages. */
  readonly component: string;
  readonly logger: ILogger;
  /**
   * Makes the database fit to be served, once it is reached: indexes, version of the schema. Done
   * again when the database is lost in the middle, so it must be idempotent. INVALID_CONFIG ends
   * the start.
   */
  readonly prepare: (db: Db) => Promise<void>;
  /**
   * Called once when a database that was not there at the start turns out to be none that can be
   * served.
   * @default throws the error in a turn of its own, which ends the process
   */
  readonly onFatal?: (error: SessionError) => void;
  /** Milliseconds that the server may take for one answer. @default 2,500 */
  readonly socketTimeoutMs?: number;
}

/** Milliseconds between two attempts to reach a database that was not there at the start. */
const retryMs = 250;

/** What a look of the driver at a server may take above its own limits, in ms. */
const lookMarginMs = 500;

/** What there is while the connection is open. */
interface Opened {
  readonly address: MongoAddress;
  readonly client: MongoClient;
  readonly requests: RunningRequests;
  readonly monitorWatch: MonitorWatch;
  isPrepared: boolean;
  /** A host that the driver stopped to look at before the database was prepared. */
  lostHost: string | undefined;
  lastReason: string;
  starting: Promise<void>;
}

/**
 * The way to MongoDB: where it is, as whom, for how long to wait. A database that is gone at the
 * start is waited for; meanwhile every piece of work is STORE_UNAVAILABLE.
 */
export class MongoConnection {
  readonly #options: MongoConnectionOptions;
  #config: ConfigParams | undefined;
  #use: MongoUseSettings = defaultsOf(mongoConnectionSettings);
  #references: IReferences | undefined;
  #opened: Opened | undefined;

  constructor(options: MongoConnectionOptions) {
    this.#options = options;
  }

  /** Reads {@link mongoConnectionSettings}, and nothing else. @throws INVALID_CONFIG. */
  configure(config: ConfigParams): void {
    this.#use = readUseSettings(this.#options.component, config);
    this.#config = config;
  }

  /** Where discovery services and credential stores are found. */
  setReferences(references: IReferences): void {
    this.#references = references;
  }

  /** Whether `open` was called, and `close` was not since. */
  isOpen(): boolean {
    return this.#opened !== undefined;
  }

  /** For the operator: which hosts and which database. */
  describe(): string {
    const { address } = this.#opened ?? {};
    return address === undefined ? 'mongodb' : `mongodb ${address.hosts}/${address.database}`;
  }

  /**
   * Connects and prepares the database; when no server is there within the time of one request, goes
   * on with that in the background.
   * @throws INVALID_CONFIG naming the setting, also when the server refuses the credential.
   */
  async open(): Promise<void> {
    if (this.#opened !== undefined) return;
    const { component, socketTimeoutMs } = this.#options;
    if (this.#config === undefined) throw invalidConfig(`${component}: connection`, 'is not set');
    const address = await resolveAddress(component, this.#config, this.#references);
    const client = createMongoClient(component, address, { ...this.#use, socketTimeoutMs });
    const requests = new RunningRequests();
    const monitorWatch = new MonitorWatch(client, {
      limitMs: longestLookMs(this.#use) + lookMarginMs,
      onStuck: (host) => this.#renew(host),
    });
    this.#opened = {
      ...{ address, client, requests, monitorWatch, isPrepared: false },
      ...{ lostHost: undefined, lastReason: '', starting: Promise.resolve() },
    };
    this.#watch(this.#opened);
    try {
      if (!(await this.#attempt(this.#opened))) this.#startLater(this.#opened);
    } catch (caught) {
      await this.close();
      throw caught;
    }
  }

  /** Ends all connections; idempotent. Work that is under way is STORE_UNAVAILABLE. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    opened.requests.close();
    opened.monitorWatch.stop();
    await opened.client.close(true);
    await opened.starting;
    // It may have been connecting anew.
    await opened.client.close(true);
  }

  /** The database. @throws STORE_UNAVAILABLE when not open. */
  get db(): Db {
    const { client, address } = this.#ready;
    return client.db(address.database);
  }

  /**
   * Does all round trips of a request, within `options.request_timeout`. At the deadline the caller
   * gets his answer; a write that is on its way then may be done or not.
   * @throws SessionError: STORE_UNAVAILABLE, STORAGE_FULL, or what the work threw.
   */
  async run<Value>(work: (request: MongoRequest) => Promise<Value>): Promise<Value> {
    const { requests } = this.#ready;
    try {
      return await requests.run(this.#use.requestTimeoutMs, work);
    } catch (caught) {
      throw toSessionError(caught);
    }
  }

  /** Resolves when the database answers. @throws STORE_UNAVAILABLE. */
  async checkReady(): Promise<void> {
    await this.run(() => this.db.command({ ping: 1 }));
  }

  get #ready(): Opened {
    const opened = this.#opened;
    if (opened === undefined) throw storeUnavailable();
    if (!opened.isPrepared) throw storeUnavailable(new Error(opened.lastReason));
    return opened;
  }

  /** Whether the database is prepared now. @throws INVALID_CONFIG when it never can be. */
  async #attempt(opened: Opened): Promise<boolean> {
    const { client, address, requests } = opened;
    const db = client.db(address.database);
    const { requestTimeoutMs } = this.#use;
    try {
      // A client that has failed to connect does so again only when it is told.
      await requests.run(requestTimeoutMs, () => client.connect());
      await requests.run(requestTimeoutMs, () => db.command({ ping: 1 }));
      await this.#options.prepare(db);
    } catch (caught) {
      if (requests.isClosed) return false;
      this.#assertPassing(caught, address);
      this.#complain(opened, caught);
      // The next one begins with new connections: a driver that is connected does not connect anew.
      await client.close(true);
      opened.lostHost = undefined;
      return false;
    }
    opened.isPrepared = true;
    if (opened.lostHost !== undefined) this.#renew(opened.lostHost);
    return true;
  }

  /** Goes on trying until the database is prepared or the connection closes. */
  #startLater(opened: Opened): void {
    const { component, logger, onFatal = throwApart } = this.#options;
    const { requests } = opened;
    const start = async (): Promise<void> => {
      do await sleep(retryMs);
      while (!(requests.isClosed || (await this.#attempt(opened))));
      if (!requests.isClosed) logger.info(component, 'MongoDB is there now: %s', this.describe());
    };
    opened.starting = start().catch((caught: unknown) => onFatal(toSessionError(caught)));
  }

  /** Makes the driver's monitors anew, which look at a server no more. */
  #renew(host: string): void {
    const opened = this.#opened;
    if (opened === undefined) return;
    if (!opened.isPrepared) {
      opened.lostHost = host;
      return;
    }
    const { component, logger } = this.#options;
    const { client, requests } = opened;
    logger.warn(component, 'The driver does not look at %s any more: connecting anew', host);
    const connects = async (): Promise<boolean> => {
      try {
        await requests.run(this.#use.requestTimeoutMs, () => client.close(true));
        await requests.run(this.#use.requestTimeoutMs, () => client.connect());
        return true;
      } catch {
        return false;
      }
    };
    const renew = async (): Promise<void> => {
      while (!(requests.isClosed || (await connects()))) await sleep(retryMs);
    };
    opened.starting = opened.starting.then(renew);
  }

  /** A failure that time can mend passes; another ends the start. */
  #assertPassing(caught: unknown, address: MongoAddress): void {
    const { component } = this.#options;
    const cause =
      isSessionError(caught) && caught.code !== 'INVALID_CONFIG' ? caught.cause : caught;
    const failure = classifyMongoFailure(cause);
    if (failure === 'unavailable' || failure === 'full') return;
    if (failure === 'other') throw toSessionError(caught);
    const reason = `${address.hosts} refuses this user, or does not let him use ${address.database}`;
    throw invalidConfig(`${component}: credential`, reason, caught);
  }

  /** Says once when the servers are lost, and when they are back. */
  #watch(opened: Opened): void {
    const { component, logger } = this.#options;
    const { client, address, requests } = opened;
    client.on('topologyDescriptionChanged', ({ previousDescription, newDescription }) => {
      const { hasKnownServers } = newDescription;
      const isNews = hasKnownServers !== previousDescription.hasKnownServers;
      if (!(isNews && opened.isPrepared) || requests.isClosed) return;
      if (hasKnownServers) logger.info(component, 'MongoDB answers again: %s', address.hosts);
      else logger.warn(component, 'MongoDB does not answer any more: %s', address.hosts);
    });
  }

  #complain(opened: Opened, caught: unknown): void {
    const { component, logger } = this.#options;
    const reason = reasonOf(caught);
    if (reason === opened.lastReason) return;
    opened.lastReason = reason;
    const text = 'MongoDB is not there (%s): %s. Not ready; trying again';
    logger.warn(component, text, this.describe(), reason);
  }
}

function reasonOf(caught: unknown): string {
  const cause = isSessionError(caught) ? (caught.cause ?? caught) : caught;
  return cause instanceof Error ? cause.message : String(cause);
}

function throwApart(error: SessionError): void {
  setImmediate(() => {
    throw error;
  });
}
