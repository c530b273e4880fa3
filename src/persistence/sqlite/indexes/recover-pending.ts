import { storeDamaged } from '../../../errors/makers.js';
import type { SessionError } from '../../../errors/session-error.js';
import type { Connection, SqlRow } from '../connection/connection.js';
import { asBytes, rowOf } from '../rows/row-bytes.js';
import { checksumOf, optional, sessionColumns } from '../rows/session-rows.js';
import { type IndexedValues, isMerged } from './index-entries.js';
import { readMark } from './index-mark.js';
import type { PendingEntries } from './pending-entries.js';

const behindMark = `SELECT ${asBytes(sessionColumns)} FROM sessions WHERE n > ? ORDER BY n LIMIT ?`;
const pageSize = 1_000;

/** Finds the sessions whose entries are not merged (see `index-entries.ts`). @throws STORE_DAMAGED. */
export function recoverPending(
  connection: Connection,
  pending: PendingEntries,
  onDamaged: (error: SessionError) => void,
): void {
  for (let after = readMark(connection); ; ) {
    const rows = connection.prepare(behindMark).all(after, pageSize);
    for (const [bytes] of rows) {
      const row = rowOf(bytes);
      after = Number(row[0]);
      if (checksumOf(row, 0, row.length - 1) !== row.at(-1)) {
        onDamaged(storeDamaged(new Error(`The checksum of session ${after} does not match`)));
      }
      recoverRow(connection, pending, row);
    }
    if (rows.length < pageSize) return;
  }
}

function recoverRow(connection: Connection, pending: PendingEntries, row: SqlRow): void {
  const [number, id, userId, , deviceId, , address] = row;
  const n = Number(number);
  const values: IndexedValues = {
    id: String(id),
    userId: String(userId),
    ...optional('deviceId', deviceId === null ? null : String(deviceId)),
    ...optional('address', address === null ? null : String(address)),
  };
  // What did not wait then is there; what was merged since by a part of a batch, too.
  for (const field of pending.recover(n, values)) {
    const isThere = connection.prepare(
      `SELECT 1 FROM sessions s WHERE s.n = ? AND ${isMerged(field)}`,
    );
    if (isThere.get(n) === undefined) pending.force(field, values[field] ?? '', n);
  }
}
