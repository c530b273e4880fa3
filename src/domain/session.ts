import type { CloseReason, SessionKind } from '../data/version1/words.js';
import type { Context, Stretch } from './context.js';

/**
 * A session as the service knows it. All times are milliseconds since 1970.
 * A plain value: rules answer a new one and never change the one they were given.
 */
export interface SessionRecord {
  /** 43 characters of base64url, 32 random bytes; a workstation brings its own UUID. */
  readonly id: string;
  readonly userId: string;
  readonly userName?: string;
  readonly deviceId?: string;
  readonly kind: SessionKind;
  readonly address?: string;
  readonly client?: string;
  /** Whether an end has been written; see `asOf` for whether it has come. */
  readonly active: boolean;
  readonly openTime: number;
  /** The last change or beat. */
  readonly requestTime: number;
  readonly closeTime?: number;
  readonly closeReason?: CloseReason;
  /** How long it may be silent; absent = for ever. */
  readonly idleTimeoutMs?: number;
  /** When it ends whatever happens; absent = never. */
  readonly absoluteExpireTime?: number;
  /** Number of changes of `user` and `data`. */
  readonly revision: number;
  /** What the caller knows of the user, as JSON text. */
  readonly user?: string;
  /** What the session holds, as JSON text. */
  readonly data?: string;
  /** Its tabs, processes and sockets, ended ones for a while too. */
  readonly contexts: readonly Context[];
}

/** A session without what is never in a list. */
export type SessionSummary = Omit<SessionRecord, 'user' | 'data' | 'contexts'>;

/** What rules read of a session: what is absent from it may also be there as `undefined`. */
export type SessionView = {
  readonly [Field in keyof SessionSummary]: Partial<Pick<SessionSummary, Field>> extends Pick<
    SessionSummary,
    Field
  >
    ? SessionSummary[Field] | undefined
    : SessionSummary[Field];
};

/** A changed session, and the stretches of time that the change closed, for the ledger. */
export interface SessionChange {
  readonly session: SessionRecord;
  readonly stretches: readonly Stretch[];
}
