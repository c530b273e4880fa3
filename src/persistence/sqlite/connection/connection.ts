import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import AsyncDatabase from 'libsql/promise';
import { invalidData } from '../../../errors/makers.js';

/** What the binding can take: anything else would abort the process (TOOLCHAIN "libsql"). */
export type SqlValue = string | number | Buffer | null;

/** One row as the binding answers it, in the order of the columns. */
export type SqlRow = readonly SqlValue[];

/** SQL with the values of its parameters. */
export interface Query {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** A prepared statement of a {@link Connection}. */
export interface Statement {
  /** Runs it for its effect and answers how many rows it changed. */
  run(...values: readonly SqlValue[]): number;
  /** The first row; `undefined` when there is none. */
  get(...values: readonly SqlValue[]): SqlRow | undefined;
  /** All rows. */
  all(...values: readonly SqlValue[]): readonly SqlRow[];
}

/** How a {@link Connection} is opened. */
export interface ConnectionOptions {
  /** Whether it may write and make the file. @default false */
  readonly readOnly?: boolean;
  /** How long a statement waits for another process's lock, in ms. @default 500 */
  readonly busyTimeoutMs?: number;
}

/**
 * The binding does what is asked of other threads on as many as the machine has processors, and each
 * is taken until SQLite answers: a commit must not wait for a slow query. Read at its first use.
 */
process.env['TOKIO_WORKER_THREADS'] ??= '16';

const defaultBusyTimeoutMs = 500;
/** Filters have a few hundred shapes: what is asked rarely is prepared again. */
const statementLimit = 200;

/**
 * The one door to the binding: a connection to an SQLite file whose parameters are checked, because
 * the binding aborts the process at a type it does not know.
 */
export class Connection {
  readonly #database: InstanceType<typeof Database>;
  readonly #statements = new Map<string, Statement>();
  readonly #busyTimeoutMs: number;
  #changes = 0;
  #commits = 0;
  #rollBacks = 0;
  #isOccupied = false;

  /** @throws what SQLite says of the file. */
  constructor(path: string, options: ConnectionOptions = {}) {
    this.#database = new Database(toLocation(path, options.readOnly ?? false));
    this.#busyTimeoutMs = options.busyTimeoutMs ?? defaultBusyTimeoutMs;
    this.exec(`PRAGMA busy_timeout = ${this.#busyTimeoutMs}`);
  }

  /** Runs something that does not wait for another's lock. */
  withoutWaiting<Value>(run: () => Value): Value {
    this.exec('PRAGMA busy_timeout = 0');
    try {
      return run();
    } finally {
      this.exec(`PRAGMA busy_timeout = ${this.#busyTimeoutMs}`);
    }
  }

  /** Runs SQL without parameters, one statement or more. */
  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /**
   * Commits the transaction that is open, on another thread: this one does not wait for the disk.
   * Until then, and after a failure until {@link rollBack}, nothing else may be asked of the connection.
   */
  async commit(): Promise<void> {
    await this.#commitElsewhere('COMMIT');
  }

  /** Runs SQL in a transaction of its own, all of it on that other thread: see {@link commit}. */
  async transact(sql: string): Promise<void> {
    await this.#commitElsewhere(`BEGIN IMMEDIATE; ${sql}; COMMIT`);
  }

  /** Gives up the transaction that is open, if one is: of a full disk SQLite has done so itself. */
  rollBack(): void {
    this.#rollBacks += 1;
    if (this.inTransaction) this.exec('ROLLBACK');
    this.#isOccupied = false;
  }

  /** The statement of this text, prepared once and kept. */
  prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#prepare(sql);
    const [oldest] = this.#statements.keys();
    if (this.#statements.size >= statementLimit && oldest !== undefined) {
      this.#statements.delete(oldest);
    }
    this.#statements.set(sql, statement);
    return statement;
  }

  /** The first value that a pragma answers; `null` when it answers none. */
  pragma(sql: string): SqlValue {
    return this.#prepare(`PRAGMA ${sql}`).get()?.[0] ?? null;
  }

  /** How many times a statement was run for its effect. */
  get changes(): number {
    return this.#changes;
  }

  /** Whether another thread works on it, or has failed there and nothing is rolled back yet. */
  get isOccupied(): boolean {
    return this.#isOccupied;
  }

  /** How many transactions {@link commit} and {@link transact} have committed. */
  get commits(): number {
    return this.#commits;
  }

  /** How many times a transaction was given up. */
  get rollBacks(): number {
    return this.#rollBacks;
  }

  /** Whether a transaction is open; SQLite itself rolls one back when the disk is full. */
  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  /**
   * Closes it; it must not be used any more. A transaction that is open is rolled back. The binding
   * keeps the file open until its statements are collected: a file with a write-ahead log stays in
   * use by this process until then, others hold no lock.
   */
  close(): void {
    this.rollBack();
    this.#statements.clear();
    this.#database.close();
  }

  async #commitElsewhere(sql: string): Promise<void> {
    this.#isOccupied = true;
    // Both classes of the binding put their methods around the same native object.
    await AsyncDatabase.prototype.exec.call(this.#database, sql);
    this.#commits += 1;
    this.#isOccupied = false;
  }

  #prepare(sql: string): Statement {
    const prepared = this.#database.prepare<readonly SqlValue[]>(sql);
    if (prepared.reader) prepared.raw();
    return {
      run: (...values) => {
        this.#changes += 1;
        return prepared.run(checked(values)).changes;
      },
      get: (...values) => prepared.get(checked(values)) as SqlRow | undefined,
      all: (...values) => prepared.all(checked(values)) as readonly SqlRow[],
    };
  }
}

/** The name under which SQLite opens a file: absolute, so that it is never taken for an option. */
export function toLocation(path: string, readOnly: boolean): string {
  return `${pathToFileURL(path).href}?mode=${readOnly ? 'ro' : 'rwc'}`;
}

/** @throws INVALID_DATA for text that SQLite would change, TypeError for what it cannot hold. */
export function checked(values: readonly unknown[]): never {
  for (const value of values) {
    if (typeof value === 'string') {
      // A NUL reads back cut, and a lone surrogate changed.
      if (value.isWellFormed() && !value.includes('\0')) continue;
      throw invalidData([{ path: '', reason: 'must be well-formed text without NUL' }]);
    }
    if (value === null || Buffer.isBuffer(value) || Number.isFinite(value)) continue;
    throw new TypeError(`SQLite cannot hold a ${typeof value}`);
  }
  return values as never;
}

/** The first row of a query on a connection that works on another thread. */
export async function firstRowOf(
  connection: AsyncDatabase,
  sql: string,
  values: readonly SqlValue[] = [],
): Promise<SqlRow | undefined> {
  const statement = (await connection.prepare(sql)) as {
    raw(): void;
    all(values: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  };
  statement.raw();
  const [row] = await statement.all(checked(values));
  return row;
}
