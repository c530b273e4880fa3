import type { Stretch } from '../../../src/domain/context.js';
import { isSessionError } from '../../../src/errors/session-error.js';
import type { SessionPersistence } from '../../../src/logic/session-persistence.js';

/** Ids by place among those opened; -1 stands for a new one, the same for all stores. */
export function createPicker(ids: string[]): (place: number) => string {
  let made: string | undefined;
  return (place) => {
    if (place >= 0) return ids[place % Math.max(1, ids.length)] ?? 'absent';
    if (made === undefined) {
      // Not in the order of opening: the order of lists must not come by itself.
      made = `${(ids.length * 7919) % 1_000}-${ids.length}`;
      ids.push(made);
    }
    return made;
  };
}

/** An answer or a documented error, as a plain value. */
export async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return { answer: await call };
  } catch (caught) {
    if (!isSessionError(caught)) throw caught;
    return { code: caught.code, details: caught.details };
  }
}

/** All that a store has to say of some sessions. */
export async function readAll(store: SessionPersistence, ids: readonly string[], now: number) {
  const query = { now, take: 1_000, total: true };
  const filters = [{}, { active: true }, { active: false }, { closeReason: 'idle' as const }];
  return {
    pages: await Promise.all(filters.map((filter) => store.listSessions({ ...query, filter }))),
    records: await Promise.all(ids.map((id) => store.getSession(id, now))),
    rows: await Promise.all(ids.map(async (id) => sorted(await store.getStretches(id)))),
  };
}

/** Rows that start together stand in any order. */
function sorted(rows: readonly Stretch[]): readonly Stretch[] {
  const key = (row: Stretch) => `${row.from} ${row.contextId} ${row.activity}`;
  return rows.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}
