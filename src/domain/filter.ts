import type { CloseReason, SessionKind } from '../data/version1/words.js';
import { expiryReason, isExpired } from './expiry.js';
import { compareIds } from './open.js';
import type { SessionSummary, SessionView } from './session.js';

/** Which sessions are meant; every condition given must hold. Times in ms since 1970. */
export interface SessionFilter {
  readonly id?: string;
  readonly userId?: string;
  readonly deviceId?: string;
  readonly client?: string;
  readonly address?: string;
  readonly kind?: SessionKind;
  readonly closeReason?: CloseReason;
  /** As it stands at the time of the question: past its deadline a session is not active. */
  readonly active?: boolean;
  /** `fromTime <= requestTime`. */
  readonly fromTime?: number;
  /** `requestTime < toTime`. */
  readonly toTime?: number;
}

/** The conditions that compare a fixed field for equality. */
export const equalityFields = [
  'id',
  'userId',
  'deviceId',
  'client',
  'address',
  'kind',
] as const satisfies readonly (keyof SessionFilter & keyof SessionSummary)[];

/** Whether a session, as it stands at `now`, is one of a filter's. */
export function matches(session: SessionView, filter: SessionFilter, now: number): boolean {
  const { active, closeReason, fromTime, toTime } = filter;
  const expired = isExpired(session, now);
  const reason = expired ? expiryReason(session) : session.closeReason;
  if (active !== undefined && (session.active && !expired) !== active) return false;
  if (closeReason !== undefined && reason !== closeReason) return false;
  if (fromTime !== undefined && session.requestTime < fromTime) return false;
  if (toTime !== undefined && session.requestTime >= toTime) return false;
  return equalityFields.every(
    (field) => filter[field] === undefined || session[field] === filter[field],
  );
}

/** A place in the order of lists. */
export interface ListPosition {
  readonly openTime: number;
  readonly id: string;
}

/** The order of every list: newest `open_time` first, then `id` ascending by code unit. */
export function compareInList(one: ListPosition, other: ListPosition): number {
  return other.openTime - one.openTime || compareIds(one.id, other.id);
}
