import type { SessionV1 } from '../data/version1/session-v1.js';
import { decodeDocument } from './document.js';
import { expireTimeOf } from './expiry.js';
import type { SessionRecord, SessionSummary } from './session.js';

/** A session as it crosses the wire, with `user` and `data`. */
export function toSessionV1(session: SessionRecord): SessionV1 {
  const { user, data } = session;
  return toV1(session, {
    ...(user === undefined ? {} : { user: decodeDocument(user) }),
    ...(data === undefined ? {} : { data: decodeDocument(data) }),
  });
}

/** A session as it stands in a list. */
export function toSummaryV1(session: SessionSummary): SessionV1 {
  return toV1(session, {});
}

type DocumentsV1 = Pick<SessionV1, 'user' | 'data'>;

/** Written out, because dropping what is undefined from a copy took three times as long. */
function toV1(session: SessionSummary, documents: DocumentsV1): SessionV1 {
  const { userName, deviceId, closeTime, closeReason, absoluteExpireTime, address, client } =
    session;
  const expireTime = session.active ? expireTimeOf(session) : undefined;
  return {
    id: session.id,
    user_id: session.userId,
    ...(userName === undefined ? {} : { user_name: userName }),
    ...(deviceId === undefined ? {} : { device_id: deviceId }),
    kind: session.kind,
    active: session.active,
    open_time: toTime(session.openTime),
    request_time: toTime(session.requestTime),
    ...(closeTime === undefined ? {} : { close_time: toTime(closeTime) }),
    ...(closeReason === undefined ? {} : { close_reason: closeReason }),
    ...(expireTime === undefined ? {} : { expire_time: toTime(expireTime) }),
    ...(absoluteExpireTime === undefined
      ? {}
      : { absolute_expire_time: toTime(absoluteExpireTime) }),
    ...(address === undefined ? {} : { address }),
    ...(client === undefined ? {} : { client }),
    revision: session.revision,
    ...documents,
  };
}

/** Milliseconds since 1970 as ISO 8601 in UTC. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
