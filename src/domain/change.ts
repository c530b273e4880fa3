import type { JsonValue } from '../data/version1/json.js';
import { revisionConflict, sessionEnded } from '../errors/makers.js';
import { decodeDocument, encodeDocument } from './document.js';
import { expireTimeOf, expiryReason, isLive } from './expiry.js';
import { mergePatch } from './merge-patch.js';
import type { SessionRecord, SessionView } from './session.js';

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
export function assertLive(session: SessionView, now: number): void {
  if (isLive(session, now)) return;
  const { active, openTime, requestTime, closeReason = 'logout', closeTime } = session;
  if (!active) throw sessionEnded(closeReason, closeTime ?? requestTime);
  const deadline = expireTimeOf(session) ?? requestTime;
  throw sessionEnded(expiryReason(session), Math.max(deadline, openTime));
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
