import { callCommand } from '../support/rpc.js';

/** A session as far as it was acknowledged. */
interface Life {
  readonly id: string;
  readonly data: number;
  readonly active: boolean;
  readonly requestTime: string;
}

interface Body {
  readonly id: string;
  readonly active: boolean;
  readonly request_time: string;
  readonly server_time: string;
  readonly data?: { readonly step: number };
}

/** How often a call is repeated whose replica is gone. */
const attemptLimit = 100;

/** Clients that open, touch, change and close sessions through whichever replica. */
export class SessionLives {
  readonly #anyUrl: () => string;
  readonly #lives: Life[] = [];
  #isStopped = false;
  /** Calls that had to be repeated because no answer came, or a 503. */
  repeated = 0;

  constructor(anyUrl: () => string) {
    this.#anyUrl = anyUrl;
  }

  /** Sessions that were opened. */
  get count(): number {
    return this.#lives.length;
  }

  /** Opens `count` sessions, each with its beats and most with their end, `width` at a time. */
  async live(count: number, width: number): Promise<void> {
    let next = 0;
    const clients = Array.from({ length: width }, async () => {
      while (next < count && !this.#isStopped) {
        next += 1;
        await this.#liveOne(next);
      }
    });
    await Promise.all(clients);
  }

  /** Begins nothing more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** What is not as it was acknowledged. */
  async differences(width: number): Promise<readonly string[]> {
    const differences: string[] = [];
    const rest = this.#lives.values();
    const readers = Array.from({ length: width }, async () => {
      for (const life of rest) {
        const found = await this.#call('get_session_by_id', { session_id: life.id });
        if (!isSame(life, found)) {
          differences.push(`${JSON.stringify(life)}: ${JSON.stringify(found)}`);
        }
      }
    });
    await Promise.all(readers);
    return differences;
  }

  async #liveOne(step: number): Promise<void> {
    const userId = `user-${step % 500}`;
    const opened = await this.#call('open_session', {
      user_id: userId,
      request_id: `open-${step}`,
    });
    if (opened === null) throw new Error('an open has an answer');
    const { id: sessionId } = opened;
    // Nothing is above busy, so nobody asks what the user's other sessions say: the server of the
    // tests looks through all sessions for that, since it has no indexes but unique ones.
    const said = { epoch: 1, seq: step, status: 'busy' };
    const beat = await this.#call('touch_session', { session_id: sessionId, ...said });
    const requestTime = beat?.server_time ?? '';
    const stored = await this.#call('store_session_data', {
      session_id: sessionId,
      data: { step },
    });
    const isEnding = step % 4 !== 0;
    const closed = isEnding ? await this.#call('close_session', { session_id: sessionId }) : stored;
    this.#lives.push({
      id: sessionId,
      data: step,
      active: closed?.active ?? true,
      requestTime: closed?.request_time ?? requestTime,
    });
  }

  /** Repeats until an answer comes: each of these calls may be, with what identifies it. */
  async #call(command: Parameters<typeof callCommand>[1], params: object): Promise<Body | null> {
    for (let attempt = 0; attempt < attemptLimit; attempt += 1) {
      const answer = await callCommand(this.#anyUrl(), command, params).catch(() => undefined);
      if (answer !== undefined && answer.status < 300) return answer.body as Body | null;
      if (answer !== undefined && answer.status !== 503) {
        throw new Error(`${command}: ${JSON.stringify(answer.body)}`);
      }
      this.repeated += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${command}: no answer after ${attemptLimit} attempts`);
  }
}

/** An ended session has lost its data, as it must. */
function isSame(life: Life, found: Body | null): boolean {
  if (found === null || found.active !== life.active) return false;
  if (found.request_time !== life.requestTime) return false;
  return life.active ? found.data?.step === life.data : found.data === undefined;
}
