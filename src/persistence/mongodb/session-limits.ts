import { createHash, randomUUID } from 'node:crypto';
import { closeSession, expireSession } from '../../domain/close.js';
import { isExpired, isLive } from '../../domain/expiry.js';
import { applyLimit, type SessionLimit } from '../../domain/open.js';
import type { SessionRecord, SessionSummary } from '../../domain/session.js';
import { toSummaryV1 } from '../../domain/wire.js';
import { sessionLimit } from '../../errors/makers.js';
import { again, batchWidth, inParallel, repeat } from './attempts.js';
import {
  type Collections,
  isDuplicate,
  type LimitDocument,
  type RequestOptions,
} from './collections.js';
import type { DamagedSessions } from './damaged-sessions.js';
import {
  documentFields,
  type SessionDocument,
  type StoredSession,
  toRemnant,
  toStored,
} from './session-documents.js';
import type { SessionTable } from './session-table.js';

/** After so long an open that has not come to its end never will. */
const openingMs = 10_000;

/** The parts that limits are made of. */
export interface SessionLimitsOptions {
  readonly collections: Collections;
  readonly table: SessionTable;
  readonly damaged: DamagedSessions;
  /** Hears of each session that it ended. */
  readonly onEnd: (stored: StoredSession) => void;
}

/** An open that a limit is asked about. */
export interface LimitedOpen {
  readonly session: SessionRecord;
  readonly limit: SessionLimit;
  readonly now: number;
  readonly requestKey?: string;
}

/** What stood in the way: who has a place, and at which turn that was read. */
interface Places {
  readonly former: LimitDocument | null;
  /** Live ones, and opening ones that have a place. */
  readonly taken: readonly StoredSession[];
  /** Damaged ones that count: they hold their place, and none can be ended for another. */
  readonly damaged: number;
  readonly mine: StoredSession | undefined;
  readonly hasPlace: boolean;
}

/**
 * Opens under a limit: the session is written as `opening`, which nobody sees, then takes a place
 * in the limit document of its user under the condition that nobody took one since it counted, and
 * lives from then on. What a crash leaves is opening, and aborted after {@link openingMs}.
 */
export class SessionLimits {
  readonly #parts: SessionLimitsOptions;

  constructor(parts: SessionLimitsOptions) {
    this.#parts = parts;
  }

  /**
   * Opens a session; `undefined` when its id is taken, `again` when it was aborted.
   * @throws SESSION_LIMIT, and nothing has changed.
   */
  async open(
    input: LimitedOpen,
    request: RequestOptions,
  ): Promise<StoredSession | undefined | typeof again> {
    const opening = await repeat(request, async () => await this.#place(input, request));
    return opening === undefined ? undefined : await this.#begin(opening, request);
  }

  /** Removes what never came to its end. Uncounted: nobody ever saw it. */
  async prune(now: number): Promise<void> {
    const { limits, sessions } = this.#parts.collections;
    await sessions.deleteMany({ opening_at: { $gt: 0, $lt: now - openingMs } });
    await limits.deleteMany({ at: { $lt: now - limitRetentionMs } });
  }

  /** The opening session, with a place; `undefined` when its id is taken. */
  async #place(
    input: LimitedOpen,
    request: RequestOptions,
  ): Promise<StoredSession | undefined | typeof again> {
    const places = await this.#count(input, request);
    const { taken, hasPlace } = places;
    if (!(await this.#expire(taken, input.now))) return again;
    const { kind } = input.session;
    const { max } = input.limit;
    const limit = { ...input.limit, max: max - places.damaged };
    const others = taken.map(({ session }) => session);
    const decision = applyLimit(limit, { kind, now: input.now }, others);
    if (!decision.allowed && !hasPlace) {
      if (places.mine !== undefined) await this.#parts.table.remove(places.mine);
      throw sessionLimit(max, decision.live.filter(isKept(taken)).map(toSummaryV1));
    }
    const opening = places.mine ?? (await this.#insert(input));
    if (opening === undefined) return undefined;
    if (!hasPlace && !(await this.#take(input, places))) return again;
    const ending = new Set((decision.allowed ? decision.end : []).map(({ id }) => id));
    for (const stored of taken) {
      if (ending.has(stored.session.id)) await this.#end(stored, input.now, request);
    }
    return opening;
  }

  async #count(input: LimitedOpen, { signal }: RequestOptions): Promise<Places> {
    const { session, now } = input;
    const { limits, sessions } = this.#parts.collections;
    // In this order: who takes a place after the first step is found out by the turn.
    const former = await limits.findOne({ _id: limitKey(session.userId) }, { signal });
    const documents = await sessions
      .find({ user_id: session.userId, active: { $in: [true, null] } } as object, {
        projection: documentFields,
        signal,
      })
      .toArray();
    const found: StoredSession[] = [];
    let damaged = 0;
    for (const document of documents) {
      const stored = this.#parts.damaged.read(document._id, () => toStored(document, false));
      if (stored !== undefined) found.push(stored);
      else if (holdsPlace(document, input)) damaged += 1;
    }
    const slots = new Set(former?.slots);
    const taken: StoredSession[] = [];
    for (const stored of found) {
      if (stored.session.id === session.id || stored.state === 'removing') continue;
      if (stored.state === 'kept') taken.push(stored);
      else if (slots.has(stored.session.id) && !(await this.#abort(stored, now)))
        taken.push(stored);
    }
    const mine = found.find(
      ({ session: { id }, state }) => id === session.id && state === 'opening',
    );
    return { former, taken, damaged, mine, hasPlace: mine !== undefined && slots.has(session.id) };
  }

  /** Ends an open that cannot come to its end any more; its place is free then. */
  async #abort(stored: StoredSession, now: number): Promise<boolean> {
    if (now - (stored.openingAt ?? now) <= openingMs) return false;
    return await this.#parts.table.remove(stored);
  }

  async #insert({ session, now, requestKey }: LimitedOpen): Promise<StoredSession | undefined> {
    return await this.#parts.table.insert(session, {
      openingAt: now,
      ...(requestKey === undefined ? {} : { requestKey }),
    });
  }

  async #take({ session, now }: LimitedOpen, { former, taken }: Places): Promise<boolean> {
    const { limits } = this.#parts.collections;
    const opening = taken.filter(({ state }) => state === 'opening');
    const slots = [...opening.map((stored) => stored.session.id), session.id];
    const next = { turn: randomUUID(), slots, at: now };
    const _id = limitKey(session.userId);
    if (former !== null) {
      const { matchedCount } = await limits.updateOne({ _id, turn: former.turn }, { $set: next });
      return matchedCount === 1;
    }
    try {
      await limits.insertOne({ _id, ...next });
      return true;
    } catch (caught) {
      if (isDuplicate(caught)) return false;
      throw caught;
    }
  }

  /**
   * Writes down the ends of those past their deadline, which are not counted: no process with a clock
   * behind goes on with one. `false` when one of them is not as it was counted.
   */
  async #expire(taken: readonly StoredSession[], now: number): Promise<boolean> {
    let isSame = true;
    const due = taken.filter(({ session }) => isExpired(session, now));
    await inParallel(due, batchWidth, async (stored) => {
      const ended = await this.#parts.table.end(stored, expireSession(stored.session));
      if (ended === undefined) isSame = false;
      else this.#parts.onEnd(ended);
    });
    return isSame;
  }

  async #end(stored: StoredSession, now: number, request: RequestOptions): Promise<void> {
    let current: StoredSession | undefined = stored;
    await repeat(request, async () => {
      if (current === undefined || !current.session.active || current.state === 'removing') return;
      const ended = await this.#parts.table.end(
        current,
        closeSession(current.session, 'limit', now),
      );
      if (ended !== undefined) this.#parts.onEnd(ended);
      if (ended !== undefined) return;
      current = await this.#parts.table.load(stored.session.id, request);
      return again;
    });
  }

  /**
   * The session as it begins. One that has ended for another since is answered as it stands, so
   * that the caller hears of its end now and not at his first beat, and so that no process goes on
   * with it. A repetition of its request may have begun it, which is then the one that notes that.
   */
  async #begin(
    opening: StoredSession,
    request: RequestOptions,
  ): Promise<StoredSession | typeof again> {
    if (await this.#parts.table.activate(opening)) {
      return { ...opening, state: 'kept', version: opening.version + 1 };
    }
    if (opening.requestKey !== undefined) return again;
    const found = await this.#parts.table.loadWhole(opening.session.id, request);
    return found?.state === 'kept' ? found : again;
  }
}

/** How long the limit document of a user stays who opens nothing. */
const limitRetentionMs = 24 * 3_600_000;

function limitKey(userId: string): string {
  return createHash('sha256').update(userId).digest('base64url').slice(0, 22);
}

/** Whether a damaged session counts, as far as it tells. */
function holdsPlace(document: SessionDocument, { limit, now }: LimitedOpen): boolean {
  const { session, state } = toRemnant(document);
  return state === 'kept' && limit.kinds.includes(session.kind) && isLive(session, now);
}

/** Whether anybody can see it: an opening one is not there for whoever asks for it. */
function isKept(taken: readonly StoredSession[]): (session: SessionSummary) => boolean {
  const kept = taken.filter(({ state }) => state === 'kept');
  const ids = new Set(kept.map(({ session }) => session.id));
  return ({ id }) => ids.has(id);
}
