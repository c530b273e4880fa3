import type { CommandName } from '../../src/data/version1/commands.js';
import type { SessionV1 } from '../../src/data/version1/session-v1.js';
import { callCommand } from '../support/rpc.js';

/** What a session must be, as far as the service acknowledged it. */
interface Acknowledged {
  readonly active: boolean;
  readonly revision: number;
  readonly data: unknown;
  readonly closeReason?: string | undefined;
  readonly expireTime?: string | undefined;
}

/** One session of one writer; at most one write is under way. */
interface Tracked {
  acknowledged: Acknowledged | null;
  /** A write that was sent and not answered: it may or may not be there, what was before it is. */
  unanswered?: Write | undefined;
}

type Write = 'open' | 'touch' | 'store' | 'close' | 'delete';

/** Writers that remember what was acknowledged, over restarts of the service. */
export class AcknowledgedWrites {
  readonly #sessions = new Map<string, Tracked>();
  #counter = 0;
  /** Writes that were acknowledged. */
  count = 0;

  /** Requests that got no answer, or not the one they should. */
  failures = 0;

  /** Writes until the service does not answer any more, or with a 5xx, or until `signal` says so. */
  async write(url: string, writers: number, signal?: AbortSignal): Promise<void> {
    const all = Array.from({ length: writers }, async () => await this.#writeAlone(url, signal));
    await Promise.all(all);
  }

  /**
   * Compares every session with what was acknowledged, and answers the differences.
   * A write that was not answered may have happened: then what is there now is remembered.
   */
  async compare(url: string): Promise<readonly string[]> {
    const differences: string[] = [];
    for (const [id, tracked] of this.#sessions) {
      const { body } = await callCommand(url, 'get_session_by_id', { session_id: id });
      const found = body === null ? null : toAcknowledged(body as SessionV1);
      if (!canBe(found, tracked)) {
        const { acknowledged, unanswered = 'nothing' } = tracked;
        differences.push(
          `${id}: acknowledged ${JSON.stringify(acknowledged)}, ${unanswered} was under way, ` +
            `found ${JSON.stringify(found)}`,
        );
      }
      tracked.acknowledged = found;
      tracked.unanswered = undefined;
    }
    return differences;
  }

  async #writeAlone(url: string, signal: AbortSignal | undefined): Promise<void> {
    const mine: string[] = [];
    while (signal?.aborted !== true) {
      this.#counter += 1;
      const kind = this.#choose(mine.length);
      const target = kind === 'open' ? undefined : mine[this.#counter % mine.length];
      if (!(await this.#attempt(url, kind, target, mine))) return;
    }
  }

  #choose(sessions: number): Write {
    if (sessions < 2) return 'open';
    const writes: readonly Write[] = [
      'touch',
      'store',
      'open',
      'touch',
      'store',
      'close',
      'delete',
    ];
    return writes[Math.floor(Math.random() * writes.length)] ?? 'open';
  }

  async #attempt(
    url: string,
    kind: Write,
    target: string | undefined,
    mine: string[],
  ): Promise<boolean> {
    const tracked = target === undefined ? undefined : this.#sessions.get(target);
    if (tracked !== undefined) tracked.unanswered = kind;
    try {
      if (tracked === undefined || target === undefined) await this.#open(url, mine);
      else await this.#change({ url, kind, target, tracked });
      this.count += 1;
      return true;
    } catch {
      this.failures += 1;
      return false;
    }
  }

  async #open(url: string, mine: string[]): Promise<void> {
    const params = { user_id: `user-${this.#counter % 50}`, data: { step: this.#counter } };
    const { status, body } = await callCommand(url, 'open_session', params);
    if (status !== 200) throw new Error(String(status));
    const session = body as SessionV1;
    this.#sessions.set(session.id, { acknowledged: toAcknowledged(session) });
    mine.push(session.id);
  }

  async #change(change: {
    url: string;
    kind: Write;
    target: string;
    tracked: Tracked;
  }): Promise<void> {
    const { url, kind, target, tracked } = change;
    const params = { session_id: target };
    const before = tracked.acknowledged;
    const call = async (command: CommandName, sent: object) => {
      const answer = await callCommand(url, command, sent);
      if (answer.status >= 500) throw new Error(String(answer.status));
      return answer;
    };
    if (kind === 'touch') {
      const { status, body } = await call('touch_session', params);
      if (status === 200 && before !== null) {
        const { expire_time: expireTime } = body as { expire_time: string };
        tracked.acknowledged = { ...before, expireTime };
      }
    } else if (kind === 'store') {
      const data = { step: this.#counter };
      const { status, body } = await call('store_session_data', { ...params, data });
      if (status === 200) tracked.acknowledged = toAcknowledged(body as SessionV1);
    } else if (kind === 'close') {
      const { status, body } = await call('close_session', params);
      if (status === 200) tracked.acknowledged = toAcknowledged(body as SessionV1);
    } else {
      await call('delete_session_by_id', params);
      tracked.acknowledged = null;
    }
    tracked.unanswered = undefined;
  }
}

function toAcknowledged(session: SessionV1): Acknowledged {
  return {
    active: session.active,
    revision: session.revision,
    data: session.data,
    closeReason: session.close_reason,
    expireTime: session.expire_time,
  };
}

/** Whether nothing acknowledged is lost, and nothing that ended is back. */
function canBe(found: Acknowledged | null, { acknowledged, unanswered }: Tracked): boolean {
  if (unanswered === undefined || acknowledged === null) return same(found, acknowledged);
  if (found === null) return unanswered === 'delete';
  const isBack = found.active && !acknowledged.active;
  return !isBack && found.revision >= acknowledged.revision;
}

function same(one: Acknowledged | null, other: Acknowledged | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
