import type { BeatOutcome } from '../domain/beat.js';
import type { Mutable } from '../domain/mutable.js';
import type { SessionView } from '../domain/session.js';
import type { TouchedSession } from './session-persistence.js';

/** What a store answers to a beat. Filled field by field, since every beat makes one. */
export function toTouched(
  outcome: BeatOutcome,
  session: Pick<SessionView, 'active' | 'openTime' | 'idleTimeoutMs' | 'absoluteExpireTime'>,
  status: TouchedSession['status'] | undefined,
): TouchedSession {
  const { duplicate, epoch, seq, nextBeatMs, requestTime } = outcome;
  const { active, openTime, idleTimeoutMs, absoluteExpireTime } = session;
  const view: Mutable<TouchedSession['session']> = { active, openTime, requestTime };
  if (idleTimeoutMs !== undefined) view.idleTimeoutMs = idleTimeoutMs;
  if (absoluteExpireTime !== undefined) view.absoluteExpireTime = absoluteExpireTime;
  const touched: Mutable<TouchedSession> = {
    outcome: { duplicate, epoch, seq, nextBeatMs, requestTime },
    session: view,
  };
  if (status !== undefined) touched.status = status;
  return touched;
}
