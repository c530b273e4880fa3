import type { ListPosition, SessionFilter } from '../../../../src/domain/filter.js';

/** A text for the place after `position` in the list of `filter`; damage to it is noticed. */
export function encodeCursor({ id, openTime }: ListPosition, filter: SessionFilter): string {
  const place = `${openTime}.${id}`;
  return `${checksum(place, filter)}.${place}`;
}

/** The place that a cursor names; `undefined` if it is damaged or of another filter. */
export function parseCursor(cursor: string, filter: SessionFilter): ListPosition | undefined {
  const [sum, openTime, ...id] = cursor.split('.');
  const position = { openTime: Number(openTime), id: id.join('.') };
  const isOurs = sum === checksum(`${openTime}.${position.id}`, filter);
  return isOurs && Number.isSafeInteger(position.openTime) ? position : undefined;
}

/** Against damage, not against makers of cursors: two FNV-1a sums in hex. */
function checksum(place: string, filter: SessionFilter): string {
  const conditions = Object.entries(filter).sort(([one], [other]) => (one < other ? -1 : 1));
  const text = `${JSON.stringify(conditions)} ${place}`;
  return [0x811c9dc5, 0x9dc5811c].map((start) => fnv1a(text, start)).join('');
}

function fnv1a(text: string, start: number): string {
  let sum = start;
  for (let index = 0; index < text.length; index += 1) {
    sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193);
  }
  return (sum >>> 0).toString(16).padStart(8, '0');
}
