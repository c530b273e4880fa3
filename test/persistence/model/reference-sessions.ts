import { beatSession } from '../../../src/domain/beat.js';
import { assertLive, changeDocument, type DocumentChange } from '../../../src/domain/change.js';
import { asOf, closeSession, expireSession } from '../../../src/domain/close.js';
import type { Stretch } from '../../../src/domain/context.js';
import { isExpired, isLive } from '../../../src/domain/expiry.js';
import { compareInList, matches, type SessionFilter } from '../../../src/domain/filter.js';
import { applyLimit, openRecord } from '../../../src/domain/open.js';
import { presenceOf, statusAt } from '../../../src/domain/presence.js';
import type { SessionChange, SessionRecord } from '../../../src/domain/session.js';
import { toSummaryV1 } from '../../../src/domain/wire.js';
import { requestIdReused, sessionLimit } from '../../../src/errors/makers.js';
import type {
  BatchResult,
  CloseInput,
  CloseUserInput,
  OpenRequest,
  OpenSessionInput,
  PruneInput,
  SessionPage,
  SessionPersistence,
  SessionQuery,
  TouchedSession,
  TouchInput,
} from '../../../src/logic/session-persistence.js';
import { summaryOf } from '../../support/sessions.js';

interface KnownRequest extends OpenRequest {
  readonly userId: string;
  readonly sessionId: string;
}

/** What a {@link ReferenceSessions} does as the store does that it stands beside. */
export interface ReferenceOptions {
  /** Whether it writes the end down of what it decides about and finds past its deadline. */
  readonly writesEnds: boolean;
}

/** The port in the plainest way: arrays, the rules, and a look at everything for each question. */
export class ReferenceSessions implements SessionPersistence {
  readonly #writesEnds: boolean;
  #records: readonly SessionRecord[] = [];
  #stretches: readonly Stretch[] = [];
  #requests: readonly KnownRequest[] = [];

  constructor({ writesEnds }: ReferenceOptions) {
    this.#writesEnds = writesEnds;
  }

  async openSession({
    session,
    now,
    limit,
    request,
  }: OpenSessionInput): Promise<SessionRecord | null> {
    const { userId } = session;
    const former = this.#requests.find(
      (known) =>
        known.userId === userId &&
        known.requestId === request?.requestId &&
        now <= known.expireTime,
    );
    if (former !== undefined) {
      if (former.fingerprint !== request?.fingerprint) throw requestIdReused();
      return await this.getSession(former.sessionId, now);
    }
    if (limit !== undefined) {
      if (limit.kinds.includes(session.kind)) this.#writeEndsOf({ userId, now });
      const mine = this.#records.filter((record) => record.userId === userId);
      const decision = applyLimit(limit, { kind: session.kind, now }, mine);
      if (!decision.allowed) throw sessionLimit(limit.max, decision.live.map(toSummaryV1));
      for (const { id } of decision.end) {
        await this.closeSession({ sessionId: id, reason: 'limit', now });
      }
    }
    const record = openRecord(session, now);
    this.#records = [...this.#records, record];
    if (request !== undefined) {
      const others = this.#requests.filter(
        (known) => known.userId !== userId || known.requestId !== request.requestId,
      );
      this.#requests = [...others, { ...request, userId, sessionId: record.id }];
    }
    return record;
  }

  async getSession(id: string, now: number): Promise<SessionRecord | null> {
    const found = this.#findAt(id, now);
    return found === undefined ? null : asOf(found, now);
  }

  async listSessions(query: SessionQuery): Promise<SessionPage> {
    const { filter, now, take, skip = 0, after, total } = query;
    const all = this.#records
      .filter((record) => matches(record, filter, now))
      .map((record) => summaryOf(asOf(record, now)))
      .toSorted(compareInList);
    const rest = all
      .filter((row) => after === undefined || compareInList(row, after) > 0)
      .slice(skip);
    return {
      sessions: rest.slice(0, take),
      more: rest.length > take,
      ...(total === true ? { total: all.length } : {}),
    };
  }

  async countSessions(filter: SessionFilter, now: number): Promise<number> {
    return this.#records.filter((record) => matches(record, filter, now)).length;
  }

  async touchSession(input: TouchInput): Promise<TouchedSession | null> {
    const { sessionId, beat, now, presence } = input;
    const found = this.#findAt(sessionId, now);
    if (found === undefined) return null;
    assertLive(found, now);
    const { contexts, stretches, ...outcome } = beatSession(found, beat, now);
    const session = { ...found, contexts, requestTime: outcome.requestTime };
    if (!outcome.duplicate) this.#write({ session, stretches });
    const live = this.#records.filter(
      (record) => record.userId === found.userId && isLive(record, now),
    );
    const status = statusAt(
      presenceOf(
        live.flatMap((record) => record.contexts),
        presence,
      ),
      now,
    );
    const { openTime, requestTime, idleTimeoutMs, absoluteExpireTime } = session;
    return {
      outcome,
      session: {
        active: true,
        openTime,
        requestTime,
        ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
        ...(absoluteExpireTime === undefined ? {} : { absoluteExpireTime }),
      },
      ...(status === undefined ? {} : { status }),
    };
  }

  async changeSession(
    id: string,
    change: DocumentChange,
    now: number,
  ): Promise<SessionRecord | null> {
    const found = this.#findAt(id, now);
    if (found === undefined) return null;
    const session = changeDocument(found, change, now);
    this.#write({ session, stretches: [] });
    return session;
  }

  async closeSession({ sessionId, reason, now }: CloseInput): Promise<SessionRecord | null> {
    const found = this.#find(sessionId);
    if (found === undefined) return null;
    const change = closeSession(found, reason, now);
    this.#write(change);
    return change.session;
  }

  async closeUserSessions(input: CloseUserInput): Promise<BatchResult> {
    const { userId, exceptId, reason, now } = input;
    this.#writeEndsOf(input);
    const live = this.#records.filter(
      (record) => record.userId === userId && record.id !== exceptId && isLive(record, now),
    );
    for (const record of live) this.#write(closeSession(record, reason, now));
    return { count: live.length, more: false };
  }

  async closeExpired(now: number): Promise<BatchResult> {
    const due = this.#records.filter((record) => isExpired(record, now));
    for (const record of due) this.#write(expireSession(record));
    return { count: due.length, more: false };
  }

  async deleteSession(id: string, now: number): Promise<SessionRecord | null> {
    const found = this.#find(id);
    if (found === undefined) return null;
    this.#write(closeSession(found, 'deleted', now));
    this.#records = this.#records.filter((record) => record.id !== id);
    return asOf(found, now);
  }

  async deleteUserSessions(userId: string, _limit: number, now: number): Promise<BatchResult> {
    const mine = this.#records.filter((record) => record.userId === userId);
    for (const { id } of mine) await this.deleteSession(id, now);
    return { count: mine.length, more: false };
  }

  async prune({ endedBefore, stretchesBefore, now }: PruneInput): Promise<BatchResult> {
    const before = this.#records.length + this.#stretches.length + this.#requests.length;
    this.#records = this.#records.filter(
      ({ active, kind, closeTime = 0 }) =>
        active || (kind !== 'presence' && closeTime >= endedBefore),
    );
    this.#stretches = this.#stretches.filter(({ to }) => to >= stretchesBefore);
    this.#requests = this.#requests.filter(({ expireTime }) => expireTime >= now);
    const after = this.#records.length + this.#stretches.length + this.#requests.length;
    return { count: before - after, more: false };
  }

  async getStretches(sessionId: string): Promise<readonly Stretch[]> {
    return this.#stretches
      .filter((stretch) => stretch.sessionId === sessionId)
      .toSorted((one, other) => one.from - other.from);
  }

  async checkReady(): Promise<void> {}

  /** A session that somebody asks for by itself. */
  #findAt(id: string, now: number): SessionRecord | undefined {
    const found = this.#find(id);
    if (!this.#writesEnds || found === undefined || !isExpired(found, now)) return found;
    this.#write(expireSession(found));
    return this.#find(id);
  }

  #writeEndsOf({
    userId,
    exceptId,
    now,
  }: Pick<CloseUserInput, 'userId' | 'exceptId' | 'now'>): void {
    const mine = this.#records.filter((record) => record.userId === userId);
    for (const { id } of mine) if (id !== exceptId) this.#findAt(id, now);
  }

  #find(id: string): SessionRecord | undefined {
    return this.#records.find((record) => record.id === id);
  }

  #write({ session, stretches }: SessionChange): void {
    this.#records = this.#records.map((record) => (record.id === session.id ? session : record));
    this.#stretches = [...this.#stretches, ...stretches];
  }
}
