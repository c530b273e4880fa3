import type { CloseReason } from '../data/version1/words.js';
import type { SessionView } from './session.js';

/** The part of a session that its deadline depends on. */
export type Expirable = Pick<
  SessionView,
  'active' | 'openTime' | 'requestTime' | 'idleTimeoutMs' | 'absoluteExpireTime'
>;

/** When a session ends if nothing more is heard; `undefined` = never. */
export function expireTimeOf(session: Expirable): number | undefined {
  const idle =
    session.idleTimeoutMs === undefined ? undefined : session.requestTime + session.idleTimeoutMs;
  if (idle === undefined) return session.absoluteExpireTime;
  if (session.absoluteExpireTime === undefined) return idle;
  return Math.min(idle, session.absoluteExpireTime);
}

/**
 * Whether a session that has no written end is past its deadline.
 * At the deadline itself it still lives, as in the original's `request_time < cutoff`.
 */
export function isExpired(session: Expirable, now: number): boolean {
  if (!session.active) return false;
  const deadline = expireTimeOf(session);
  return deadline !== undefined && now > deadline;
}

/** Whether a session lives at `now`: no end written, none come. */
export function isLive(session: Expirable, now: number): boolean {
  return session.active && !isExpired(session, now);
}

/** Why an expired session ended: its lifetime, if that came no later than its idle deadline. */
export function expiryReason(session: Expirable): CloseReason {
  return expireTimeOf(session) === session.absoluteExpireTime ? 'lifetime' : 'idle';
}
