import { type Beat, type BeatOutcome, beatSession } from '../../../../src/domain/beat.js';
import { assertLive, changeDocument, type DocumentChange } from '../../../../src/domain/change.js';
import { asOf, closeSession, expireSession } from '../../../../src/domain/close.js';
import { expireTimeOf, isExpired, isLive } from '../../../../src/domain/expiry.js';
import { compareInList, matches, type SessionFilter } from '../../../../src/domain/filter.js';
import {
  applyLimit,
  type NewSession,
  openRecord,
  type SessionLimit,
} from '../../../../src/domain/open.js';
import { defaultPresenceRules, presenceOf, statusAt } from '../../../../src/domain/presence.js';
import type { SessionRecord } from '../../../../src/domain/session.js';
import { toSummaryV1 } from '../../../../src/domain/wire.js';
import { requestIdReused, sessionLimit } from '../../../../src/errors/makers.js';

type CloseReason = NonNullable<SessionRecord['closeReason']>;

/** How long a `request_id` is remembered (specs: rpc-v1, rule 7). */
const requestLifetimeMs = 24 * 3_600_000;

/** Sessions that one call ends or deletes at most, as the service does by default. */
const batchLimit = 500;

/** The identity of an `open_session` that may be repeated. */
export interface MockRequest {
  readonly requestId: string;
  /** All other parameters as text. */
  readonly fingerprint: string;
}

/** What {@link MockStore.open} needs beside the session. */
export interface MockOpening {
  readonly now: number;
  readonly limit: SessionLimit | undefined;
  readonly request: MockRequest | undefined;
}

/** A session after a beat, and the status of its user. */
export interface MockTouched {
  readonly outcome: BeatOutcome;
  readonly session: SessionRecord;
  readonly status: ReturnType<typeof statusAt>;
}

/**
 * Sessions in the plainest way: a map, the rules of the service, and a look at everything for each
 * question. Times are in ms since 1970, and `null` is a session that does not exist.
 */
export class MockStore {
  readonly #records = new Map<string, SessionRecord>();
  readonly #requests = new Map<string, MockRequest & { sessionId: string; expireTime: number }>();

  /** Opens a session, or answers the one that this request opened. */
  open(session: NewSession, { limit, now, request }: MockOpening): SessionRecord | null {
    const key = JSON.stringify([session.userId, request?.requestId]);
    const former = request && this.#requests.get(key);
    if (former !== undefined && now <= former.expireTime) {
      if (former.fingerprint !== request?.fingerprint) throw requestIdReused();
      return this.find(former.sessionId, now);
    }
    if (limit !== undefined) this.#makeRoom(session, limit, now);
    const record = openRecord(session, now);
    this.#write(record);
    if (request !== undefined) {
      const expireTime = now + requestLifetimeMs;
      this.#requests.set(key, { ...request, expireTime, sessionId: record.id });
    }
    return record;
  }

  /** One session as it stands at `now`. */
  find(id: string, now: number): SessionRecord | null {
    const record = this.#records.get(id);
    return record === undefined ? null : asOf(record, now);
  }

  /** The sessions of a filter in the order of lists. */
  list(filter: SessionFilter, now: number): readonly SessionRecord[] {
    return [...this.#records.values()]
      .filter((record) => matches(record, filter, now))
      .map((record) => asOf(record, now))
      .sort(compareInList);
  }

  /** One beat. */
  touch(id: string, beat: Beat, now: number): MockTouched | null {
    const record = this.#records.get(id);
    if (record === undefined) return null;
    assertLive(record, now);
    const outcome = beatSession(record, beat, now);
    const { contexts, requestTime } = outcome;
    const session = { ...record, contexts, requestTime };
    this.#write(session);
    const live = this.#ofUser(record.userId).filter((other) => isLive(other, now));
    const all = live.flatMap((other) => other.contexts);
    const status = statusAt(presenceOf(all, defaultPresenceRules), now);
    return { outcome, session, status };
  }

  /** Changes `data` or `user`. */
  change(id: string, change: DocumentChange, now: number): SessionRecord | null {
    const record = this.#records.get(id);
    return record === undefined ? null : this.#write(changeDocument(record, change, now));
  }

  /** Ends a session; one that has ended is answered as it is. */
  close(id: string, reason: CloseReason, now: number): SessionRecord | null {
    const record = this.#records.get(id);
    return record === undefined ? null : this.#write(closeSession(record, reason, now).session);
  }

  /** Ends live sessions of a user, all but one; how many. */
  closeUser(
    { exceptId, userId }: { readonly userId: string; readonly exceptId: string | undefined },
    reason: CloseReason,
    now: number,
  ): number {
    const live = this.#ofUser(userId)
      .filter((record) => record.id !== exceptId && isLive(record, now))
      .slice(0, batchLimit);
    for (const { id } of live) this.close(id, reason, now);
    return live.length;
  }

  /** Writes down the ends of sessions past their deadline; how many. */
  closeExpired(now: number): number {
    const due = [...this.#records.values()]
      .filter((record) => isExpired(record, now))
      .sort((one, other) => (expireTimeOf(one) ?? 0) - (expireTimeOf(other) ?? 0))
      .slice(0, batchLimit);
    for (const record of due) this.#write(expireSession(record).session);
    return due.length;
  }

  /** Removes a session, answered as it stood. */
  delete(id: string, now: number): SessionRecord | null {
    const found = this.find(id, now);
    this.#records.delete(id);
    return found;
  }

  /** Removes sessions of a user, ended ones too; how many. */
  deleteUser(userId: string): number {
    const mine = this.#ofUser(userId).slice(0, batchLimit);
    for (const { id } of mine) this.#records.delete(id);
    return mine.length;
  }

  /** Whether a call that worked on so many may have left some. */
  static isFull(count: number): boolean {
    return count === batchLimit;
  }

  /** Ends sessions for a limit. @throws SESSION_LIMIT. */
  #makeRoom({ kind, userId }: NewSession, limit: SessionLimit, now: number): void {
    const decision = applyLimit(limit, { kind, now }, this.#ofUser(userId));
    if (!decision.allowed) throw sessionLimit(limit.max, decision.live.map(toSummaryV1));
    for (const { id } of decision.end) this.close(id, 'limit', now);
  }

  #ofUser(userId: string): readonly SessionRecord[] {
    return [...this.#records.values()].filter((record) => record.userId === userId);
  }

  #write(record: SessionRecord): SessionRecord {
    this.#records.set(record.id, record);
    return record;
  }
}
