import { type BeatOutcome, beatSession, ownBeat } from '../../domain/beat.js';
import { assertLive, changeDocument, type DocumentChange } from '../../domain/change.js';
import { asOf, closeSession, expireSession } from '../../domain/close.js';
import type { Stretch } from '../../domain/context.js';
import { isExpired, isLive } from '../../domain/expiry.js';
import { mergePresences, presenceOf, statusAt } from '../../domain/presence.js';
import type { SessionRecord } from '../../domain/session.js';
import type { CloseInput, TouchedSession, TouchInput } from '../../logic/session-persistence.js';
import { toTouched } from '../../logic/touched-session.js';
import { again, repeat } from './attempts.js';
import type { RequestOptions } from './collections.js';
import type { KnownSessions } from './known-sessions.js';
import type { RequestLog } from './request-log.js';
import type { StoredSession } from './session-documents.js';
import type { SessionTable } from './session-table.js';
import type { UserPresences } from './user-presences.js';

/** The parts that changes are made of. */
export interface SessionChangesOptions {
  readonly table: SessionTable;
  readonly known: KnownSessions;
  readonly presences: UserPresences;
  readonly requests: RequestLog;
  /** Hears of each record that was written and has stretches for the ledger. */
  readonly onPending: (stored: StoredSession) => void;
}

/**
 * The changes of one session: read, let a rule of the domain decide, write if the record is still
 * the one that was read; else once more. A beat starts from what this process knows: the condition
 * in the write finds out whether that is still so, and no answer comes without one.
 */
export class SessionChanges {
  readonly #parts: SessionChangesOptions;

  constructor(parts: SessionChangesOptions) {
    this.#parts = parts;
  }

  /**
   * Remembers a session that was just opened, so that its first beat is one round trip too; one that
   * has ended already is nothing to go on with.
   */
  learn(opened: StoredSession): void {
    if (!opened.session.active) return;
    this.#parts.known.set(withoutDocuments(opened));
  }

  /** See `SessionPersistence.getSession`. The end of one past its deadline is written down first. */
  async get(id: string, now: number, options: RequestOptions): Promise<SessionRecord | null> {
    return await repeat(options, async () => {
      const stored = await this.#parts.table.loadWhole(id, options);
      if (stored?.state !== 'kept') return null;
      if (!isExpired(stored.session, now)) return stored.session;
      return (await this.#expire(stored))?.session ?? again;
    });
  }

  /** See `SessionPersistence.touchSession`. */
  async touch(input: TouchInput, options: RequestOptions): Promise<TouchedSession | null> {
    const { sessionId } = input;
    const known = this.#parts.known.get(sessionId);
    const quick = known === undefined ? again : await this.#touchKnown(known, input, options);
    if (quick !== again) return quick;
    return await repeat(options, async () => {
      const stored = await this.#parts.table.load(sessionId, options);
      if (stored?.state !== 'kept') return null;
      if (await this.#hasExpired(stored, input.now)) return again;
      assertLive(stored.session, input.now);
      const outcome = beatSession(stored.session, ownBeat(input.beat), input.now);
      return await this.#move(stored, outcome, input, options);
    });
  }

  /** See `SessionPersistence.changeSession`. */
  async change(
    id: string,
    change: DocumentChange,
    now: number,
    options: RequestOptions,
  ): Promise<SessionRecord | null> {
    return await repeat(options, async () => {
      const stored = await this.#parts.table.loadWhole(id, options);
      if (stored?.state !== 'kept') return null;
      if (await this.#hasExpired(stored, now)) return again;
      const session = changeDocument(stored.session, change, now);
      const written = await this.#parts.table.change(stored, session);
      if (written === undefined) return again;
      this.#note(withoutDocuments(written));
      return session;
    });
  }

  /** See `SessionPersistence.closeSession`. */
  async close(input: CloseInput, options: RequestOptions): Promise<SessionRecord | null> {
    const { sessionId, reason, now } = input;
    let stored = this.#parts.known.get(sessionId);
    return await repeat(options, async () => {
      stored ??= await this.#parts.table.load(sessionId, options);
      if (stored?.state !== 'kept') return null;
      const { session } = stored;
      if (!session.active) return session;
      const ended = await this.#end(stored, closeSession(session, reason, now));
      stored = undefined;
      return ended?.session ?? again;
    });
  }

  /** Ends a session that was found live, unless that is over; answers whether it did. */
  async closeFound(
    found: StoredSession,
    { reason, now }: Pick<CloseInput, 'reason' | 'now'>,
    options: RequestOptions,
  ): Promise<boolean> {
    let stored: StoredSession | undefined = found;
    return await repeat(options, async () => {
      if (stored?.state !== 'kept' || !isLive(stored.session, now)) return false;
      const { session } = stored;
      if ((await this.#end(stored, closeSession(session, reason, now))) !== undefined) return true;
      stored = await this.#parts.table.load(session.id, options);
      return again;
    });
  }

  /** Writes the end of a session that was found past its deadline; answers whether it did. */
  async expireFound(found: StoredSession, now: number, options: RequestOptions): Promise<boolean> {
    let stored: StoredSession | undefined = found;
    return await repeat(options, async () => {
      if (stored?.state !== 'kept' || !isExpired(stored.session, now)) return false;
      if ((await this.#expire(stored)) !== undefined) return true;
      stored = await this.#parts.table.load(found.session.id, options);
      return again;
    });
  }

  /** See `SessionPersistence.deleteSession`. */
  async remove(id: string, now: number, options: RequestOptions): Promise<SessionRecord | null> {
    return await repeat(options, async () => {
      const stored = await this.#parts.table.loadWhole(id, options);
      if (stored?.state !== 'kept') return null;
      const { stretches } = closeSession(stored.session, 'deleted', now);
      const isGone = await this.#remove(stored, stretches, now);
      return isGone ? asOf(stored.session, now) : again;
    });
  }

  /** The same for a damaged session, which loses the time that still ran; whether it was there. */
  async removeDamaged(id: string, now: number, options: RequestOptions): Promise<boolean> {
    return await repeat(options, async () => {
      const stored = await this.#parts.table.loadRemnant(id, options);
      if (stored?.state !== 'kept') return false;
      return (await this.#remove(stored, [], now)) ? true : again;
    });
  }

  async #remove(
    stored: StoredSession,
    stretches: readonly Stretch[],
    now: number,
  ): Promise<boolean> {
    const { table, requests, known, onPending } = this.#parts;
    const { session, pending, requestKey } = stored;
    // A repeated request must know from now on that there was a session.
    if (requestKey !== undefined) await requests.close(requestKey, session.id);
    known.delete(session.id);
    if (stretches.length === 0 && pending.length === 0) return await table.remove(stored);
    const retired = await table.retire(stored, stretches, now);
    if (retired !== undefined) onPending(retired);
    return retired !== undefined;
  }

  async #touchKnown(
    known: StoredSession,
    input: TouchInput,
    options: RequestOptions,
  ): Promise<TouchedSession | typeof again> {
    const outcome = foresee(known, input);
    if (outcome === undefined) {
      this.#parts.known.delete(known.session.id);
      return again;
    }
    return await this.#move(known, outcome, input, options);
  }

  /** Writes a beat, and asks beside that what the user's other sessions say, if it can matter. */
  async #move(
    stored: StoredSession,
    outcome: BeatOutcome,
    { presence, now }: TouchInput,
    options: RequestOptions,
  ): Promise<TouchedSession | typeof again> {
    const { contexts, stretches, requestTime } = outcome;
    const session = { ...stored.session, requestTime, contexts };
    const own = presenceOf(contexts, presence);
    const [written, others] = await Promise.all([
      outcome.duplicate ? stored : this.#parts.table.move(stored, { session, stretches }, own),
      // Nothing is above busy.
      statusAt(own, now) === 'busy' ? [] : this.#parts.presences.ofOthers(session, now, options),
    ]);
    if (written === undefined) {
      this.#parts.known.delete(session.id);
      return again;
    }
    this.#note(written);
    return toTouched(outcome, session, statusAt(mergePresences([own, ...others]), now));
  }

  /** Whether a session is past its deadline; its end is written then, or somebody was faster. */
  async #hasExpired(stored: StoredSession, now: number): Promise<boolean> {
    if (!isExpired(stored.session, now)) return false;
    await this.#expire(stored);
    return true;
  }

  async #expire(stored: StoredSession): Promise<StoredSession | undefined> {
    return await this.#end(stored, expireSession(stored.session));
  }

  async #end(
    stored: StoredSession,
    change: ReturnType<typeof closeSession>,
  ): Promise<StoredSession | undefined> {
    this.#parts.known.delete(stored.session.id);
    const ended = await this.#parts.table.end(stored, change);
    if (ended !== undefined && ended.pending.length > 0) this.#parts.onPending(ended);
    return ended;
  }

  #note(stored: StoredSession): void {
    this.#parts.known.set(stored);
    if (stored.pending.length > 0) this.#parts.onPending(stored);
  }
}

/**
 * What a beat does to a session as it is known; `undefined` when only the database can tell: what
 * writes nothing, or is refused, has no condition that would find out that more happened since.
 */
function foresee(known: StoredSession, input: TouchInput): BeatOutcome | undefined {
  if (!isLive(known.session, input.now)) return undefined;
  try {
    const outcome = beatSession(known.session, ownBeat(input.beat), input.now);
    return outcome.duplicate ? undefined : outcome;
  } catch {
    return undefined;
  }
}

/** A record that shares nothing with the one that is answered. */
function withoutDocuments(stored: StoredSession): StoredSession {
  const { user: _user, data: _data, ...session } = stored.session;
  return { ...stored, session: { ...session, contexts: structuredClone(session.contexts) } };
}
