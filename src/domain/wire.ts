import type { SessionV1 } from '../data/version1/session-v1.js';
import { decodeDocument } from './document.js';
import { expireTimeOf } from './expiry.js';
import type { Mutable } from './mutable.js';
import type { SessionRecord, SessionView } from './session.js';

/** A session as it crosses the wire, with `user` and `data`. */
export function toSessionV1(session: SessionRecord): SessionV1 {
  const { user, data } = session;
  return toV1(session, {
    ...(user === undefined ? {} : { user: decodeDocument(user) }),
    ...(data === undefined ? {} : { data: decodeDocument(data) }),
  });
}

/**
 * The JSON text of `toSessionV1(session)`: the documents go into it as the text they are kept as,
 * and nothing is read only to be written again.
 */
export function toSessionText(session: SessionRecord): string {
  const { user, data } = session;
  let text = fieldsText(session);
  if (user !== undefined) text += `,"user":${user}`;
  if (data !== undefined) text += `,"data":${data}`;
  return `${text}}`;
}

/** The JSON text of `toSummaryV1(session)`. */
export function toSummaryText(session: SessionView): string {
  return `${fieldsText(session)}}`;
}

function fieldsText(session: SessionView): string {
  const { userName, deviceId, address, client } = session;
  let text = `{"id":${quote(session.id)},"user_id":${quote(session.userId)},"kind":"${session.kind}","active":${session.active},"open_time":"${toTime(session.openTime)}","request_time":"${toTime(session.requestTime)}","revision":${session.revision}`;
  if (userName !== undefined) text += `,"user_name":${quote(userName)}`;
  if (deviceId !== undefined) text += `,"device_id":${quote(deviceId)}`;
  if (address !== undefined) text += `,"address":${quote(address)}`;
  if (client !== undefined) text += `,"client":${quote(client)}`;
  return text + endText(session);
}

function endText(session: SessionView): string {
  const { absoluteExpireTime, active, closeReason, closeTime } = session;
  const expireTime = active ? expireTimeOf(session) : undefined;
  let text = '';
  if (closeTime !== undefined) text += `,"close_time":"${toTime(closeTime)}"`;
  if (closeReason !== undefined) text += `,"close_reason":"${closeReason}"`;
  if (expireTime !== undefined) text += `,"expire_time":"${toTime(expireTime)}"`;
  if (absoluteExpireTime !== undefined) {
    text += `,"absolute_expire_time":"${toTime(absoluteExpireTime)}"`;
  }
  return text;
}

/** Text that JSON writes as it is: no quotes, backslashes, controls, surrogates. */
const plain = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

function quote(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** A session as it stands in a list. */
export function toSummaryV1(session: SessionView): SessionV1 {
  return toV1(session, {});
}

/** Filled field by field: conditional spreads took a third longer. */
function toV1(session: SessionView, documents: Pick<SessionV1, 'user' | 'data'>): SessionV1 {
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

function addEnd(v1: Mutable<SessionV1>, session: SessionView): void {
  const { absoluteExpireTime, active, closeReason, closeTime } = session;
  const expireTime = active ? expireTimeOf(session) : undefined;
  if (closeTime !== undefined) v1.close_time = toTime(closeTime);
  if (closeReason !== undefined) v1.close_reason = closeReason;
  if (expireTime !== undefined) v1.expire_time = toTime(expireTime);
  if (absoluteExpireTime !== undefined) v1.absolute_expire_time = toTime(absoluteExpireTime);
}

/** Seconds as they are written: the times of most answers are of few of them. */
const secondTexts = new Map<number, string>();
const secondTextLimit = 20_000;
/** The end of a time, by its milliseconds. */
const milliTexts = Array.from({ length: 1_000 }, (_, ms) => `.${String(ms).padStart(3, '0')}Z`);

/** Milliseconds since 1970 as ISO 8601 in UTC; several times as fast as `toISOString`. */
export function toTime(ms: number): string {
  const second = Math.floor(ms / 1_000);
  return (secondTexts.get(second) ?? addSecondText(second)) + milliTexts[ms - second * 1_000];
}

function addSecondText(second: number): string {
  if (secondTexts.size >= secondTextLimit) secondTexts.clear();
  const text = new Date(second * 1_000).toISOString().slice(0, -'.000Z'.length);
  secondTexts.set(second, text);
  return text;
}
