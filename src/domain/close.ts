import type { CloseReason } from '../data/version1/words.js';
import { closeStretches } from './beat.js';
import { expireTimeOf, expiryReason, isExpired } from './expiry.js';
import type { SessionChange, SessionRecord, SessionSummary } from './session.js';

/**
 * Ends a session: erases `user`, `data` and contexts, leaves `request_time` alone, and closes the
 * stretches still open. One that has ended, by deadline too, keeps the end it had.
 */
export function closeSession(
  session: SessionRecord,
  reason: CloseReason,
  now: number,
): SessionChange {
  if (!session.active) return { session, stretches: [] };
  return isExpired(session, now) ? expireSession(session) : end(session, reason, now);
}

/** Writes down the end of a session that is past its deadline: at that deadline, not now. */
export function expireSession(session: SessionRecord): SessionChange {
  return end(session, expiryReason(session), expireTimeOf(session) ?? session.requestTime);
}

/** A session as it stands at `now`: past its deadline it reads as ended, though nobody swept it. */
export function asOf(session: SessionRecord, now: number): SessionRecord {
  return isExpired(session, now) ? expireSession(session).session : session;
}

/** The same for a row of a list. */
export function summaryAsOf(summary: SessionSummary, now: number): SessionSummary {
  if (!isExpired(summary, now)) return summary;
  return {
    closeReason: expiryReason(summary),
    closeTime: expireTimeOf(summary) ?? summary.requestTime,
    ...summary,
    active: false,
  };
}

function end(session: SessionRecord, closeReason: CloseReason, at: number): SessionChange {
  const closeTime = Math.max(at, session.openTime);
  const { user: _user, data: _data, ...kept } = session;
  return {
    // What is new stands before the spread, see `openRecord`.
    session: { closeReason, closeTime, ...kept, active: false, contexts: [] },
    stretches: closeStretches(session, closeTime),
  };
}
