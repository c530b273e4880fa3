import type { SessionError } from '../errors/session-error.js';
import type { BeatResultV1, BeatV1 } from '../generated/commands.js';
import type { SessionsClient } from '../sessions-client.js';
import type { CallOptions } from '../transport.js';
import type { PageLike } from './page.js';

/**
 * What the caller says in each beat until told otherwise. `active` is false by itself while the page
 * is not seen; `next_beat` asks the service for another pace than its own.
 */
export type BeatFacts = Pick<BeatV1, 'status' | 'active' | 'path' | 'activity' | 'next_beat'>;

/** Why a heartbeat stopped by itself: the session is over, or there is none. */
export interface HeartbeatEnd {
  /** `ended` after SESSION_ENDED, `absent` when the service knows no such session. */
  readonly why: 'ended' | 'absent';
  /** The service's `close_reason`, where the session has one. */
  readonly closeReason?: string;
}

/** Where a heartbeat is. */
export interface HeartbeatState {
  /** `idle` before `start()`, `hidden` while its page is gone, `over` when the session is. */
  readonly phase: 'idle' | 'beating' | 'hidden' | 'stopped' | 'over';
  /** The run of this context: larger at each start. */
  readonly epoch: number;
  /** The last beat that was sent in it; 0 = none. */
  readonly seq: number;
  /** The last answer. */
  readonly result?: BeatResultV1;
  /** The last failure; gone after the next answer. */
  readonly error?: SessionError;
}

/** Timers, for tests. */
export interface HeartbeatTimers {
  /** Calls a function once after a time. Answers what `clear` takes. */
  set(action: () => void, ms: number): unknown;
  /** Forgets a timer. */
  clear(timer: unknown): void;
}

/** What {@link createHeartbeat} is made with. */
export interface HeartbeatOptions {
  /** Sends the beats; stays open when the heartbeat stops. */
  readonly client: Pick<SessionsClient, 'touchSession'>;
  /** The session that is alive. */
  readonly sessionId: string;
  /**
   * Which tab, process or socket this is: 1 to 64 of `[A-Za-z0-9_-]`.
   * @default a new one for each heartbeat
   */
  readonly contextId?: string | undefined;
  /** What is said in each beat; `update()` changes it. @default {} */
  readonly facts?: BeatFacts | undefined;
  /** For each call: deadline, correlation id, trace. @default {} */
  readonly callOptions?:
    | Pick<CallOptions, 'correlationId' | 'timeoutMs' | 'traceparent'>
    | undefined;
  /**
   * Pause between beats until the service has said its own, in ms.
   * @default 10,000
   */
  readonly intervalMs?: number | undefined;
  /** Told of each answer. What it throws is dropped, as for the other two. */
  readonly onBeat?: ((result: BeatResultV1) => void) | undefined;
  /** Told of each beat that failed; the heartbeat goes on. */
  readonly onError?: ((error: SessionError) => void) | undefined;
  /** Told once that the session is over, and with it the heartbeat. */
  readonly onEnd?: ((end: HeartbeatEnd) => void) | undefined;
  /** The page to watch; `null` = none. @default the page this runs in, if it does */
  readonly page?: PageLike | null | undefined;
  /** @default the platform's, which do not keep a process alive */
  readonly timers?: HeartbeatTimers | undefined;
  /** Milliseconds since 1970, for the epoch. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** A number from 0 to 1, for the pauses. @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** The platform's timers; in Node they do not keep the process alive. */
export const platformTimers: HeartbeatTimers = {
  set(action, ms) {
    const timer: unknown = setTimeout(action, ms);
    (timer as { unref?: () => void }).unref?.();
    return timer;
  },
  clear(timer) {
    clearTimeout(timer as ReturnType<typeof setTimeout>);
  },
};
