import type { SessionV1 } from '../data/version1/session-v1.js';
import { decodeDocument } from './document.js';
import { expireTimeOf } from './expiry.js';
import type { SessionRecord, SessionSummary } from './session.js';

/** A session as it crosses the wire, with `user` and `data`. */
export function toSessionV1(session: SessionRecord): SessionV1 {
  const summary = toSummaryV1(session);
  if (session.user === undefined && session.data === undefined) return summary;
  return {
    ...summary,
    ...(session.user === undefined ? {} : { user: decodeDocument(session.user) }),
    ...(session.data === undefined ? {} : { data: decodeDocument(session.data) }),
  };
}

/** A session as it stands in a list. Fields without a value are left out by the JSON writer. */
export function toSummaryV1(session: SessionSummary): SessionV1 {
  const expireTime = session.active ? expireTimeOf(session) : undefined;
  return withoutUndefined({
    id: session.id,
    user_id: session.userId,
    user_name: session.userName,
    device_id: session.deviceId,
    kind: session.kind,
    active: session.active,
    open_time: toTime(session.openTime),
    request_time: toTime(session.requestTime),
    close_time: toOptionalTime(session.closeTime),
    close_reason: session.closeReason,
    expire_time: toOptionalTime(expireTime),
    absolute_expire_time: toOptionalTime(session.absoluteExpireTime),
    address: session.address,
    client: session.client,
    revision: session.revision,
  });
}

/** Milliseconds since 1970 as ISO 8601 in UTC. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

function toOptionalTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : toTime(ms);
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  const copy: Partial<T> = {};
  for (const key of Object.keys(value) as (keyof T)[]) {
    if (value[key] !== undefined) copy[key] = value[key];
  }
  return copy as Defined<T>;
}
