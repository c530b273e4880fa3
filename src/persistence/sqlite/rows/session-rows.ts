import { crc32 } from 'node:zlib';
import type { CloseReason, SessionKind } from '../../../data/version1/words.js';
import type { Context } from '../../../domain/context.js';
import { expireTimeOf } from '../../../domain/expiry.js';
import type { Mutable } from '../../../domain/mutable.js';
import { absent, type Presence } from '../../../domain/presence.js';
import type { SessionRecord, SessionSummary } from '../../../domain/session.js';
import { storeDamaged } from '../../../errors/makers.js';
import type { SqlRow, SqlValue } from '../connection/connection.js';

/** Width of a step of the deadline index (see {@link filedMinuteOf}). */
export const dueStepMs = 60_000;

/** Columns of `sessions`, the checksum last. */
export const sessionColumns = [
  ...['n', 'id', 'user_id', 'user_name', 'device_id', 'kind', 'address', 'client', 'active'],
  ...['open_time', 'idle_timeout', 'absolute_expire_time', 'close_time', 'close_reason'],
  ...['request_time', 'revision', 'checksum'],
] as const;

/** Columns of `live` but for the contexts, the checksum last. */
export const liveColumns = [
  ...['n', 'request_time', 'expire_time', 'due_minute', 'revision', 'presence_user'],
  ...['busy_until', 'available_until', 'gone_after', 'documents_checksum', 'contexts_checksum'],
  'checksum',
] as const;

/** What a query of summaries selects: `sessions s` and `live l`. */
export const summaryColumns: readonly string[] = [
  ...sessionColumns.map((column) => `s.${column}`),
  ...liveColumns.map((column) => `l.${column}`),
];

const liveAt = sessionColumns.length;

/** Where the contexts stand, which a query selects after {@link summaryColumns}. */
export const afterSummary = liveAt + liveColumns.length;

/** What a summary has of `live`. */
export type Activity = Pick<SessionSummary, 'requestTime' | 'revision'>;

/** What `live` knows of a session next to its record. */
interface StoredLive {
  /** The values of {@link liveColumns}. */
  readonly row: SqlRow;
  readonly dueMinute: number | null;
  readonly presence: Presence;
  readonly documentsChecksum: number | null;
  readonly contextsChecksum: number | null;
}

/** A session as it stands in a row; `live` is there while no end is written. */
export interface StoredSummary {
  readonly n: number;
  readonly session: SessionSummary;
  readonly live?: StoredLive;
}

/** A session with its contexts, and with its documents if they were asked for. */
export interface StoredSession extends StoredSummary {
  readonly session: SessionRecord;
}

/**
 * CRC-32 over some values of a row, from one column up to another. NaN, which equals nothing, when
 * one is a BLOB: a flipped bit makes one of a text without changing its bytes.
 */
export function checksumOf(values: readonly SqlValue[], from = 0, to = values.length): number {
  const covered = from === 0 && to === values.length ? values : values.slice(from, to);
  for (const value of covered) {
    if (value !== null && typeof value === 'object') return Number.NaN;
  }
  return crc32(covered.join('\u001f'));
}

/** A row of {@link summaryColumns}. @throws STORE_DAMAGED when it is not what was written. */
export function toStoredSummary(row: SqlRow): StoredSummary {
  const n = numberOf(row);
  if (!isLive(row)) return { n, session: toSummary(row) };
  const live = row.slice(liveAt, afterSummary);
  return { n, session: toSummary(row, activityIn(live, n)), live: toStoredLive(live) };
}

/** Whether no end is written in a row that begins with {@link sessionColumns}. */
export function isLive(row: SqlRow): boolean {
  return row[8] === 1;
}

/** Number of the row. */
export function numberOf(row: SqlRow): number {
  return Number(row[0]);
}

/** The activity in a row of {@link liveColumns}, that of session `n`. @throws STORE_DAMAGED. */
export function activityIn(row: SqlRow, n: number): Activity {
  if (row[0] !== n) throw lostRow(n);
  assertChecksum(row, n);
  return { requestTime: row[1] as number, revision: row[4] as number };
}

function assertChecksum(row: SqlRow, n: number, length = row.length): void {
  if (checksumOf(row, 0, length - 1) === row[length - 1]) return;
  throw storeDamaged(new Error(`The checksum of session ${n} does not match`));
}

function lostRow(n: number): Error {
  return storeDamaged(new Error(`Session ${n} has lost its row`));
}

/**
 * The session of a row that begins with {@link sessionColumns}; a live one is not without its activity.
 * Pages are made of these, so that it is written without a copy for each optional field.
 * @throws STORE_DAMAGED.
 */
export function toSummary(row: SqlRow, activity?: Activity): SessionSummary {
  assertChecksum(row, numberOf(row), liveAt);
  const active = isLive(row);
  if (active && activity === undefined) throw lostRow(numberOf(row));
  const [, id, userId, userName, deviceId, kind, address, client, , openTime] = row;
  const [idleTimeoutMs, absoluteExpireTime, closeTime, closeReason] = row.slice(10, 14);
  const summary: Mutable<SessionSummary> = {
    id: id as string,
    userId: userId as string,
    kind: kind as SessionKind,
    active,
    openTime: openTime as number,
    requestTime: activity?.requestTime ?? (row[14] as number),
    revision: activity?.revision ?? (row[15] as number),
  };
  if (userName !== null) summary.userName = userName as string;
  if (deviceId !== null) summary.deviceId = deviceId as string;
  if (address !== null) summary.address = address as string;
  if (client !== null) summary.client = client as string;
  if (idleTimeoutMs !== null) summary.idleTimeoutMs = idleTimeoutMs as number;
  if (absoluteExpireTime !== null) summary.absoluteExpireTime = absoluteExpireTime as number;
  if (closeTime !== null) summary.closeTime = closeTime as number;
  if (closeReason !== null) summary.closeReason = closeReason as CloseReason;
  return summary;
}

/** An object with this one property, or none for NULL. */
export function optional<Key extends string, Value>(
  key: Key,
  value: Value | null | undefined,
): { readonly [Name in Key]?: Value } {
  return value === null || value === undefined ? {} : ({ [key]: value } as Record<Key, Value>);
}

/** Of a row of {@link liveColumns}. */
export function toStoredLive(row: SqlRow): StoredLive {
  return {
    row,
    dueMinute: row[3] as number | null,
    presence: presenceIn(row),
    documentsChecksum: row[9] as number | null,
    contextsChecksum: row[10] as number | null,
  };
}

/** The presence in a row of {@link liveColumns}; `undefined` when the row is damaged. */
export function toPresence(row: SqlRow): Presence | undefined {
  return checksumOf(row, 0, row.length - 1) === row.at(-1) ? presenceIn(row) : undefined;
}

function presenceIn(row: SqlRow): Presence {
  return {
    busyUntil: row[6] as number,
    availableUntil: row[7] as number,
    goneAfter: row[8] as number,
  };
}

/** The contexts of a live session. @throws STORE_DAMAGED when they are not what was written. */
export function toContexts(stored: StoredSummary, text: SqlValue | undefined): readonly Context[] {
  const expected = stored.live?.contextsChecksum ?? null;
  if (expected === null) return [];
  if (typeof text !== 'string' || crc32(text) !== expected) {
    throw storeDamaged(new Error(`The contexts of session ${stored.n} are damaged`));
  }
  return JSON.parse(text) as readonly Context[];
}

/** `user` and `data` of a session as they stand in `documents`. */
export type Documents = Pick<SessionRecord, 'user' | 'data'>;

/** The documents of a live session. @throws STORE_DAMAGED when they are not what was written. */
export function toDocuments(
  stored: StoredSummary,
  user: string | null,
  data: string | null,
): Documents {
  const expected = stored.live?.documentsChecksum ?? null;
  if (expected === null) return {};
  const documents: Documents = {
    ...optional('user', user),
    ...optional('data', data),
  };
  if (documentsChecksum(stored.n, documents) !== expected) {
    throw storeDamaged(new Error(`The documents of session ${stored.n} are damaged`));
  }
  return documents;
}

/** Checksum of the documents of a session; NULL when it has none. */
export function documentsChecksum(n: number, { user, data }: Documents): number | null {
  if (user === undefined && data === undefined) return null;
  return checksumOf([n, user ?? null, data ?? null]);
}

/** The row of `sessions`; deadline, activity and revision of a live one stand in `live`. */
export function toSessionRow(n: number, session: SessionSummary): readonly SqlValue[] {
  const { active } = session;
  return withChecksum([
    n,
    session.id,
    session.userId,
    session.userName ?? null,
    session.deviceId ?? null,
    session.kind,
    session.address ?? null,
    session.client ?? null,
    active ? 1 : 0,
    session.openTime,
    session.idleTimeoutMs ?? null,
    session.absoluteExpireTime ?? null,
    session.closeTime ?? null,
    session.closeReason ?? null,
    active ? null : session.requestTime,
    active ? null : session.revision,
  ]);
}

/** What a row of `live` is made from. */
export interface LiveState {
  readonly session: SessionRecord;
  /** What its contexts add up to. */
  readonly presence: Presence;
  readonly documentsChecksum: number | null;
  /** Where the deadline index has it. @default the minute of its deadline */
  readonly dueMinute?: number | null;
}

/** The row of `live`, the contexts last. */
export function toLiveRow(n: number, state: LiveState): readonly SqlValue[] {
  const { session, presence } = state;
  const contexts = session.contexts.length === 0 ? null : JSON.stringify(session.contexts);
  const expireTime = expireTimeOf(session) ?? null;
  const { dueMinute = expireTime === null ? null : dueMinuteOf(expireTime) } = state;
  const row = [
    n,
    session.requestTime,
    expireTime,
    dueMinute,
    session.revision,
    presence.goneAfter > absent.goneAfter ? session.userId : null,
    presence.busyUntil,
    presence.availableUntil,
    presence.goneAfter,
    state.documentsChecksum,
    contexts === null ? null : crc32(contexts),
  ];
  row.push(checksumOf(row), contexts);
  return row;
}

/**
 * Where the deadline index has a session after a sign of life: where it was, while that is in the
 * second half of the time that is left, so that few beats move an entry. It may be before the minute
 * of the deadline, never behind it; the sweep files anew what it finds there too early.
 */
export function filedMinuteOf(former: number | null, session: SessionSummary): number | null {
  const expireTime = expireTimeOf(session);
  if (expireTime === undefined) return null;
  const minute = dueMinuteOf(expireTime);
  const halfway = dueMinuteOf((session.requestTime + expireTime) / 2);
  return former !== null && former >= halfway && former <= minute ? former : minute;
}

/** The step of the deadline index that a time is in. */
export function dueMinuteOf(time: number): number {
  return Math.floor(time / dueStepMs);
}

/** A row with its checksum at the end. */
export function withChecksum(values: readonly SqlValue[]): readonly SqlValue[] {
  return [...values, checksumOf(values)];
}
