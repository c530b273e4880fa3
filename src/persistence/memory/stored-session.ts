import { closeSession } from '../../domain/close.js';
import type { Context, Stretch } from '../../domain/context.js';
import { expiryReason } from '../../domain/expiry.js';
import { compareInList } from '../../domain/filter.js';
import type { SessionRecord } from '../../domain/session.js';

/** A session in the memory store: its record, and where the indexes have it. */
export interface StoredSession {
  /** Never changed, only replaced: by one with the same fixed fields. */
  record: SessionRecord;
  /** What the record was counted with, see {@link recordBytes}. */
  bytes: number;
  /** Whether it is indexed with the live sessions, or with those that are over. */
  live: boolean;
  /** The deadline under which it is filed; the true one may be later, never earlier. */
  filed: number;
}

/** Oldest first: the order of lists, backwards, because new sessions are added at the end. */
export function byAge(one: StoredSession, other: StoredSession): number {
  return compareInList(other.record, one.record);
}

/** Nearest deadline first. */
export function byFiledDeadline(one: StoredSession, other: StoredSession): number {
  return one.filed - other.filed || byAge(one, other);
}

/** Ended longest ago first. */
export function byCloseTime(one: StoredSession, other: StoredSession): number {
  return (one.record.closeTime ?? 0) - (other.record.closeTime ?? 0) || byAge(one, other);
}

/** Why a session is over that is indexed so, whether its end is written or not. */
export function closeReasonOf({ record, live }: StoredSession): string | undefined {
  return record.closeReason ?? (live ? undefined : expiryReason(record));
}

/** The stretches that removing a record leaves to the ledger. */
export function stretchesLeft(record: SessionRecord, now: number): readonly Stretch[] {
  return closeSession(record, 'deleted', now).stretches;
}

/** A record that its reader may do with as he likes. */
export function copyRecord(record: SessionRecord): SessionRecord {
  const { contexts } = record;
  return { ...record, contexts: contexts.length === 0 ? [] : contexts.map(copyContext) };
}

/** A row of the ledger that its reader may do with as he likes. */
export function copyStretch<Row extends { readonly path?: readonly string[] }>(row: Row): Row {
  return row.path === undefined ? { ...row } : { ...row, path: [...row.path] };
}

function copyContext(context: Context): Context {
  return { ...copyStretch(context), stretches: context.stretches.map(copyStretch) };
}
