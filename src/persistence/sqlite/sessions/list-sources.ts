import type { Query } from '../connection/connection.js';
import { entryTables, type IndexedField, idPrefix, isMerged } from '../indexes/index-entries.js';

/** Where the rows of a list come from, each in the order of lists. */
export interface ListSource {
  /** Tables, with `sessions s` and `live l`. */
  readonly tables: Query;
  /** The same without `sessions s`, for what asks nothing of it. */
  readonly narrow: Query;
  /** Which of them has `active` and `open_time`. */
  readonly key: string;
  /** The beginning of the id. */
  readonly prefix: string;
  /** Which has the field of its index, if it is read by one; a `+` before a column keeps it from others. */
  readonly driver?: string;
  /** What else must hold. */
  readonly conditions: readonly Query[];
}

/** Sessions by an index of `sessions`. */
export const sessionRows: ListSource = ofSessions('sessions s LEFT JOIN live l ON l.n = s.n', 's.');

/** Live sessions by their deadline. */
export const rowsByDeadline: ListSource = ofSessions('live l CROSS JOIN sessions s ON s.n = l.n');

/** Sessions by entries of a field that are merged. */
export function entryRows(field: IndexedField): ListSource {
  const { table, ordered } = entryTables[field];
  const live = 'LEFT JOIN live l ON l.n = k.n';
  return {
    tables: { sql: `${table} k CROSS JOIN sessions s ON s.n = k.n ${live}`, values: [] },
    narrow: { sql: `${table} k ${live}`, values: [] },
    key: ordered ? 'k' : 's',
    prefix: ordered ? 'k.prefix' : idPrefix('s.id'),
    driver: 'k.',
    conditions: [],
  };
}

/** Sessions whose entry of a field waits, out of those with these numbers. */
export function waitingRows(field: IndexedField, numbers: readonly number[]): ListSource {
  const sql = 'json_each(?) j CROSS JOIN sessions s ON s.n = j.value LEFT JOIN live l ON l.n = s.n';
  const tables = { sql, values: [JSON.stringify(numbers)] };
  const waits = { sql: `NOT ${isMerged(field)}`, values: [] };
  return { ...sessionRows, tables, narrow: tables, driver: '+s.', conditions: [waits] };
}

function ofSessions(sql: string, driver?: string): ListSource {
  const tables = { sql, values: [] };
  const source = { tables, narrow: tables, key: 's', prefix: idPrefix('s.id'), conditions: [] };
  return driver === undefined ? source : { ...source, driver };
}
