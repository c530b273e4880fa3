import type { Beat } from '../../src/domain/beat.js';
import type { NewSession } from '../../src/domain/open.js';
import { defaultPresenceRules } from '../../src/domain/presence.js';
import type { SessionRecord, SessionSummary } from '../../src/domain/session.js';
import type {
  OpenSessionInput,
  SessionPersistence,
  TouchInput,
} from '../../src/logic/session-persistence.js';

/** The moment at which tests begin (ms since 1970). */
export const t0 = Date.UTC(2026, 0, 1);
/** One second in ms. */
export const second = 1_000;
/** One minute in ms. */
export const minute = 60 * second;

let made = 0;

/** Parameters of a session: an id of its own, user `ann`, kind `rpc`, and what is given. */
export function newSession(fields: Partial<NewSession> = {}): NewSession {
  made += 1;
  return { id: `session-${String(made).padStart(6, '0')}`, userId: 'ann', kind: 'rpc', ...fields };
}

/** What `openSession()` takes, at `t0` unless said otherwise. */
export function openInput(
  fields: Partial<NewSession> = {},
  rest: Partial<Omit<OpenSessionInput, 'session'>> = {},
): OpenSessionInput {
  return { session: newSession(fields), now: t0, ...rest };
}

/** Opens a session that the store must not answer with `null`. */
export async function openedSession(
  store: SessionPersistence,
  fields: Partial<NewSession> = {},
  now: number = t0,
): Promise<SessionRecord> {
  return present(await store.openSession(openInput(fields, { now })));
}

/** A beat as the port takes it. */
export function touchInput(sessionId: string, beat: Beat, now: number): TouchInput {
  return { sessionId, beat, now, presence: defaultPresenceRules };
}

/** A value that must be there. */
export function present<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('A value was expected.');
  return value;
}

/** A record as it stands in a list. */
export function summaryOf(record: SessionRecord): SessionSummary {
  const { user: _user, data: _data, contexts: _contexts, ...summary } = record;
  return summary;
}

/** The ids of records, in their order. */
export function idsOf(records: readonly { readonly id: string }[]): readonly string[] {
  return records.map((record) => record.id);
}
