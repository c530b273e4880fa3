import { Connection } from './connection.js';
import { classifyFailure } from './sqlite-failure.js';

/**
 * What makes one process at most serve a database: an exclusive transaction on a second, tiny
 * database beside it, which the kernel ends with the process (DESIGN §2 "File").
 */
export class ServingLock {
  readonly #connection: Connection;

  /** @throws what SQLite says of the file. */
  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Takes the lock; `undefined` when another process has it. */
  static take(path: string): ServingLock | undefined {
    const connection = new Connection(path, { busyTimeoutMs: 0 });
    try {
      connection.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
      return new ServingLock(connection);
    } catch (caught) {
      connection.close();
      if (classifyFailure(caught) === 'busy') return undefined;
      throw caught;
    }
  }

  /** Gives it back. */
  release(): void {
    this.#connection.close();
  }
}
