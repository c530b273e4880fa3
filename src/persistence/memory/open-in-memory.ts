import { asOf, closeSession } from '../../domain/close.js';
import { applyLimit, openRecord } from '../../domain/open.js';
import type { SessionRecord } from '../../domain/session.js';
import { toSummaryV1 } from '../../domain/wire.js';
import { sessionLimit } from '../../errors/makers.js';
import { SessionError } from '../../errors/session-error.js';
import type { OpenSessionInput } from '../../logic/session-persistence.js';
import { copyText } from '../packed-texts.js';
import type { MemoryContent } from './memory-content.js';
import { requestBytes } from './sizes.js';
import { recordAsOf, StoredSession } from './stored-session.js';

/**
 * Opens a session, and answers its record; `null` when the request came before and its session is gone.
 * @throws REQUEST_ID_REUSED, SESSION_LIMIT, STORAGE_FULL, and nothing has changed.
 */
export function openInMemory(
  content: MemoryContent,
  input: OpenSessionInput,
): SessionRecord | null {
  const { session, now, request } = input;
  const former = request && content.requests.find(session.userId, request, now);
  if (former !== undefined) return recordAsOf(content.sessions.get(former), now);
  // One text is looked for and kept: its hash is made once.
  const id = copyText(session.id);
  if (content.sessions.get(id) !== undefined) {
    throw new SessionError('INTERNAL', { cause: new Error('The session id is taken.') });
  }
  const ending = endingForLimit(content, input);
  // Packed before anything is written: a text may be too long.
  const record = openRecord(session, now);
  const opened = new StoredSession(record);
  const freed = ending.reduce((sum, { bytes }) => sum + bytes, 0);
  const remembered = request === undefined ? 0 : requestBytes(session.userId, request);
  const need = { count: 1 - ending.length, bytes: opened.bytes + remembered - freed };
  content.assertRoom(need, now);
  for (const stored of ending) content.write(stored, closeSession(stored.toRecord(), 'limit', now));
  content.sessions.add(id, opened);
  if (request !== undefined) content.requests.add(session.userId, request, id);
  content.trim();
  return asOf(record, now);
}

function endingForLimit(content: MemoryContent, input: OpenSessionInput): readonly StoredSession[] {
  const { limit, now, session } = input;
  if (limit === undefined) return [];
  const mine = [...content.sessions.ofUser(session.userId, now, true)];
  const opening = { kind: session.kind, now };
  const decision = applyLimit(limit, opening, mine);
  if (!decision.allowed) throw sessionLimit(limit.max, decision.live.map(toSummaryV1));
  return decision.end;
}
