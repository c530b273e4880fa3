import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import { entryTables } from '../../../../src/persistence/sqlite/indexes/index-entries.js';
import type { SqliteSessionPersistence } from '../../../../src/persistence/sqlite/sqlite-session-persistence.js';
import type { KeptSessions } from '../kept-sessions.js';

const tables = Object.values(entryTables);

/** How far the indexes of a database are, by row numbers of its sessions. */
export interface IndexState {
  /** All entries are merged up to here. */
  readonly mark: number;
  /** The last with an entry in the first index that is written. */
  readonly merged: number;
  readonly last: number;
  /** How many entries are merged. */
  readonly entries: number;
}

/** How far the indexes of a database are, as of its last commit. */
export function indexStateOf(path: string): IndexState {
  const connection = new Connection(path, { readOnly: true });
  const counts = tables.map(({ table }) => `(SELECT count(*) FROM ${table})`);
  const [mark, merged, last, entries] =
    connection
      .prepare(
        'SELECT (SELECT n FROM index_mark), (SELECT max(n) FROM index_ids), ' +
          `(SELECT max(n) FROM sessions), ${counts.join(' + ')}`,
      )
      .get()
      ?.map(Number) ?? [];
  connection.close();
  return { mark, merged, last, entries } as IndexState;
}

/** Waits until nothing waits, as long as a test may take. */
export async function untilMerged(path: string): Promise<void> {
  for (;;) {
    const { mark, last } = indexStateOf(path);
    if (mark >= last) return;
    await sleep(10);
  }
}

/** Opens sessions, some at least, until entries are merged, are being merged, and wait. */
export async function openUntilSpread(
  store: SqliteSessionPersistence,
  path: string,
  { kept, least = 0 }: { readonly kept: KeptSessions; readonly least?: number },
): Promise<IndexState> {
  for (;;) {
    await kept.open(store);
    const state = indexStateOf(path);
    const { mark, merged, last } = state;
    if (0 < mark && mark < merged && merged + 2 < last && least <= last) return state;
  }
}

/** Opens sessions until the entries up to some number are merged. */
export async function openUntilMerged(
  store: SqliteSessionPersistence,
  path: string,
  { kept, mark }: { readonly kept: KeptSessions; readonly mark: number },
): Promise<void> {
  while (indexStateOf(path).mark < mark) await kept.open(store);
}
