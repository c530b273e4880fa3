import type { CloseReason, SessionKind } from '../../data/version1/words.js';
import { asOf } from '../../domain/close.js';
import type { Context } from '../../domain/context.js';
import { expireTimeOf, expiryReason } from '../../domain/expiry.js';
import type { Mutable } from '../../domain/mutable.js';
import type { SessionRecord, SessionSummary, SessionView } from '../../domain/session.js';
import { comparePackedIds, join, packTexts, textAt } from '../packed-texts.js';
import { recordBytes } from './sizes.js';

/** What most sessions have; never changed. */
const noContexts: readonly Context[] = [];

/**
 * A session in the memory store, packed: what a collector of garbage has to look at, and a list to
 * find, is this object and two texts (and what few have: contexts, an end, a lifetime). It reads as
 * a session, so that rules and orders take it as it is; what leaves the store is a record made of it.
 */
export class StoredSession implements SessionView {
  // What a list reads comes first, up to `closeReason`: three lines of the processor's cache at most.
  active: boolean;
  readonly kind: SessionKind;
  revision: number;
  readonly #texts: string;
  // A number above 2^31 is an object of its own to V8, beside this one; halves of it are not.
  readonly #openHigh: number;
  readonly #openLow: number;
  #requestHigh: number;
  #requestLow: number;
  readonly idleTimeoutMs: number | undefined;
  readonly absoluteExpireTime: number | undefined;
  closeTime: number | undefined;
  closeReason: CloseReason | undefined;
  /** Whether it is indexed with the live sessions, or with those that are over. */
  live = true;
  contexts: readonly Context[];
  /** What it is counted with, see {@link recordBytes}. */
  bytes: number;
  /** `user`, then `data`. */
  #documents: string | undefined;
  /** Where `data` begins; -1 without `user`. */
  #userLength: number;
  #filedHigh: number;
  #filedLow: number;

  /** Packs the record of a live session. @throws RangeError, see {@link packTexts}. */
  constructor(record: SessionRecord) {
    this.kind = record.kind;
    this.idleTimeoutMs = record.idleTimeoutMs;
    this.absoluteExpireTime = record.absoluteExpireTime;
    this.active = record.active;
    this.closeTime = record.closeTime;
    this.closeReason = record.closeReason;
    this.revision = record.revision;
    this.contexts = record.contexts.length === 0 ? noContexts : record.contexts;
    this.bytes = recordBytes(record);
    this.#texts = packTexts(record);
    this.#documents = joinDocuments(record);
    this.#userLength = record.user?.length ?? -1;
    this.#openHigh = highOf(record.openTime);
    this.#openLow = lowOf(record.openTime);
    this.#requestHigh = highOf(record.requestTime);
    this.#requestLow = lowOf(record.requestTime);
    const deadline = deadlineOf(record);
    this.#filedHigh = highOf(deadline);
    this.#filedLow = lowOf(deadline);
  }

  get id(): string {
    return textAt(this.#texts, 'id') ?? '';
  }

  /** Codes from the middle and the end of the texts: to read them is to fetch all of most texts. */
  get someCodes(): number {
    const { length } = this.#texts;
    return this.#texts.charCodeAt(length >> 1) + this.#texts.charCodeAt(length - 1);
  }

  get userId(): string {
    return textAt(this.#texts, 'userId') ?? '';
  }

  get userName(): string | undefined {
    return textAt(this.#texts, 'userName');
  }

  get deviceId(): string | undefined {
    return textAt(this.#texts, 'deviceId');
  }

  get address(): string | undefined {
    return textAt(this.#texts, 'address');
  }

  get client(): string | undefined {
    return textAt(this.#texts, 'client');
  }

  /** Order of ids, see `compareIds`. */
  compareId(other: StoredSession): number {
    return comparePackedIds(this.#texts, other.#texts);
  }

  get openTime(): number {
    return whole(this.#openHigh, this.#openLow);
  }

  get requestTime(): number {
    return whole(this.#requestHigh, this.#requestLow);
  }

  /** The deadline under which it is filed; the true one may be later, never earlier. */
  get filed(): number {
    return whole(this.#filedHigh, this.#filedLow);
  }

  set filed(deadline: number) {
    this.#filedHigh = highOf(deadline);
    this.#filedLow = lowOf(deadline);
  }

  /** Takes what a beat changed. */
  move(requestTime: number, contexts: readonly Context[]): void {
    this.#requestHigh = highOf(requestTime);
    this.#requestLow = lowOf(requestTime);
    this.contexts = contexts;
  }

  /** Takes what another record of the same session may have changed: not the fixed fields. */
  take(record: SessionRecord): void {
    this.move(record.requestTime, record.contexts.length === 0 ? noContexts : record.contexts);
    this.active = record.active;
    this.closeTime = record.closeTime;
    this.closeReason = record.closeReason;
    this.revision = record.revision;
    this.#documents = joinDocuments(record);
    this.#userLength = record.user?.length ?? -1;
  }

  /** A row of a list, which its reader may do with as he likes. */
  toSummary(): Mutable<SessionSummary> {
    const { userName, deviceId, address, client, closeTime, closeReason } = this;
    // Filled field by field, see `openRecord`.
    const summary: Mutable<SessionSummary> = {
      id: this.id,
      userId: this.userId,
      kind: this.kind,
      active: this.active,
      openTime: this.openTime,
      requestTime: this.requestTime,
      revision: this.revision,
    };
    if (userName !== undefined) summary.userName = userName;
    if (deviceId !== undefined) summary.deviceId = deviceId;
    if (address !== undefined) summary.address = address;
    if (client !== undefined) summary.client = client;
    if (closeTime !== undefined) summary.closeTime = closeTime;
    if (closeReason !== undefined) summary.closeReason = closeReason;
    if (this.idleTimeoutMs !== undefined) summary.idleTimeoutMs = this.idleTimeoutMs;
    if (this.absoluteExpireTime !== undefined) summary.absoluteExpireTime = this.absoluteExpireTime;
    return summary;
  }

  /** The whole record, which its reader may do with as he likes. */
  toRecord(): SessionRecord {
    const record = this.toSummary() as Mutable<SessionRecord>;
    const userEnd = Math.max(0, this.#userLength);
    const documents = this.#documents ?? '';
    record.contexts = this.contexts.map(copyContext);
    if (this.#userLength >= 0) record.user = documents.slice(0, userEnd);
    if (documents.length > userEnd) record.data = documents.slice(userEnd);
    return record;
  }
}

/** The record of a session at a time, which its reader may do with as he likes; `null` when there is none. */
export function recordAsOf(stored: StoredSession | undefined, now: number): SessionRecord | null {
  return stored === undefined ? null : asOf(stored.toRecord(), now);
}

/** When a session ends if nothing more is heard; infinity = never. */
export function deadlineOf(session: SessionView): number {
  return expireTimeOf(session) ?? Number.POSITIVE_INFINITY;
}

/**
 * Oldest first: the order of lists (`compareInList`) backwards, because new sessions are added at the
 * end. Under load many are of one millisecond, and each is compared with those before it.
 */
export function byAge(one: StoredSession, other: StoredSession): number {
  return one.openTime - other.openTime || other.compareId(one);
}

/** Nearest deadline first. */
export function byFiledDeadline(one: StoredSession, other: StoredSession): number {
  return one.filed - other.filed || byAge(one, other);
}

/** Ended longest ago first. */
export function byCloseTime(one: StoredSession, other: StoredSession): number {
  return (one.closeTime ?? 0) - (other.closeTime ?? 0) || byAge(one, other);
}

/** Why a session is over that is indexed so, whether its end is written or not. */
export function closeReasonOf(stored: StoredSession): string | undefined {
  return stored.closeReason ?? (stored.live ? undefined : expiryReason(stored));
}

/** A row of the ledger that its reader may do with as he likes. */
export function copyStretch<Row extends { readonly path?: readonly string[] }>(row: Row): Row {
  return row.path === undefined ? { ...row } : { ...row, path: [...row.path] };
}

function copyContext(context: Context): Context {
  return { ...copyStretch(context), stretches: context.stretches.map(copyStretch) };
}

/** No document is empty: the shortest JSON text is a digit. */
function joinDocuments({ user, data }: SessionRecord): string | undefined {
  if (user === undefined) return data;
  return data === undefined ? user : join([user, data]);
}

const half = 2 ** 30;
/** Stands for infinity: no time has it, the last of a Date has 8,046,627. */
const never = half - 1;

function highOf(time: number): number {
  return time === Number.POSITIVE_INFINITY ? never : Math.floor(time / half);
}

function lowOf(time: number): number {
  return time === Number.POSITIVE_INFINITY ? 0 : time - highOf(time) * half;
}

function whole(high: number, low: number): number {
  return high === never ? Number.POSITIVE_INFINITY : high * half + low;
}
