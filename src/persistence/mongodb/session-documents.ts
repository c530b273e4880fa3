import { crc32 } from 'node:zlib';
import type { CloseReason, SessionKind } from '../../data/version1/words.js';
import type { Context } from '../../domain/context.js';
import { expireTimeOf, expiryReason } from '../../domain/expiry.js';
import type { Mutable } from '../../domain/mutable.js';
import type { Presence } from '../../domain/presence.js';
import type { SessionRecord, SessionSummary } from '../../domain/session.js';
import { storeDamaged } from '../../errors/makers.js';
import { dueMinuteOf } from './schema.js';

/**
 * A session as the database has it. Times are milliseconds since 1970. What callers write freely
 * (`user`, `data`, contexts) is JSON text: none of it is ever a name of a field.
 */
export interface SessionDocument {
  readonly _id: string;
  /** Of the record inside the service: every change is one more, and has the last in its condition. */
  readonly v: number;
  /** Whether an end is written; absent while it is neither in lists nor live: opening, removing. */
  readonly active?: boolean;
  /** Set while it waits for its place under the user's limit. */
  readonly opening_at?: number;
  /** Set while its last stretches are on their way to the ledger; then it goes. */
  readonly removing_at?: number;
  readonly user_id: string;
  readonly user_name?: string;
  readonly device_id?: string;
  readonly kind: SessionKind;
  readonly address?: string;
  readonly client?: string;
  readonly open_time: number;
  readonly request_time: number;
  readonly close_time?: number;
  readonly close_reason?: CloseReason;
  readonly idle_timeout?: number;
  readonly absolute_expire_time?: number;
  /** The deadline, {@link never} without one; absent once an end is written. */
  readonly expire_time?: number;
  /** The reason that this deadline will give. */
  readonly expire_reason?: CloseReason;
  /** The minute of the deadline, which the sweep's index has. */
  readonly due_minute?: number;
  readonly revision: number;
  readonly user?: string;
  readonly data?: string;
  readonly documents_crc?: number;
  readonly contexts?: string;
  readonly contexts_crc?: number;
  /** The user, while the session says something of his presence. */
  readonly present_user?: string;
  readonly busy_until?: number;
  readonly available_until?: number;
  readonly gone_after?: number;
  /** `_id` of the request that opened it. */
  readonly request_key?: string;
  /** Closed stretches on their way to the ledger, each as JSON text. */
  readonly pending?: readonly string[];
  /** Since when there are some. */
  readonly pending_at?: number;
}

/** A session with what the store knows of it beside the record. */
export interface StoredSession {
  readonly version: number;
  readonly state: 'opening' | 'kept' | 'removing';
  /** Its documents only if they were asked for. */
  readonly session: SessionRecord;
  readonly openingAt?: number;
  readonly requestKey?: string;
  /** Stretches not known to be in the ledger, as JSON text. */
  readonly pending: readonly string[];
}

/** The deadline of what has none: later than any time. */
const never = Number.MAX_SAFE_INTEGER;

/** Fields of a document that a list does not need. */
export const notInSummary = {
  user: 0,
  data: 0,
  documents_crc: 0,
  contexts: 0,
  contexts_crc: 0,
  pending: 0,
} as const;

/** Fields that a change without documents does not need. */
export const documentFields = { user: 0, data: 0 } as const;

/** A number that no other record of the same id has begun with. */
export function firstVersion(): number {
  return Math.floor(Math.random() * 2 ** 48);
}

/** The document of a session that is new. */
export function toDocument(
  session: SessionRecord,
  extra: Pick<SessionDocument, 'v' | 'request_key' | 'opening_at'>,
): SessionDocument {
  const { opening_at: openingAt } = extra;
  return {
    _id: session.id,
    ...extra,
    ...(openingAt === undefined ? { active: session.active } : {}),
    user_id: session.userId,
    kind: session.kind,
    open_time: session.openTime,
    ...given('user_name', session.userName),
    ...given('device_id', session.deviceId),
    ...given('address', session.address),
    ...given('client', session.client),
    ...given('idle_timeout', session.idleTimeoutMs),
    ...given('absolute_expire_time', session.absoluteExpireTime),
    ...given('close_time', session.closeTime),
    ...given('close_reason', session.closeReason),
    ...movedFields(session),
    ...documentFieldsOf(session),
  };
}

/** What every change of a live session may move. */
export function movedFields(session: SessionRecord) {
  if (!session.active) return { request_time: session.requestTime, revision: session.revision };
  const expireTime = expireTimeOf(session);
  return {
    request_time: session.requestTime,
    revision: session.revision,
    expire_time: expireTime ?? never,
    ...(expireTime === undefined
      ? {}
      : { expire_reason: expiryReason(session), due_minute: dueMinuteOf(expireTime) }),
  };
}

/** The contexts of a session, and its checksum. */
export function contextFieldsOf(session: SessionRecord) {
  const contexts = JSON.stringify(session.contexts);
  return { contexts, contexts_crc: crc32(contexts) };
}

/** `user` and `data` of a session, and their checksum. */
export function documentFieldsOf(session: SessionRecord) {
  const { user, data } = session;
  if (user === undefined && data === undefined) return {};
  return {
    ...given('user', user),
    ...given('data', data),
    documents_crc: documentsChecksum(user, data),
  };
}

/** What a session says of its user, to be set; `undefined` = nothing, the fields go. */
export function presenceFieldsOf(userId: string, presence: Presence) {
  if (presence.goneAfter === 0) return undefined;
  return {
    present_user: userId,
    busy_until: presence.busyUntil,
    available_until: presence.availableUntil,
    gone_after: presence.goneAfter,
  };
}

/** A session from its document. @throws STORE_DAMAGED when a text is not what was written. */
export function toStored(document: SessionDocument, withDocuments: boolean): StoredSession {
  const { user, data, documents_crc: checksum } = document;
  if (withDocuments && checksum !== undefined && documentsChecksum(user, data) !== checksum) {
    throw damaged(document, 'documents');
  }
  const session: SessionRecord = {
    ...toSummary(document),
    ...(withDocuments ? { ...given('user', user), ...given('data', data) } : {}),
    contexts: toContexts(document),
  };
  return {
    version: document.v,
    state: stateOf(document),
    session,
    pending: document.pending ?? [],
    ...given('openingAt', document.opening_at),
    ...given('requestKey', document.request_key),
  };
}

/** A row of a list from its document. */
export function toSummary(document: SessionDocument): SessionSummary {
  const { user_id: userId, open_time: openTime } = document;
  if (typeof userId !== 'string' || typeof openTime !== 'number') throw damaged(document, 'fields');
  return summaryIn(document);
}

/** What is enough of a damaged session to remove it. */
export function toRemnant(document: SessionDocument): StoredSession {
  return {
    version: document.v,
    state: stateOf(document),
    session: { ...summaryIn(document), contexts: [] },
    pending: document.pending ?? [],
    ...given('requestKey', document.request_key),
  };
}

function summaryIn(document: SessionDocument): SessionSummary {
  const { user_id: userId, kind, open_time: openTime, request_time: requestTime } = document;
  const summary: Mutable<SessionSummary> = {
    id: document._id,
    userId,
    kind,
    active: document.active ?? true,
    openTime,
    requestTime,
    revision: document.revision,
  };
  if (document.user_name !== undefined) summary.userName = document.user_name;
  if (document.device_id !== undefined) summary.deviceId = document.device_id;
  if (document.address !== undefined) summary.address = document.address;
  if (document.client !== undefined) summary.client = document.client;
  if (document.idle_timeout !== undefined) summary.idleTimeoutMs = document.idle_timeout;
  if (document.absolute_expire_time !== undefined) {
    summary.absoluteExpireTime = document.absolute_expire_time;
  }
  if (document.close_time !== undefined) summary.closeTime = document.close_time;
  if (document.close_reason !== undefined) summary.closeReason = document.close_reason;
  return summary;
}

/** An object with this one property, or none for `undefined`. */
export function given<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [Name in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, Value>);
}

function stateOf(document: SessionDocument): StoredSession['state'] {
  if (document.removing_at !== undefined) return 'removing';
  return document.opening_at === undefined ? 'kept' : 'opening';
}

function toContexts(document: SessionDocument): readonly Context[] {
  const { contexts, contexts_crc: checksum } = document;
  if (contexts === undefined && checksum === undefined) return [];
  if (typeof contexts !== 'string' || crc32(contexts) !== checksum) {
    throw damaged(document, 'contexts');
  }
  return JSON.parse(contexts) as readonly Context[];
}

function documentsChecksum(user: string | undefined, data: string | undefined): number {
  return crc32(JSON.stringify([user ?? null, data ?? null]));
}

function damaged({ _id }: SessionDocument, what: string) {
  return storeDamaged(new Error(`The ${what} of a session are damaged (${_id.slice(0, 6)}…)`));
}
