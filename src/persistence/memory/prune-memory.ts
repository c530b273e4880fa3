import type { BatchResult, PruneInput } from '../../logic/session-persistence.js';
import type { MemoryContent } from './memory-content.js';
import type { StoredSession } from './stored-session.js';

/** Removes at most `limit` ended sessions, rows of the ledger and request ids each. */
export function pruneMemory(content: MemoryContent, input: PruneInput): BatchResult {
  const { stretchesBefore, now, limit } = input;
  const counts = [
    pruneSessions(content, input),
    content.ledger.prune(stretchesBefore, limit),
    content.requests.prune(now, limit),
  ];
  return {
    count: counts.reduce((sum, count) => sum + count, 0),
    more: counts.includes(limit),
  };
}

function pruneSessions({ sessions }: MemoryContent, { endedBefore, limit }: PruneInput): number {
  const gone: StoredSession[] = [];
  for (const stored of sessions.endedPresence) {
    if (gone.length === limit) break;
    gone.push(stored);
  }
  for (const stored of gone) sessions.remove(stored);
  let count = gone.length;
  for (let next = sessions.oldestEnded; next !== undefined; next = sessions.oldestEnded) {
    if (count === limit || (next.closeTime ?? 0) >= endedBefore) break;
    sessions.remove(next);
    count += 1;
  }
  return count;
}
