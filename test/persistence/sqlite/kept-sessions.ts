import { expect } from 'chai';
import type { CloseReason } from '../../../src/data/version1/words.js';
import { asOf, closeSession, expireSession } from '../../../src/domain/close.js';
import { isExpired } from '../../../src/domain/expiry.js';
import { compareInList, matches, type SessionFilter } from '../../../src/domain/filter.js';
import type { NewSession } from '../../../src/domain/open.js';
import type { SessionRecord, SessionSummary } from '../../../src/domain/session.js';
import type { SessionPersistence } from '../../../src/logic/session-persistence.js';
import {
  minute,
  newSession,
  openedSession,
  second,
  summaryOf,
  t0,
} from '../../support/sessions.js';

const users = ['ann', 'bob', 'cy'];
const devices = [undefined, 'laptop', 'phone'];
const addresses = ['127.0.0.1', undefined, '::1', '10.0.0.1'];
/** Two of three that are opened together begin alike, so that lists are ordered by the whole id. */
const idHeads = ['begins', 'begins', 'differs'];
const limit = 10_000;

/** Sessions as a store acknowledged them, and what it must answer of them from then on. */
export class KeptSessions {
  #records = new Map<string, SessionRecord>();
  #removed = new Set<string>();
  #opened = 0;
  /** The moment of every call but that of opening. */
  now = t0 + 10 * minute;

  /** What is known now, to be compared with what another store has. */
  copy(): KeptSessions {
    const copy = new KeptSessions();
    copy.#records = new Map(this.#records);
    copy.#removed = new Set(this.#removed);
    copy.#opened = this.#opened;
    copy.now = this.now;
    return copy;
  }

  /** In the order of their opening. */
  get ids(): readonly string[] {
    return [...this.#records.keys()];
  }

  /** Opens sessions, each after the one before. */
  async open(store: SessionPersistence, count = 1): Promise<void> {
    for (let opened = 0; opened < count; opened += 1) {
      const n = this.#opened;
      this.#opened += 1;
      const openTime = t0 + Math.floor(n / 3) * second;
      const record = await openedSession(store, fieldsOf(n), openTime);
      this.#records.set(record.id, record);
    }
  }

  /** Takes up a session that was opened beside these. */
  keep(record: SessionRecord): void {
    this.#records.set(record.id, record);
  }

  /** Closes sessions, all at once. */
  async close(store: SessionPersistence, ids: readonly string[]): Promise<void> {
    const { now } = this;
    const closing = ids.map(async (sessionId) => {
      const closed = await store.closeSession({ sessionId, reason: 'logout', now });
      expect(closed, sessionId).to.deep.equal(this.#end(sessionId, 'logout'));
    });
    await Promise.all(closing);
  }

  /** Deletes sessions, all at once. */
  async remove(store: SessionPersistence, ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map(async (id) => await store.deleteSession(id, this.now)));
    for (const id of ids) this.#forget(id);
  }

  /** Closes all sessions of a user. */
  async closeUser(store: SessionPersistence, userId: string): Promise<void> {
    const { now } = this;
    const live = this.#idsWith((record) => record.userId === userId && asOf(record, now).active);
    const result = await store.closeUserSessions({ userId, reason: 'admin', now, limit });
    expect(result).to.deep.equal({ count: live.length, more: false });
    for (const id of live) this.#end(id, 'admin');
  }

  /** Deletes all sessions of a user. */
  async removeUser(store: SessionPersistence, userId: string): Promise<void> {
    const ids = this.#idsWith((record) => record.userId === userId);
    const result = await store.deleteUserSessions(userId, limit, this.now);
    expect(result).to.deep.equal({ count: ids.length, more: false });
    for (const id of ids) this.#forget(id);
  }

  /** Writes down the end of what has expired. */
  async sweep(store: SessionPersistence): Promise<void> {
    const due = this.#idsWith((record) => record.active && isExpired(record, this.now));
    const result = await store.closeExpired(this.now, limit);
    expect(result).to.deep.equal({ count: due.length, more: false });
    for (const id of due) this.#records.set(id, expireSession(this.#record(id)).session);
  }

  /** Removes what has ended before now. */
  async prune(store: SessionPersistence): Promise<void> {
    const { now } = this;
    const ended = this.#idsWith(({ closeTime }) => closeTime !== undefined && closeTime < now);
    const result = await store.prune({ endedBefore: now, stretchesBefore: 0, now, limit });
    expect(result).to.deep.equal({ count: ended.length, more: false });
    for (const id of ended) this.#forget(id);
  }

  /** What a list of a filter must hold. */
  list(filter: SessionFilter): readonly SessionSummary[] {
    return [...this.#records.values()]
      .map((record) => summaryOf(asOf(record, this.now)))
      .filter((summary) => matches(summary, filter, this.now))
      .toSorted(compareInList);
  }

  /** Every session by its id, and every list by what has an index of entries. */
  async assertIn(store: SessionPersistence): Promise<void> {
    const { now } = this;
    for (const [id, record] of this.#records) {
      expect(await store.getSession(id, now)).to.deep.equal(asOf(record, now));
    }
    for (const id of this.#removed) expect(await store.getSession(id, now), id).to.equal(null);
    for (const filter of this.#filters()) {
      const sessions = this.list(filter);
      const expected = { sessions, total: sessions.length, more: false };
      const page = await store.listSessions({ filter, now, take: limit, total: true });
      expect(page, JSON.stringify(filter)).to.deep.equal(expected);
      const count = await store.countSessions(filter, now);
      expect(count, JSON.stringify(filter)).to.equal(sessions.length);
    }
  }

  #filters(): readonly SessionFilter[] {
    const [first, last, removed] = [this.ids.at(0), this.ids.at(-1), [...this.#removed].at(-1)];
    const equal: readonly SessionFilter[] = [
      {},
      ...users.map((userId) => ({ userId })),
      ...devices.flatMap((deviceId) => (deviceId === undefined ? [] : [{ deviceId }])),
      ...addresses.flatMap((address) => (address === undefined ? [] : [{ address }])),
      ...[first, last, removed].flatMap((id) => (id === undefined ? [] : [{ id }])),
    ];
    return equal.flatMap((one) => [one, { ...one, active: true }, { ...one, active: false }]);
  }

  #end(id: string, reason: CloseReason): SessionRecord {
    const { session } = closeSession(this.#record(id), reason, this.now);
    this.#records.set(id, session);
    return session;
  }

  #forget(id: string): void {
    this.#records.delete(id);
    this.#removed.add(id);
  }

  #record(id: string): SessionRecord {
    const record = this.#records.get(id);
    if (record === undefined) throw new Error(`${id} is not kept.`);
    return record;
  }

  #idsWith(condition: (record: SessionRecord) => boolean): readonly string[] {
    return [...this.#records.values()].filter(condition).map(({ id }) => id);
  }
}

/** In no order of their opening, every fifth without a deadline that passes soon. */
function fieldsOf(n: number): NewSession {
  const mixed = String((n * 7_919) % 10_007).padStart(5, '0');
  const [deviceId, address] = [at(devices, n), at(addresses, Math.floor(n / 2))];
  return newSession({
    id: `${at(idHeads, n)}-${mixed}`,
    userId: at(users, Math.floor(n / 4)),
    data: JSON.stringify({ n }),
    idleTimeoutMs: n % 5 === 0 ? 60 * minute : 20 * minute,
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(address === undefined ? {} : { address }),
  });
}

function at<Value>(values: readonly Value[], index: number): Value {
  return values[index % values.length] as Value;
}
