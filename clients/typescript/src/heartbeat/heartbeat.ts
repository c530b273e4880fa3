import { SessionError } from '../errors/session-error.js';
import type { BeatResultV1, BeatV1 } from '../generated/commands.js';
import { createRandomId } from '../random-id.js';
import {
  type BeatFacts,
  type HeartbeatEnd,
  type HeartbeatOptions,
  type HeartbeatState,
  platformTimers,
} from './heartbeat-options.js';
import { Pace } from './pace.js';
import { findPage, isVisible, type PageLike, watchPage } from './page.js';

const defaultIntervalMs = 10_000;

/** Says that a session is alive, at the pace that the service asks for. Never throws. */
export interface Heartbeat {
  /** Where it is. */
  readonly state: HeartbeatState;
  /** The context that it beats for. */
  readonly contextId: string;
  /** Begins to beat, at once. Starts a new epoch. Nothing when it beats already or is over. */
  start(): void;
  /** Says something else from now on; the next beat comes at once. */
  update(facts: BeatFacts): void;
  /** Tells the service that this context leaves, and ends. Resolves when that is told or failed. */
  stop(): Promise<void>;
}

/** A heartbeat for a session, not started yet. */
export function createHeartbeat(options: HeartbeatOptions): Heartbeat {
  const heart = new Heart(options);
  return {
    get state() {
      return heart.state;
    },
    contextId: heart.contextId,
    start: () => heart.start(),
    update: (facts) => heart.update(facts),
    stop: async () => await heart.stop(),
  };
}

class Heart {
  readonly contextId: string;
  readonly #options: HeartbeatOptions;
  readonly #page: PageLike | undefined;
  readonly #pace: Pace;
  #facts: BeatFacts;
  #state: HeartbeatState = { phase: 'idle', epoch: 0, seq: 0 };
  #timer: unknown;
  /** Whether a beat is on its way, and whether another is wanted after it. */
  #flight: 'none' | 'running' | 'repeat' = 'none';
  #unwatch: () => void = () => undefined;
  #leaving: Promise<void> = Promise.resolve();

  constructor(options: HeartbeatOptions) {
    const { contextId, facts = {}, intervalMs = defaultIntervalMs, page, random } = options;
    this.contextId = contextId ?? createRandomId();
    this.#options = options;
    this.#page = page === undefined ? findPage() : (page ?? undefined);
    this.#pace = new Pace(intervalMs, random ?? Math.random);
    this.#facts = facts;
  }

  get state(): HeartbeatState {
    return this.#state;
  }

  start(): void {
    if (this.#state.phase !== 'idle' && this.#state.phase !== 'stopped') return;
    if (this.#page !== undefined) {
      this.#unwatch = watchPage(this.#page, {
        visibilityChanged: () => this.#beatNow(),
        hidden: () => this.#hide(),
        restored: () => this.#restore(),
      });
    }
    this.#begin();
  }

  update(facts: BeatFacts): void {
    this.#facts = { ...this.#facts, ...facts };
    this.#beatNow();
  }

  async stop(): Promise<void> {
    const { phase } = this.#state;
    if (phase === 'beating') this.#leave('stopped');
    if (phase === 'hidden') this.#set({ phase: 'stopped' });
    this.#unwatch();
    await this.#leaving;
  }

  /** A new epoch, above every one before, though the clock may have been set back. */
  #begin(epoch = (this.#options.now ?? Date.now)()): void {
    this.#set({ phase: 'beating', epoch: Math.max(epoch, this.#state.epoch + 1), seq: 0 });
    this.#beatNow();
  }

  #hide(): void {
    if (this.#state.phase === 'beating') this.#leave('hidden');
  }

  #restore(): void {
    if (this.#state.phase === 'hidden') this.#begin();
  }

  /** The last beat of an epoch. It does not wait for one that is on its way: the page may be gone. */
  #leave(phase: 'hidden' | 'stopped'): void {
    this.#clearTimer();
    const beat = this.#nextBeat({ ended: true });
    this.#set({ phase });
    this.#leaving = this.#send(beat, true).then(
      () => undefined,
      (caught: unknown) => {
        const error = SessionError.from(caught);
        // Who leaves need not hear that all is over.
        if (error.code !== 'SESSION_ENDED') this.#reportFailure(error);
      },
    );
  }

  /** Beats now, or right after the beat that is on its way. */
  #beatNow(): void {
    if (this.#state.phase !== 'beating') return;
    this.#clearTimer();
    if (this.#flight !== 'none') {
      this.#flight = 'repeat';
      return;
    }
    this.#flight = 'running';
    // `#beat` handles its own failures.
    void this.#beat();
  }

  async #beat(): Promise<void> {
    const { epoch } = this.#state;
    try {
      const result = await this.#send(this.#nextBeat({}), false);
      // What is said to an epoch that is over concerns nobody.
      if (this.#isCurrent(epoch)) this.#take(result);
    } catch (caught) {
      if (this.#isCurrent(epoch)) this.#fail(SessionError.from(caught));
    }
    const isWanted = this.#flight === 'repeat';
    this.#flight = 'none';
    if (this.#state.phase !== 'beating') return;
    if (isWanted) this.#beatNow();
    else this.#schedule(this.#pace.nextMs());
  }

  #isCurrent(epoch: number): boolean {
    return this.#state.phase === 'beating' && this.#state.epoch === epoch;
  }

  #take(result: BeatResultV1 | null): void {
    if (result === null) {
      this.#end({ why: 'absent' });
      return;
    }
    const { error: _error, ...state } = this.#state;
    this.#state = { ...state, result };
    this.#pace.answered(result.next_beat);
    this.#tell(() => this.#options.onBeat?.(result));
    // Something else beats for this context, or did with a clock that was ahead: go above it.
    if (result.duplicate && result.epoch > state.epoch) this.#rise(result.epoch + 1);
  }

  #rise(epoch: number): void {
    this.#set({ epoch, seq: 0 });
    this.#pace.failed();
  }

  #fail(error: SessionError): void {
    if (error.code === 'SESSION_ENDED') {
      const closeReason = error.details?.['close_reason'];
      this.#end({ why: 'ended', ...(typeof closeReason === 'string' ? { closeReason } : {}) });
      return;
    }
    this.#pace.failed();
    this.#reportFailure(error);
  }

  #reportFailure(error: SessionError): void {
    this.#set({ error });
    this.#tell(() => this.#options.onError?.(error));
  }

  #end(end: HeartbeatEnd): void {
    this.#clearTimer();
    this.#unwatch();
    this.#set({ phase: 'over' });
    this.#tell(() => this.#options.onEnd?.(end));
  }

  #nextBeat(extra: Partial<BeatV1>): BeatV1 {
    this.#set({ seq: this.#state.seq + 1 });
    const { epoch, seq } = this.#state;
    const ids = { session_id: this.#options.sessionId, context_id: this.contextId };
    const visible = isVisible(this.#page);
    // Nobody does anything in a page that nobody sees.
    const active = this.#facts.active ?? visible;
    return { ...this.#facts, active, ...ids, epoch, seq, visible, ...extra };
  }

  async #send(beat: BeatV1, isLast: boolean): Promise<BeatResultV1 | null> {
    const { callOptions, client } = this.#options;
    const keepalive = isLast && this.#page !== undefined;
    return await client.touchSession(beat, { ...callOptions, ...(keepalive ? { keepalive } : {}) });
  }

  #schedule(ms: number): void {
    this.#timer = (this.#options.timers ?? platformTimers).set(() => this.#beatNow(), ms);
  }

  #clearTimer(): void {
    if (this.#timer === undefined) return;
    (this.#options.timers ?? platformTimers).clear(this.#timer);
    this.#timer = undefined;
  }

  #set(change: Partial<HeartbeatState>): void {
    this.#state = { ...this.#state, ...change };
  }

  /** What a listener throws, or the promise it makes, is its own matter. */
  #tell(listener: () => unknown): void {
    try {
      Promise.resolve(listener()).catch(() => undefined);
    } catch {
      // Dropped: a heartbeat never throws into the caller.
    }
  }
}
