import { createHash } from 'node:crypto';
import { isWellFormedText } from '../data/version1/text-format.js';
import type { ListPosition, SessionFilter } from './filter.js';

const checksumBytes = 8;

/** An opaque, checksummed text for the place after `position` in the list of `filter`. */
export function encodeCursor(position: ListPosition, filter: SessionFilter): string {
  const payload = Buffer.from(`${position.openTime}.${position.id}`);
  return Buffer.concat([checksum(payload, filter), payload]).toString('base64url');
}

/** The place that a cursor names; `undefined` if it is damaged or of another filter. */
export function parseCursor(cursor: string, filter: SessionFilter): ListPosition | undefined {
  const bytes = Buffer.from(cursor, 'base64url');
  // Not every text decodes to what encodes to it: a damaged one may decode all the same.
  if (bytes.toString('base64url') !== cursor) return undefined;
  const payload = bytes.subarray(checksumBytes);
  if (!checksum(payload, filter).equals(bytes.subarray(0, checksumBytes))) return undefined;
  const [openTime = '', ...id] = payload.toString().split('.');
  const position = { openTime: Number(openTime), id: id.join('.') };
  // The checksum is no secret: what somebody made up must still be a place.
  const isTime = Number.isSafeInteger(position.openTime) && String(position.openTime) === openTime;
  return isTime && isWellFormedText(position.id) ? position : undefined;
}

function checksum(payload: Buffer, filter: SessionFilter): Buffer {
  const conditions = Object.entries(filter).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(conditions))
    .update('\0')
    .update(payload)
    .digest()
    .subarray(0, checksumBytes);
}
