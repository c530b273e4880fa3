import type { SessionKind } from '../../../data/version1/words.js';
import type { Stretch } from '../../../domain/context.js';
import { storeDamaged } from '../../../errors/makers.js';
import type { SqlRow, SqlValue } from '../connection/connection.js';
import { checksumOf, optional, withChecksum } from './session-rows.js';

/** Columns of `stretches`: first those of its key, last the checksum. */
export const stretchColumns = [
  ...['session_id', 'context_id', 'epoch', 'seq', 'activity', 'from_time', 'to_time', 'user_id'],
  ...['kind', 'device_id', 'path', 'visible', 'promise', 'checksum'],
] as const;

/** The row of a closed stretch in the ledger. */
export function toStretchRow(stretch: Stretch): readonly SqlValue[] {
  return withChecksum([
    stretch.sessionId,
    stretch.contextId,
    stretch.epoch,
    stretch.seq,
    stretch.activity,
    stretch.from,
    stretch.to,
    stretch.userId,
    stretch.kind,
    stretch.deviceId ?? null,
    stretch.path === undefined ? null : JSON.stringify(stretch.path),
    stretch.visible ? 1 : 0,
    stretch.promiseMs,
  ]);
}

/** The stretch of a row. @throws STORE_DAMAGED when it is not what was written. */
export function toStretch(row: SqlRow): Stretch {
  if (checksumOf(row, 0, row.length - 1) !== row.at(-1)) {
    throw storeDamaged(new Error('The checksum of a stretch does not match'));
  }
  const path = row[10] as string | null;
  return {
    sessionId: row[0] as string,
    contextId: row[1] as string,
    epoch: row[2] as number,
    seq: row[3] as number,
    activity: row[4] as string,
    from: row[5] as number,
    to: row[6] as number,
    userId: row[7] as string,
    kind: row[8] as SessionKind,
    visible: row[11] === 1,
    promiseMs: row[12] as number,
    ...optional('deviceId', row[9] as string | null),
    ...optional('path', path === null ? undefined : (JSON.parse(path) as readonly string[])),
  };
}
