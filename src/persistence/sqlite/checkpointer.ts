import Database from 'libsql/promise';
import { type Connection, toLocation } from './connection.js';
import { classifyFailure } from './sqlite-failure.js';
import type { WriteKind } from './write-queue.js';

/** What a {@link Checkpointer} works with. */
export interface CheckpointerOptions {
  /** The database. */
  readonly path: string;
  /** The connection that writes to it. */
  readonly writer: Connection;
  /** Called when what it wrote cannot be relied on. */
  readonly onFatal: (error: unknown) => void;
}

/** How often it looks whether something was written. */
const intervalMs = 100;
/** How often growing writes may try to restart the log of a full disk. */
const retryMs = 1_000;
/** How long the writer waits for a run, and between two looks. */
const longestWaitMs = 500;
const waitMs = 5;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Brings the write-ahead log into the database on a thread and a connection of its own, while others
 * read and write. What it does not get done before the log is long, the writer does at a commit
 * (`wal_autocheckpoint`).
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #connection: Database;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #seenChanges: number;
  #hasRoom = true;
  #lastRestart = Number.NEGATIVE_INFINITY;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#seenChanges = options.writer.changes;
    this.#connection = new Database(toLocation(options.path, false), {});
    this.#timer = setInterval(() => this.#look(), intervalMs).unref();
  }

  /** False while the disk has no room for what is in the log; tried again until it has. */
  hasRoom(): boolean {
    return this.#hasRoom || this.restartLog('growing');
  }

  /**
   * Brings all of the log into the database at once, on the writer's connection: it is written again
   * from its beginning then, and needs no more room. Waits for a run up to half a second; growing
   * writes do it once a second at most. False when something is left.
   */
  restartLog(kind: WriteKind): boolean {
    const now = performance.now();
    if (kind === 'growing' && now - this.#lastRestart < retryMs) return false;
    this.#lastRestart = now;
    try {
      for (;;) {
        const sql = 'PRAGMA wal_checkpoint(PASSIVE)';
        const [busy, logged, done] = this.#options.writer.prepare(sql).get() ?? [];
        if (busy !== 1) {
          this.#hasRoom ||= logged === done;
          return logged === done;
        }
        if (performance.now() - now > longestWaitMs) return false;
        Atomics.wait(sleeper, 0, 0, waitMs);
      }
    } catch {
      // The log keeps what the database has no room for.
      return false;
    }
  }

  /** Ends what runs and closes the connection; to be called once. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
    this.#connection.close();
  }

  #look(): void {
    const { changes } = this.#options.writer;
    if (this.#running !== undefined || (this.#hasRoom && changes === this.#seenChanges)) return;
    this.#seenChanges = changes;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    try {
      await this.#connection.exec('PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(PASSIVE)');
      this.#hasRoom = true;
    } catch (caught) {
      // The log keeps it all, and who reads what is damaged says so.
      const failure = classifyFailure(caught);
      this.#hasRoom = failure !== 'full';
      if (failure === 'fatal') this.#options.onFatal(caught);
    }
  }
}
