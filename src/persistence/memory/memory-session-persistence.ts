import { getHeapStatistics } from 'node:v8';
import type { ConfigParams, IConfigurable, IOpenable } from 'pip-services3-commons-nodex';
import { beatSession, ownBeat } from '../../domain/beat.js';
import { assertLive, changeDocument, type DocumentChange } from '../../domain/change.js';
import { closeSession, summaryAsOf } from '../../domain/close.js';
import type { Stretch } from '../../domain/context.js';
import { isLive } from '../../domain/expiry.js';
import type { SessionFilter } from '../../domain/filter.js';
import { presenceOf } from '../../domain/presence.js';
import type { SessionRecord, SessionSummary } from '../../domain/session.js';
import { storeUnavailable } from '../../errors/makers.js';
import type {
  BatchResult,
  CloseInput,
  CloseUserInput,
  OpenSessionInput,
  PruneInput,
  SessionPage,
  SessionPersistence,
  SessionQuery,
  TouchedSession,
  TouchInput,
} from '../../logic/session-persistence.js';
import { defaultsOf, readSettings, type SettingValues } from '../../logic/settings.js';
import { toTouched } from '../../logic/touched-session.js';
import { MemoryContent } from './memory-content.js';
import { memorySettings } from './memory-settings.js';
import { openInMemory } from './open-in-memory.js';
import { pruneMemory } from './prune-memory.js';
import { recordAsOf, type StoredSession } from './stored-session.js';

/** The most that V8 takes unless it is told: 16 in Node 20, 64 in Node 24. */
const usualSemiSpaceMiB = 64;

/** Name of this component in messages. */
const component = 'service-sessions:persistence:memory';

/**
 * Sessions in the memory of the process, for tests and caches: a close, and the end of the
 * process, forgets them (descriptor `service-sessions:persistence:memory:*:1.0`).
 *
 * It keeps what its caps allow. Above them ended sessions go first, the oldest first, then the
 * oldest rows of the ledger; what the live sessions leave no room for is STORAGE_FULL.
 */
export class MemorySessionPersistence implements SessionPersistence, IConfigurable, IOpenable {
  #settings: SettingValues<typeof memorySettings> = defaultsOf(memorySettings);
  #opened: MemoryContent | undefined;

  /** Reads the settings of {@link memorySettings}. @throws INVALID_CONFIG. */
  configure(config: ConfigParams): void {
    this.#settings = readSettings(component, config, memorySettings);
  }

  /** For the operator: what keeps the sessions. */
  describe(): string {
    return 'memory, nothing is kept over a restart';
  }

  /** Whether the store serves. */
  isOpen(): boolean {
    return this.#opened !== undefined;
  }

  /** Starts with nothing; an open store goes on as it is. */
  async open(_correlationId: string): Promise<void> {
    const { maxSessions, maxBytes = usualMaxBytes() } = this.#settings;
    this.#opened ??= new MemoryContent({ maxSessions, maxBytes });
  }

  /** Forgets everything. */
  async close(_correlationId: string): Promise<void> {
    this.#opened = undefined;
  }

  async openSession(input: OpenSessionInput): Promise<SessionRecord | null> {
    return openInMemory(this.#content, input);
  }

  async getSession(id: string, now: number): Promise<SessionRecord | null> {
    return recordAsOf(this.#content.sessions.get(id), now);
  }

  async listSessions(query: SessionQuery): Promise<SessionPage> {
    const { filter, now, take, skip = 0, after, total } = query;
    const table = this.#content.sessions;
    const sessions: SessionSummary[] = [];
    let passed = 0;
    let more = false;
    for (const stored of table.rows(filter, now, after)) {
      passed += 1;
      if (passed <= skip) continue;
      more = sessions.length === take;
      if (more) break;
      sessions.push(summaryAsOf(stored.toSummary(), now));
    }
    return { sessions, more, ...(total === true ? { total: table.count(filter, now) } : {}) };
  }

  async countSessions(filter: SessionFilter, now: number): Promise<number> {
    return this.#content.sessions.count(filter, now);
  }

  async touchSession(input: TouchInput): Promise<TouchedSession | null> {
    const { sessionId, now, presence } = input;
    const content = this.#content;
    const stored = content.sessions.get(sessionId);
    if (stored === undefined) return null;
    assertLive(stored, now);
    const outcome = beatSession(stored, ownBeat(input.beat), now);
    if (!outcome.duplicate) {
      content.beat(stored, outcome, now);
      content.presences.set(stored, presenceOf(outcome.contexts, presence));
      content.trim();
    }
    return toTouched(outcome, stored, content.presences.statusOf(stored.userId, now));
  }

  async changeSession(
    id: string,
    change: DocumentChange,
    now: number,
  ): Promise<SessionRecord | null> {
    const content = this.#content;
    const stored = content.sessions.get(id);
    if (stored === undefined) return null;
    const session = changeDocument(stored.toRecord(), change, now);
    content.update(stored, { session, stretches: [] }, now);
    content.trim();
    return stored.toRecord();
  }

  async closeSession({ sessionId, reason, now }: CloseInput): Promise<SessionRecord | null> {
    const content = this.#content;
    const stored = content.sessions.get(sessionId);
    if (stored === undefined) return null;
    if (stored.active) content.write(stored, closeSession(stored.toRecord(), reason, now));
    content.trim();
    return stored.toRecord();
  }

  async closeUserSessions(input: CloseUserInput): Promise<BatchResult> {
    const { userId, exceptId, reason, now, limit } = input;
    const content = this.#content;
    const live: StoredSession[] = [];
    for (const stored of content.sessions.ofUser(userId, now, true)) {
      if (live.length === limit) break;
      if (stored.id !== exceptId && isLive(stored, now)) live.push(stored);
    }
    for (const stored of live) content.write(stored, closeSession(stored.toRecord(), reason, now));
    content.trim();
    return { count: live.length, more: live.length === limit };
  }

  async closeExpired(now: number, limit: number): Promise<BatchResult> {
    const content = this.#content;
    const count = content.closeDue(now, limit);
    content.trim();
    return { count, more: count === limit };
  }

  async deleteSession(id: string, now: number): Promise<SessionRecord | null> {
    const content = this.#content;
    const stored = content.sessions.get(id);
    if (stored === undefined) return null;
    content.remove(stored, now);
    content.trim();
    return recordAsOf(stored, now);
  }

  async deleteUserSessions(userId: string, limit: number, now: number): Promise<BatchResult> {
    const content = this.#content;
    const found: StoredSession[] = [];
    for (const stored of content.sessions.ofUser(userId, now, false)) {
      if (found.length === limit) break;
      found.push(stored);
    }
    for (const stored of found) content.remove(stored, now);
    content.trim();
    return { count: found.length, more: found.length === limit };
  }

  async prune(input: PruneInput): Promise<BatchResult> {
    return pruneMemory(this.#content, input);
  }

  async getStretches(sessionId: string): Promise<readonly Stretch[]> {
    return this.#content.ledger.ofSession(sessionId);
  }

  async checkReady(): Promise<void> {
    this.#content.trim();
  }

  get #content(): MemoryContent {
    if (this.#opened === undefined) throw storeUnavailable();
    return this.#opened;
  }
}

/** What leaves the collector of garbage room to work in the old generation, where sessions are. */
function usualMaxBytes(): number {
  const limit = getHeapStatistics().heap_size_limit;
  const told = toldSemiSpaceMiB();
  const most = Math.floor(((limit - 3 * (told ?? usualSemiSpaceMiB) * 1_048_576) * 2) / 3);
  // Where it is not told, the young generation may be smaller than that.
  return Math.max(1, most, told === undefined ? Math.floor(limit / 4) : 0);
}

/** Most that each of the three parts of the young generation may take, if the command line says. */
function toldSemiSpaceMiB(): number | undefined {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  const sizes = options.map((option) => /^--max[-_]semi[-_]space[-_]size=(\d+)$/.exec(option)?.[1]);
  const told = sizes.find((size) => size !== undefined);
  return told === undefined ? undefined : Number(told);
}
