import Database from 'libsql/promise';
import { overloaded, storeUnavailable } from '../../../errors/makers.js';
import { checked, firstRowOf, type Query, type SqlValue, toLocation } from './connection.js';
import { toSessionError } from './sqlite-failure.js';

/** How {@link SlowQueries} are run. */
export interface SlowQueriesOptions {
  /** The database. */
  readonly path: string;
  /** From the call to the answer, in ms. */
  readonly timeoutMs: number;
  /** How many may wait. */
  readonly queueLimit: number;
}

/** How many run at a time, each on a thread and a connection of its own (DESIGN §2 "File"). */
const connectionCount = 2;

interface Task {
  readonly query: Query;
  readonly resolve: (value: SqlValue) => void;
  readonly reject: (reason: unknown) => void;
  readonly timer: NodeJS.Timeout;
  /** Set when nobody waits for it any more. */
  isGivenUp: boolean;
}

/** An interruption that comes before a query has begun is lost: it is repeated. */
const interruptEveryMs = 10;

/**
 * Queries that may take longer than anybody else should wait, on read-only connections whose work
 * the binding does on other threads. A query answers one value, so that its first step, which is
 * done there, is all of it.
 */
export class SlowQueries {
  readonly #options: SlowQueriesOptions;
  readonly #idle: Database[] = [];
  readonly #running = new Map<Task, Promise<void>>();
  #waiting: Task[] = [];
  #closed = false;

  constructor(options: SlowQueriesOptions) {
    this.#options = options;
  }

  /**
   * The first value of a query's first row, as of the last commit.
   * @throws OVERLOADED when too many wait, STORE_UNAVAILABLE over the deadline; it is stopped then.
   */
  async value(query: Query): Promise<SqlValue> {
    checked(query.values);
    const { queueLimit, timeoutMs } = this.#options;
    if (this.#closed) throw storeUnavailable();
    if (this.#waiting.length >= queueLimit) throw overloaded();
    return await new Promise<SqlValue>((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(task), timeoutMs).unref();
      const task: Task = { query, resolve, reject, timer, isGivenUp: false };
      this.#waiting.push(task);
      this.#next();
    });
  }

  /** Stops what runs, refuses what waits, and closes the connections; idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const task of this.#waiting) this.#giveUp(task);
    for (const task of this.#running.keys()) this.#giveUp(task);
    await Promise.all(this.#running.values());
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  #giveUp(task: Task): void {
    clearTimeout(task.timer);
    this.#waiting = this.#waiting.filter((waiting) => waiting !== task);
    task.isGivenUp = true;
    task.reject(storeUnavailable(new Error('The query took too long')));
  }

  #next(): void {
    if (this.#running.size >= connectionCount) return;
    const task = this.#waiting.shift();
    if (task === undefined) return;
    const run = this.#run(task).finally(() => {
      clearTimeout(task.timer);
      this.#running.delete(task);
      this.#next();
    });
    this.#running.set(task, run);
  }

  async #run(task: Task): Promise<void> {
    try {
      const connection = this.#idle.pop() ?? this.#open();
      const interrupting = setInterval(() => {
        if (task.isGivenUp) connection.interrupt();
      }, interruptEveryMs);
      try {
        const { sql, values } = task.query;
        task.resolve((await firstRowOf(connection, sql, values))?.[0] ?? null);
      } finally {
        clearInterval(interrupting);
        this.#idle.push(connection);
      }
    } catch (caught) {
      task.reject(toSessionError(caught));
    }
  }

  #open(): Database {
    return new Database(toLocation(this.#options.path, true), {});
  }
}
