import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Connection } from '../connection/connection.js';

/** What a {@link StorageReserve} holds. */
export interface StorageReserveOptions {
  readonly connection: Connection;
  /** The file that takes up the room. */
  readonly path: string;
  readonly databasePath: string;
  /** The write-ahead log. */
  readonly logPath: string;
  readonly bytes: number;
  /** A limit of the database's own, in pages; ending writes may go over it by the reserve. */
  readonly maxPages: number | undefined;
}

/** Room that must be left beside the reserve and what the log needs. */
const marginBytes = 4 * 1_048_576;
const retryMs = 1_000;
const blockBytes = 1_048_576;

/**
 * Room on the disk for closes, deletes and sweeps: a file beside the database, given up when it is
 * full, and made again when there is room. Until then nothing else may grow (DESIGN §2 "File").
 */
export class StorageReserve {
  readonly #options: StorageReserveOptions;
  #held = false;
  #raised = false;
  #lastTry = Number.NEGATIVE_INFINITY;

  constructor(options: StorageReserveOptions) {
    this.#options = options;
    this.#limitPages(0);
    this.#take();
  }

  /**
   * Whether growing writes may be tried: the reserve is held, and the disk has room for all of the
   * log in the database. Free pages inside the database are as good. Without a reserve nothing but
   * what the disk says counts. Takes the reserve again when there is room for it.
   */
  hasRoom(): boolean {
    if (this.#raised) this.#limitPages(0);
    this.#raised = false;
    if (!this.#held && performance.now() - this.#lastTry >= retryMs) this.#take();
    const { bytes } = this.#options;
    if (bytes === 0) return true;
    const hasRoom = this.#held && this.#availableBytes() >= this.#logBytes() + marginBytes;
    return hasRoom || this.#freeBytes() >= bytes;
  }

  /** Gives the reserve up; false when it was already. */
  release(): boolean {
    const { bytes, connection, maxPages, path } = this.#options;
    const released = (this.#held && bytes > 0) || (maxPages !== undefined && !this.#raised);
    this.#held = bytes === 0;
    this.#raised = true;
    this.#lastTry = performance.now();
    rmSync(path, { force: true });
    this.#limitPages(Math.ceil(bytes / Number(connection.pragma('page_size'))));
    return released;
  }

  /**
   * Whether all of the log may be brought into the database. When the reserve was given up and the
   * database would grow by more than the disk has, that would take what is left for ending writes.
   */
  coversLog(): boolean {
    if (this.#held) return true;
    const { connection, databasePath } = this.#options;
    const pages = Number(connection.pragma('page_count'));
    const grown = pages * Number(connection.pragma('page_size')) - statSync(databasePath).size;
    return grown <= this.#availableBytes();
  }

  /** What the file system has left for this process. */
  #availableBytes(): number {
    const { bavail, bsize } = statfsSync(dirname(this.#options.path));
    return bavail * bsize;
  }

  #logBytes(): number {
    return statSync(this.#options.logPath, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Pages of the database that hold nothing. */
  #freeBytes(): number {
    const { connection } = this.#options;
    return Number(connection.pragma('freelist_count')) * Number(connection.pragma('page_size'));
  }

  #limitPages(more: number): void {
    const { connection, maxPages } = this.#options;
    if (maxPages !== undefined) connection.exec(`PRAGMA max_page_count = ${maxPages + more}`);
  }

  #take(): void {
    this.#lastTry = performance.now();
    try {
      this.#held = this.#isThere() || this.#write();
    } catch {
      // No room, which is what it is for: without it growing writes are refused.
      rmSync(this.#options.path, { force: true });
      this.#held = false;
    }
  }

  #isThere(): boolean {
    const { bytes, path } = this.#options;
    const found = statSync(path, { throwIfNoEntry: false });
    // Blocks, not size: a file with holes holds nothing.
    return bytes === 0 || (found !== undefined && found.blocks * 512 >= bytes);
  }

  #write(): boolean {
    const { bytes, path } = this.#options;
    if (this.#availableBytes() < bytes + marginBytes) return false;
    // Random, because a file system may keep zeros without room for them.
    const block = randomBytes(blockBytes);
    const file = openSync(path, 'w', 0o600);
    try {
      for (let left = bytes; left > 0; left -= blockBytes) {
        writeSync(file, block, 0, Math.min(left, blockBytes));
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return true;
  }
}
