import type { equalityFields, SessionFilter } from '../../domain/filter.js';
import { copyText } from '../packed-texts.js';
import {
  addToSlot,
  type Candidates,
  candidatesOf,
  removeFromSlot,
  type Slot,
} from './session-slot.js';
import { SortedList } from './sorted-list.js';
import { byAge, closeReasonOf, type StoredSession } from './stored-session.js';

/** What lists are indexed by; all of it but `closeReason` never changes. */
const indexedFields = {
  userId: (stored) => stored.userId,
  deviceId: (stored) => stored.deviceId,
  client: (stored) => stored.client,
  address: (stored) => stored.address,
  kind: (stored) => stored.kind,
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
      if (value === undefined) continue;
      const former = slots.get(value);
      const slot = addToSlot(former, stored);
      if (slot !== former) slots.set(former === undefined ? copyText(value) : value, slot);
    }
  }

  /** Removes a session, which must not have changed its fields since it was added. */
  remove(stored: StoredSession): void {
    this.#all.remove(stored);
    for (const { keyOf, slots } of this.#fields) {
      const value = keyOf(stored);
      if (value === undefined) continue;
      const slot = removeFromSlot(slots.get(value), stored);
      if (slot === undefined) slots.delete(value);
      else slots.set(value, slot);
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
