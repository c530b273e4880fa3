import type { SqlRow, SqlValue } from '../connection/connection.js';
import { liveColumns, type StoredSummary } from './session-rows.js';

/** Columns of a whole row of `live`. */
const columns: readonly string[] = [...liveColumns, 'contexts'];
/** What every change writes. */
const movedColumns = ['request_time', 'expire_time', 'contexts_checksum', 'checksum', 'contexts'];

/**
 * What is written when one of a group changed. Most beats change none of them: each value that is
 * bound takes its time, and indexes hang on the first two.
 */
const groups = [
  ['due_minute'],
  ['presence_user'],
  ['busy_until', 'available_until', 'gone_after'],
  ['revision', 'documents_checksum'],
];
const groupPlaces = groups.map((group) => group.map(livePlace));

/** A statement with its values. */
interface LiveUpdate {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** A statement, and where in the row its values stand. */
interface Shape {
  readonly sql: string;
  readonly places: readonly number[];
}

/** By the groups they write, as bits. Made once: each text made anew is hashed to find its statement. */
const shapes = Array.from({ length: 2 ** groups.length }, (_, bits) => toShape(bits));

/** Where in a row of `live`, the contexts last, a column stands. */
export function livePlace(column: string): number {
  return columns.indexOf(column);
}

/** What makes `row` of the row of `live` that was read. */
export function liveUpdate({ live }: StoredSummary, row: SqlRow): LiveUpdate {
  let bits = 0;
  for (const [index, places] of groupPlaces.entries()) {
    if (places.some((place) => row[place] !== live?.row[place])) bits += 2 ** index;
  }
  const { sql, places } = shapes[bits] as Shape;
  return { sql, values: places.map((place) => row[place] as SqlValue) };
}

function toShape(bits: number): Shape {
  const written = groups.filter((_, index) => Math.floor(bits / 2 ** index) % 2 === 1).flat();
  const moved = [...movedColumns, ...written];
  const assignments = moved.map((column) => `${column} = ?`).join(', ');
  return {
    sql: `UPDATE live SET ${assignments} WHERE n = ?`,
    places: [...moved, 'n'].map(livePlace),
  };
}
