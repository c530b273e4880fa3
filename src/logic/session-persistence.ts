import type { CloseReason, PresenceStatus } from '../data/version1/words.js';
import type { Beat, BeatOutcome } from '../domain/beat.js';
import type { DocumentChange } from '../domain/change.js';
import type { Stretch } from '../domain/context.js';
import type { ListPosition, SessionFilter } from '../domain/filter.js';
import type { NewSession, SessionLimit } from '../domain/open.js';
import type { PresenceRules } from '../domain/presence.js';
import type { SessionRecord, SessionSummary } from '../domain/session.js';

/**
 * Where sessions are kept: the port of the core, run by one contract suite over every store
 * (`test/persistence/session-persistence.suite.ts`).
 *
 * Contract of all methods:
 * - Atomic: concurrent calls have the effect of some order of them. A condition (live, revision,
 *   limit, request id) is part of the write.
 * - Times come in as `now` (ms since 1970); a store reads no clock for what it stores. `now` may be
 *   behind that of an earlier call: another replica's clock.
 * - Values are plain: nobody changes a stored record through one that was given or answered.
 * - A record is answered as it stands at `now`: past its deadline it reads as ended. A store of
 *   several processes writes that end down before it answers a single record, refuses a change for
 *   it, or decides by it (a limit, the end of all of a user's sessions), so that none with a clock
 *   behind goes on with the session; lists and counts write none.
 * - A session that does not exist is `null`, never an error.
 * - A promise that is fulfilled after a write keeps what the store promises (DESIGN §2).
 * - Errors: what a domain rule throws (SESSION_ENDED, REVISION_CONFLICT, SESSION_LIMIT, …);
 *   STORAGE_FULL, and nothing of the write was kept; STORE_DAMAGED, the record fails its checksum;
 *   STORE_UNAVAILABLE, not open or over the deadline. Never a driver's error.
 */
export interface SessionPersistence {
  /**
   * Opens a session. `null` when `request` came before and its session was deleted since; a request
   * that came before is answered before any limit is asked. One that the limit of a later open has
   * ended by then is answered as it stands: ended.
   * @throws SESSION_LIMIT (policy `reject`), REQUEST_ID_REUSED, STORAGE_FULL; INTERNAL for an id
   *   that is taken. Nothing has changed then.
   */
  openSession(input: OpenSessionInput): Promise<SessionRecord | null>;

  /** One session with its documents. */
  getSession(id: string, now: number): Promise<SessionRecord | null>;

  /** One page in the order of lists; empty when nothing fits, also past the end. */
  listSessions(query: SessionQuery): Promise<SessionPage>;

  /** How many sessions fit a filter. */
  countSessions(filter: SessionFilter, now: number): Promise<number>;

  /**
   * One beat. A duplicate changes nothing.
   * @throws SESSION_ENDED; INVALID_DATA for one activity too many.
   */
  touchSession(input: TouchInput): Promise<TouchedSession | null>;

  /** Changes `data` or `user`. @throws SESSION_ENDED, REVISION_CONFLICT, BODY_TOO_LARGE. */
  changeSession(id: string, change: DocumentChange, now: number): Promise<SessionRecord | null>;

  /**
   * Ends a session; one that has ended is answered as it is. Its open stretches go to the ledger.
   * Works on a full store.
   */
  closeSession(input: CloseInput): Promise<SessionRecord | null>;

  /**
   * Ends at most `limit` live sessions of a user. Those past their deadline keep the end they had
   * and are not counted: `count: 0, more: true` is no end, call again. Works on a full store.
   */
  closeUserSessions(input: CloseUserInput): Promise<BatchResult>;

  /**
   * Writes down the end of at most `limit` sessions past their deadline (at the deadline, not at
   * `now`), roughly those first that are due longest: the file store may end one before another
   * that was due longer, by up to half of its idle timeout. Sessions at the deadline stay. Works on
   * a full store.
   */
  closeExpired(now: number, limit: number): Promise<BatchResult>;

  /**
   * Removes a record, answered as it stood. The stretches it had open go to the ledger, which keeps
   * them all. Works on a full store.
   */
  deleteSession(id: string, now: number): Promise<SessionRecord | null>;

  /**
   * Removes at most `limit` records of a user, ended ones included, each as `deleteSession` does.
   * Works on a full store.
   */
  deleteUserSessions(userId: string, limit: number, now: number): Promise<BatchResult>;

  /**
   * Removes at most `limit` things of each sort that are kept no longer: of sessions only those
   * whose end is written. Works on a full store.
   */
  prune(input: PruneInput): Promise<BatchResult>;

  /** The closed stretches of a session, oldest first; empty when there are none. */
  getStretches(sessionId: string): Promise<readonly Stretch[]>;

  /**
   * One step of the election of the process that sweeps: the leader renews its lease, another takes
   * it when it is free, or when it saw nobody renew it for all of `leaseMs` and all of what the
   * leader asked for, which may be another time. No wall clock decides.
   * Every process asks this again every third of `leaseMs`, sweeping or not, and before each step of
   * a sweep; `close` gives the lease up. A store that only one process can serve has no such method:
   * that one always sweeps.
   * @returns Whether this process leads: no other one will within half of `leaseMs` from now.
   */
  lead?(leaseMs: number): Promise<boolean>;

  /** Resolves when the store can serve. @throws STORE_UNAVAILABLE otherwise. */
  checkReady(): Promise<void>;
}

/** What {@link SessionPersistence.openSession} needs. */
export interface OpenSessionInput {
  readonly session: NewSession;
  readonly now: number;
  /** How many sessions the user may have; absent = any number. */
  readonly limit?: SessionLimit;
  /** Makes a retry safe. */
  readonly request?: OpenRequest;
}

/** The identity of an `open_session` that may be repeated. */
export interface OpenRequest {
  /** Unique per user. */
  readonly requestId: string;
  /** Digest of all parameters: another one under the same id is REQUEST_ID_REUSED. */
  readonly fingerprint: string;
  /** An equal request after this time (ms since 1970) is a new one. */
  readonly expireTime: number;
}

/** What {@link SessionPersistence.listSessions} needs. */
export interface SessionQuery {
  readonly filter: SessionFilter;
  readonly now: number;
  /** Rows wanted, from 1. */
  readonly take: number;
  /** Rows to pass over, from 0; not together with `after`. */
  readonly skip?: number;
  /** Start behind this place, in O(page) at any depth. */
  readonly after?: ListPosition;
  /** Whether `total` is wanted. */
  readonly total?: boolean;
}

/** One page of a list. */
export interface SessionPage {
  readonly sessions: readonly SessionSummary[];
  /** All rows of the filter, when asked for. */
  readonly total?: number;
  /** Whether rows follow. */
  readonly more: boolean;
}

/** What {@link SessionPersistence.touchSession} needs. */
export interface TouchInput {
  readonly sessionId: string;
  readonly beat: Beat;
  readonly now: number;
  readonly presence: PresenceRules;
}

/** A session after a beat. */
export interface TouchedSession {
  readonly outcome: Omit<BeatOutcome, 'contexts' | 'stretches'>;
  readonly session: Pick<
    SessionRecord,
    'active' | 'openTime' | 'requestTime' | 'idleTimeoutMs' | 'absoluteExpireTime'
  >;
  /** Of the user, over the contexts of his live sessions (at most 1,000); absent = not there. */
  readonly status?: PresenceStatus;
}

/** What {@link SessionPersistence.closeSession} needs. */
export interface CloseInput {
  readonly sessionId: string;
  readonly reason: CloseReason;
  readonly now: number;
}

/** What {@link SessionPersistence.closeUserSessions} needs. */
export interface CloseUserInput {
  readonly userId: string;
  /** This one goes on. */
  readonly exceptId?: string;
  readonly reason: CloseReason;
  readonly now: number;
  readonly limit: number;
}

/** What a bounded piece of work did. */
export interface BatchResult {
  /** How many records it changed or removed. */
  readonly count: number;
  /** Whether there may be more to do. */
  readonly more: boolean;
}

/** What {@link SessionPersistence.prune} removes: what is older than these times. */
export interface PruneInput {
  /** Ended sessions by `closeTime`; ended ones of kind `presence` at once. */
  readonly endedBefore: number;
  /** Ledger rows by `to`. */
  readonly stretchesBefore: number;
  /** Request ids by their `expireTime`. */
  readonly now: number;
  readonly limit: number;
}
