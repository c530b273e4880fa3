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

/** The same where the caller sent these very documents: they need not be read again. */
export function toSentSessionV1(
  session: SessionRecord,
  sent: Pick<SessionRecord, 'user' | 'data'>,
  documents: DocumentsV1,
): SessionV1 {
  const isSame = session.user === sent.user && session.data === sent.data;
  return isSame ? toV1(session, documents) : toSessionV1(session);
}

/** A session as it stands in a list. */
export function toSummaryV1(session: SessionSummary): SessionV1 {
  return toV1(session, {});
}

/** Documents as values. */
export type DocumentsV1 = Pick<SessionV1, 'user' | 'data'>;

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** Filled field by field: conditional spreads took a third longer. */
function toV1(session: SessionSummary, documents: DocumentsV1): SessionV1 {
  const v1: Mutable<SessionV1> = {
    id: session.id,
    user_id: session.userId,
    kind: session.kind,
    active: session.active,
    open_time: toTime(session.openTime),
    request_time: toTime(session.requestTime),
    revision: session.revision,
  };
  if (session.userName !== undefined) v1.user_name = session.userName;
  if (session.deviceId !== undefined) v1.device_id = session.deviceId;
  if (session.address !== undefined) v1.address = session.address;
  if (session.client !== undefined) v1.client = session.client;
  addEnd(v1, session);
  if (documents.user !== undefined) v1.user = documents.user;
  if (documents.data !== undefined) v1.data = documents.data;
  return v1;
}

function addEnd(v1: Mutable<SessionV1>, session: SessionSummary): void {
  const { absoluteExpireTime, active, closeReason, closeTime } = session;
  const expireTime = active ? expireTimeOf(session) : undefined;
  if (closeTime !== undefined) v1.close_time = toTime(closeTime);
  if (closeReason !== undefined) v1.close_reason = closeReason;
  if (expireTime !== undefined) v1.expire_time = toTime(expireTime);
  if (absoluteExpireTime !== undefined) v1.absolute_expire_time = toTime(absoluteExpireTime);
}

const dayMs = 86_400_000;
/** Days as they are written: the times of all answers are of few of them. */
const dayTexts = new Map<number, string>();
const dayTextLimit = 1_000;

/** Milliseconds since 1970 as ISO 8601 in UTC; several times as fast as `toISOString`. */
export function toTime(ms: number): string {
  const day = Math.floor(ms / dayMs);
  const dayText = dayTexts.get(day) ?? addDayText(day);
  const rest = ms - day * dayMs;
  const hours = Math.floor(rest / 3_600_000);
  const minutes = Math.floor(rest / 60_000) % 60;
  const seconds = Math.floor(rest / 1_000) % 60;
  const millis = rest % 1_000;
  return `${dayText}${two(hours)}:${two(minutes)}:${two(seconds)}.${millis < 100 ? '0' : ''}${two(millis)}Z`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

function addDayText(day: number): string {
  if (dayTexts.size >= dayTextLimit) dayTexts.clear();
  const text = new Date(day * dayMs).toISOString().slice(0, -'00:00:00.000Z'.length);
  dayTexts.set(day, text);
  return text;
}
