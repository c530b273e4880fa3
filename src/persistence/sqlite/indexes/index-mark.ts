import { storeDamaged } from '../../../errors/makers.js';
import type { Connection } from '../connection/connection.js';
import { checksumOf } from '../rows/session-rows.js';

/** The number up to which the entries of all sessions are merged. @throws STORE_DAMAGED. */
export function readMark(connection: Connection): number {
  const [n = null, checksum] = connection.prepare('SELECT n, checksum FROM index_mark').get() ?? [];
  if (n === null || checksum !== checksumOf([n])) {
    throw storeDamaged(new Error('The mark of the indexes is damaged'));
  }
  return Number(n);
}

/** Sets it, inside the transaction that is open. */
export function writeMark(connection: Connection, n: number): void {
  connection.prepare('UPDATE index_mark SET n = ?, checksum = ?').run(n, checksumOf([n]));
}

/** Makes it, before all sessions. */
export function createMark(connection: Connection): void {
  connection.prepare('INSERT INTO index_mark VALUES (0, ?)').run(checksumOf([0]));
}

/** The highest number that a session has or had; a later one has a higher one. @throws STORE_DAMAGED. */
export function highestNumber(connection: Connection): number {
  const highest = connection.prepare('SELECT max(n) FROM sessions').get()?.[0] ?? 0;
  return Math.max(Number(highest), readMark(connection));
}
