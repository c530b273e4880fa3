import type { JsonValue } from '../data/version1/json.js';
import { revisionConflict, sessionEnded } from '../errors/makers.js';
import { asOf } from './close.js';
import { decodeDocument, encodeDocument } from './document.js';
import { mergePatch } from './merge-patch.js';
import type { SessionRecord } from './session.js';

/** A change of what a session holds: new documents are JSON text, a patch a value. */
export type DocumentChange =
  | { readonly type: 'data'; readonly data: string; readonly revision?: number }
  | { readonly type: 'user'; readonly user: string; readonly revision?: number }
  | { readonly type: 'patch'; readonly patch: JsonValue; readonly revision?: number };

/**
 * Changes `data` or `user`: one revision more, and a sign of life.
 * @throws SESSION_ENDED, REVISION_CONFLICT, BODY_TOO_LARGE (the result of a patch).
 */
export function changeDocument(
  session: SessionRecord,
  change: DocumentChange,
  now: number,
): SessionRecord {
  assertLive(session, now);
  if (change.revision !== undefined && change.revision !== session.revision) {
    throw revisionConflict(session.revision);
  }
  return {
    ...session,
    ...changedDocument(session, change),
    revision: session.revision + 1,
    requestTime: Math.max(now, session.requestTime),
  };
}

/** @throws SESSION_ENDED unless the session lives at `now`. */
export function assertLive(session: SessionRecord, now: number): void {
  const current = asOf(session, now);
  if (!current.active) {
    throw sessionEnded(current.closeReason ?? 'logout', current.closeTime ?? current.requestTime);
  }
}

function changedDocument(
  session: SessionRecord,
  change: DocumentChange,
): Pick<SessionRecord, 'data' | 'user'> {
  switch (change.type) {
    case 'data':
      return { data: change.data };
    case 'user':
      return { user: change.user };
    case 'patch': {
      const target = session.data === undefined ? null : decodeDocument(session.data);
      return { data: encodeDocument('data', mergePatch(target, change.patch)) };
    }
  }
}
