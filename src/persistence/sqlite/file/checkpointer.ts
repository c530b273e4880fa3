import Database from 'libsql/promise';
import { type Connection, firstRowOf, type SqlRow, toLocation } from '../connection/connection.js';
import { classifyFailure } from '../connection/sqlite-failure.js';

/** What a {@link Checkpointer} works with. */
export interface CheckpointerOptions {
  /** The database. */
  readonly path: string;
  /** The connection that writes to it. */
  readonly writer: Connection;
  /**
   * Whether what it writes may take room on the disk; until then the log keeps it. Asked while the writer
   * is not occupied. @default always
   */
  readonly mayGrow?: () => boolean;
  /** Called when what it wrote cannot be relied on. */
  readonly onFatal: (error: unknown) => void;
}

/** How often it looks whether something was written. */
const intervalMs = 300;
/** When what failed, or could not be done because of a reader, is tried again. */
const retryMs = 1_000;
/** How long the writer waits for a run, and between two looks. */
const longestWaitMs = 100;
const waitMs = 5;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

const checkpoint = 'PRAGMA wal_checkpoint(PASSIVE)';

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
  #doneCommits: number;
  #hasRoom = true;
  /** From how many pages on a commit brings the log in by itself. */
  readonly #automaticPages: number;
  #isHeld = false;
  #nextRun = Number.NEGATIVE_INFINITY;
  #nextRestart = Number.NEGATIVE_INFINITY;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#doneCommits = options.writer.commits;
    this.#automaticPages = Number(options.writer.pragma('wal_autocheckpoint'));
    this.#connection = new Database(toLocation(options.path, false), {});
    this.#timer = setInterval(() => this.#look(), intervalMs).unref();
    // What a crash left in the log, and so that the files are open before there are many others.
    if (this.#mayGrow()) this.#start();
  }

  /** False while the disk has no room for what is in the log; tried again until it has. */
  hasRoom(): boolean {
    return this.#hasRoom || this.restartLog();
  }

  /** Ends what runs, and begins nothing until it may grow; to be called while the writer is not occupied. */
  async hold(): Promise<void> {
    this.#setHeld(true);
    await this.#running;
  }

  /**
   * Brings all of the log into the database at once, on the writer's connection: it is written again
   * from its beginning then, and needs no more room. Waits a tenth of a second for a run. False when
   * something is left; it is not tried again for a second then, unless there is `newRoom`.
   */
  restartLog(newRoom = false): boolean {
    const start = performance.now();
    if (!this.#mayGrow() || (start < this.#nextRestart && !newRoom)) return false;
    this.#nextRestart = start + retryMs;
    try {
      for (;;) {
        const row = this.#options.writer.prepare(checkpoint).get();
        if (isWhole(row)) break;
        if (!isBusy(row) || performance.now() - start > longestWaitMs) return false;
        Atomics.wait(sleeper, 0, 0, waitMs);
      }
    } catch {
      // The log keeps what the database has no room for.
      return false;
    }
    this.#nextRestart = Number.NEGATIVE_INFINITY;
    this.#hasRoom = true;
    return true;
  }

  /** The same, and gives the room of the log back to the disk. False when a reader needs it. */
  removeLog(): boolean {
    if (!this.restartLog()) return false;
    const { writer } = this.#options;
    try {
      const sql = 'PRAGMA wal_checkpoint(TRUNCATE)';
      return isWhole(writer.withoutWaiting(() => writer.prepare(sql).get()));
    } catch {
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
    const { writer } = this.#options;
    if (this.#running !== undefined || performance.now() < this.#nextRun) return;
    if (this.#isHeld && (writer.isOccupied || !this.#mayGrow())) return;
    if (writer.commits !== this.#doneCommits) this.#start();
  }

  #start(): void {
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Asks, and holds or goes on as it is answered; what cannot be asked stays as it is. */
  #mayGrow(): boolean {
    try {
      this.#setHeld(!(this.#options.mayGrow?.() ?? true));
    } catch {
      // The disk itself will say.
    }
    return !this.#isHeld;
  }

  /** While it is held, the writer does not bring the log in at a commit either. */
  #setHeld(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return;
    this.#options.writer.exec(`PRAGMA wal_autocheckpoint = ${isHeld ? 0 : this.#automaticPages}`);
    this.#isHeld = isHeld;
  }

  async #run(): Promise<void> {
    const { writer, onFatal } = this.#options;
    const { commits } = writer;
    this.#nextRun = performance.now() + retryMs;
    try {
      await this.#connection.exec('PRAGMA synchronous = FULL');
      const row = await firstRowOf(this.#connection, checkpoint);
      const isDone = isWhole(row);
      // A reader may take its time; the writer's own checkpoint does not.
      if (isDone || isBusy(row)) this.#nextRun = Number.NEGATIVE_INFINITY;
      if (!isDone) return;
      this.#doneCommits = commits;
      this.#hasRoom = true;
    } catch (caught) {
      // The log keeps it all, and who reads what is damaged says so.
      const failure = classifyFailure(caught);
      if (failure === 'full') this.#hasRoom = false;
      if (failure === 'fatal') onFatal(caught);
    }
  }
}

/** Whether a checkpoint that answered this row has brought all of the log into the database. */
function isWhole([busy, logged, done]: SqlRow = []): boolean {
  return busy === 0 && logged === done;
}

/** Whether another checkpoint was under way, so that this one did nothing. */
function isBusy([busy]: SqlRow = []): boolean {
  return busy === 1;
}
