import {
  compareInList,
  type equalityFields,
  type ListPosition,
  type SessionFilter,
} from '../../domain/filter.js';
import { SortedList } from './sorted-list.js';
import { byAge, closeReasonOf, type StoredSession } from './stored-session.js';

/** What lists are indexed by; all of it but `closeReason` never changes. */
const indexedFields = {
  userId: ({ record }) => record.userId,
  deviceId: ({ record }) => record.deviceId,
  client: ({ record }) => record.client,
  address: ({ record }) => record.address,
  kind: ({ record }) => record.kind,
  closeReason: closeReasonOf,
} as const satisfies Record<
  Exclude<(typeof equalityFields)[number], 'id'> | 'closeReason',
  (stored: StoredSession) => string | undefined
>;
type IndexedField = keyof typeof indexedFields;

/** The sessions of each value of one field. */
interface FieldIndex {
  readonly field: IndexedField;
  readonly keyOf: (stored: StoredSession) => string | undefined;
  readonly slots: Map<string, Slot>;
}

/** Sessions of one value of a field, in the order of lists. */
export interface Candidates {
  readonly size: number;
  /** From the top of the list, or behind a place. */
  rows(after?: ListPosition): Iterator<StoredSession>;
}

/** Many have a value to themselves, so that a list for each would cost more than the session. */
type Slot = StoredSession | SortedList<StoredSession>;

/** Sessions in the order of lists, all of them and by each field that lists are indexed by. */
export class SessionIndex {
  readonly #all = new SortedList(byAge);
  readonly #fields: readonly FieldIndex[] = Object.entries(indexedFields).map(([field, keyOf]) => ({
    field: field as IndexedField,
    keyOf,
    slots: new Map(),
  }));

  /** Adds a session that is not in the index. */
  add(stored: StoredSession): void {
    this.#all.add(stored);
    for (const { keyOf, slots } of this.#fields) {
      const value = keyOf(stored);
      if (value !== undefined) addTo(slots, value, stored);
    }
  }

  /** Removes a session, which must not have changed its fields since it was added. */
  remove(stored: StoredSession): void {
    this.#all.remove(stored);
    for (const { keyOf, slots } of this.#fields) {
      const value = keyOf(stored);
      if (value !== undefined) removeFrom(slots, value, stored);
    }
  }

  /** The smallest set that has all sessions of a filter. */
  candidates(filter: SessionFilter): Candidates {
    let smallest = candidatesOf(this.#all);
    for (const { field, slots } of this.#fields) {
      const value = filter[field];
      if (value === undefined) continue;
      const candidates = candidatesOf(slots.get(value));
      if (candidates.size < smallest.size) smallest = candidates;
    }
    return smallest;
  }
}

function addTo(slots: Map<string, Slot>, value: string, stored: StoredSession): void {
  const slot = slots.get(value);
  if (slot === undefined) {
    slots.set(value, stored);
  } else if (slot instanceof SortedList) {
    slot.add(stored);
  } else {
    const list = new SortedList(byAge);
    list.add(slot);
    list.add(stored);
    slots.set(value, list);
  }
}

function removeFrom(slots: Map<string, Slot>, value: string, stored: StoredSession): void {
  const slot = slots.get(value);
  if (slot instanceof SortedList) slot.remove(stored);
  if (slot === stored || (slot instanceof SortedList && slot.size === 0)) slots.delete(value);
}

function candidatesOf(slot: Slot | undefined): Candidates {
  if (slot instanceof SortedList) {
    return { size: slot.size, rows: (after) => slot.descending(behind(after)) };
  }
  const only = slot === undefined ? [] : [slot];
  return { size: only.length, rows: (after) => only.filter(behind(after))[Symbol.iterator]() };
}

function behind(after: ListPosition | undefined): (stored: StoredSession) => boolean {
  return after === undefined ? () => true : ({ record }) => compareInList(record, after) > 0;
}
