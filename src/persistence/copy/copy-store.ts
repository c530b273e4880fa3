import type { Stretch } from '../../domain/context.js';
import type { Presence } from '../../domain/presence.js';
import type { SessionRecord } from '../../domain/session.js';

/** A session as every store keeps it. */
export interface CopiedSession {
  readonly session: SessionRecord;
  /** What it says of its user; how long that holds was decided at its last beat. */
  readonly presence: Presence;
}

/** The request id of an `open_session`, as a digest. */
export interface CopiedRequest {
  /** First 16 bytes of a SHA-256, as hex. */
  readonly key: string;
  readonly fingerprint: string;
  readonly sessionId: string;
  readonly expireTime: number;
}

/** What a store holds, by part. */
export interface CopiedRecords {
  readonly sessions: CopiedSession;
  readonly stretches: Stretch;
  readonly requests: CopiedRequest;
}

/** One of the parts of a store, which are copied one after the other. */
export type CopyPart = keyof CopiedRecords;

/** The parts in the order in which they are copied. */
export const copyParts = ['sessions', 'stretches', 'requests'] as const satisfies CopyPart[];

/** Some records of a part, in the store's own order. */
export interface CopyPage<Part extends CopyPart> {
  readonly records: readonly CopiedRecords[Part][];
  /** What could not be read, each in words. */
  readonly damaged: readonly string[];
  /** Where the next page begins; absent = this was the last one. */
  readonly next?: string;
}

/** How far a copy is: behind `after` in a part, at its begin without, or behind all parts. */
export interface CopyPlace {
  readonly part: CopyPart | 'end';
  readonly after?: string;
}

/** A store that nobody serves, as far as a copy reads it. */
export interface CopySource {
  /** Which store it is, the same at each run; without secrets. */
  readonly name: string;
  /** About how many records a part has, for the progress. */
  count(part: CopyPart): Promise<number>;
  /** A page behind a place that an earlier page named, the first one without. */
  read<Part extends CopyPart>(
    part: Part,
    after: string | undefined,
    limit: number,
  ): Promise<CopyPage<Part>>;
  /**
   * Asked when all is read, of a store that processes can serve meanwhile all the same.
   * @throws INVALID_CONFIG when one did.
   */
  assertUnchanged?(): Promise<void>;
  /** Gives back what it holds; idempotent. */
  close(): Promise<void>;
}

/** A store that is made by a copy, and that nobody can serve before it is finished. */
export interface CopyTarget extends CopySource {
  /**
   * Begins a copy of a source, or goes on with an unfinished one and answers how far it is.
   * @throws INVALID_CONFIG when it holds something else, or is being served.
   */
  begin(source: string): Promise<CopyPlace | undefined>;
  /** Writes records, those that are there already stay, and notes how far the copy is then. */
  write<Part extends CopyPart>(
    part: Part,
    records: readonly CopiedRecords[Part][],
    place: CopyPlace,
  ): Promise<void>;
  /**
   * Makes it a store that can be served, in one step: from then on no run goes on with it.
   * @throws INVALID_CONFIG when another run has taken over, or a process serves it.
   */
  finish(): Promise<void>;
  /** Removes an unfinished copy, if there is one. @throws INVALID_CONFIG when it is served. */
  discard(): Promise<void>;
}

/** How a record is compared: as text, the same for equal records of any store. */
const texts: { readonly [Part in CopyPart]: (record: CopiedRecords[Part]) => readonly unknown[] } =
  {
    sessions: ({ session, presence }) => [
      ...[session.id, session.userId, session.userName, session.deviceId, session.kind],
      ...[session.address, session.client, session.active, session.openTime, session.requestTime],
      ...[session.closeTime, session.closeReason, session.idleTimeoutMs],
      ...[session.absoluteExpireTime, session.revision, session.user, session.data],
      session.contexts,
      ...[presence.busyUntil, presence.availableUntil, presence.goneAfter],
    ],
    stretches: (stretch) => [
      ...[stretch.sessionId, stretch.contextId, stretch.epoch, stretch.seq, stretch.activity],
      ...[stretch.userId, stretch.kind, stretch.deviceId, stretch.path, stretch.visible],
      ...[stretch.from, stretch.to, stretch.promiseMs],
    ],
    requests: ({ key, fingerprint, sessionId, expireTime }) => [
      ...[key, fingerprint, sessionId, expireTime],
    ],
  };

/** A record as text, the same for equal records of any store. */
export function copyTextOf<Part extends CopyPart>(part: Part, record: CopiedRecords[Part]): string {
  return JSON.stringify(texts[part](record));
}
