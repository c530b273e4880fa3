import { defaultContextId, type PresenceStatus } from '../data/version1/words.js';
import { invalidData } from '../errors/makers.js';
import type { Context, OpenStretch, Stretch } from './context.js';
import type { Mutable } from './mutable.js';
import type { SessionRecord, SessionView } from './session.js';
import {
  continues,
  earnGap,
  isRunning,
  openStretch,
  type StretchOwner,
  type TimeState,
  toLedger,
} from './time.js';

/** Most contexts of a session that live at a time: the stalest goes (DESIGN §1). */
export const contextLimit = 32;
/** Most contexts that are remembered after they went. */
export const goneContextLimit = 128;
/** Most activities of a context with time running (DESIGN §1). */
export const activityLimit = 16;
/** How long a context that went is remembered, so that a late beat does not raise it. */
export const goneContextMs = 600_000;

/** A beat as the rules take it. Absent `epoch` is 0, absent `seq` one more than the last. */
export interface Beat {
  readonly contextId?: string;
  readonly epoch?: number;
  readonly seq?: number;
  readonly status?: PresenceStatus;
  readonly visible?: boolean;
  readonly active?: boolean;
  readonly path?: readonly string[];
  readonly activity?: string;
  /** What is promised for the next beat; the session's usual pace when absent. */
  readonly nextBeatMs?: number;
  readonly ended?: boolean;
}

/** The part of a session that a beat reads. */
export type BeatSubject = SessionView & Pick<SessionRecord, 'contexts'>;

/** What a beat did. Of a duplicate, nothing. */
export interface BeatOutcome {
  readonly duplicate: boolean;
  /** The stored pair of the context. */
  readonly epoch: number;
  readonly seq: number;
  /** When the next beat is expected. */
  readonly nextBeatMs: number;
  /** What the session has now. */
  readonly requestTime: number;
  readonly contexts: readonly Context[];
  /** For the ledger. */
  readonly stretches: readonly Stretch[];
}

const shortestBeatMs = 1_000;
const longestBeatMs = 3_600_000;
const usualBeatMs = 120_000;
/** An idle timeout outlives this many beats, as a gap does. */
const beatsPerIdleTimeout = 2.5;

/**
 * One beat of a live session (DESIGN §1 "Beat").
 * @throws INVALID_DATA for one activity more than {@link activityLimit}, and where no `seq` follows.
 */
export function beatSession(session: BeatSubject, beat: Beat, now: number): BeatOutcome {
  const contextId = beat.contextId ?? defaultContextId;
  const stored = session.contexts.find(
    (context) => context.contextId === contextId && isRemembered(context, now),
  );
  const nextBeatMs = paceOf(session, beat.nextBeatMs);
  const { epoch, seq } = order(beat, stored);
  if (stored !== undefined && !isAbove({ epoch, seq }, stored)) {
    return {
      duplicate: true,
      epoch: stored.epoch,
      seq: stored.seq,
      nextBeatMs,
      requestTime: session.requestTime,
      contexts: session.contexts,
      stretches: [],
    };
  }
  // A session's time never runs back, whatever the clocks of two replicas say.
  const at = Math.max(now, session.requestTime);
  const live = stored?.goneTime === undefined ? stored : undefined;
  const state = timeState(beat, { epoch, seq, nextBeatMs });
  const moved = moveContext({ session, stored: live, state, contextId }, beat, at);
  const others = session.contexts.filter((context) => context.contextId !== contextId);
  const kept = keepContexts(session, [moved.context, ...others], at);
  return {
    duplicate: false,
    epoch,
    seq,
    nextBeatMs,
    requestTime: at,
    contexts: kept.contexts,
    stretches: [...moved.stretches, ...kept.stretches],
  };
}

/** The beat with a path of its own, for who keeps what comes of it. */
export function ownBeat(beat: Beat): Beat {
  return beat.path === undefined ? beat : { ...beat, path: [...beat.path] };
}

/** The stretches still open in a session, cut at `end`, for the ledger. */
export function closeStretches(session: BeatSubject, end: number): readonly Stretch[] {
  return session.contexts.flatMap((context) => ledgerOf(session, context, end));
}

/** What a promise of a beat comes to: clamped, or the pace that the idle timeout allows. */
function paceOf(session: BeatSubject, promised: number | undefined): number {
  const idle = session.idleTimeoutMs;
  const pace =
    promised ??
    (idle === undefined
      ? usualBeatMs
      : Math.min(usualBeatMs, Math.floor(idle / beatsPerIdleTimeout / 1_000) * 1_000));
  return Math.min(Math.max(pace, shortestBeatMs), longestBeatMs);
}

type Pair = Pick<Context, 'epoch' | 'seq'>;

function order(beat: Beat, stored: Context | undefined): Pair {
  const epoch = beat.epoch ?? 0;
  if (beat.seq !== undefined) return { epoch, seq: beat.seq };
  if (stored === undefined || stored.epoch !== epoch) return { epoch, seq: 0 };
  if (stored.seq < Number.MAX_SAFE_INTEGER) return { epoch, seq: stored.seq + 1 };
  throw invalidData([
    { path: '/seq', reason: 'has no number after the last: begin another epoch' },
  ]);
}

function isAbove(pair: Pair, stored: Pair): boolean {
  return pair.epoch > stored.epoch || (pair.epoch === stored.epoch && pair.seq > stored.seq);
}

function timeState(beat: Beat, order: Pair & { nextBeatMs: number }): TimeState {
  const state: Mutable<TimeState> = {
    activity: beat.activity ?? '',
    epoch: order.epoch,
    seq: order.seq,
    visible: beat.visible ?? true,
    promiseMs: order.nextBeatMs,
  };
  if (beat.path !== undefined) state.path = beat.path;
  return state;
}

interface Moved {
  readonly context: Context;
  readonly stretches: readonly Stretch[];
}

interface MovingContext {
  readonly session: BeatSubject;
  readonly stored: Context | undefined;
  readonly state: TimeState;
  readonly contextId: string;
}

function moveContext(moving: MovingContext, beat: Beat, now: number): Moved {
  const { session, stored, state, contextId } = moving;
  const status = beat.status ?? stored?.status;
  const context: Mutable<Context> = {
    contextId,
    lastBeat: now,
    lastActive: (beat.active ?? true) ? now : (stored?.lastActive ?? now),
    stretches: [],
    epoch: state.epoch,
    seq: state.seq,
    visible: state.visible,
  };
  if (status !== undefined) context.status = status;
  if (state.path !== undefined) context.path = state.path;
  const before = stored?.stretches ?? [];
  const moved = moveStretches({ owner: session, context, state }, before, now);
  const after: Context = { ...context, stretches: moved.open };
  if (beat.ended !== true) return { context: after, stretches: moved.closed };
  const left = ledgerOf(session, after, now);
  return { context: gone(after, now), stretches: [...moved.closed, ...left] };
}

interface MovingStretches {
  readonly owner: StretchOwner;
  readonly context: Context;
  readonly state: TimeState;
}

interface MovedStretches {
  readonly open: readonly OpenStretch[];
  readonly closed: readonly Stretch[];
}

function moveStretches(
  moving: MovingStretches,
  before: readonly OpenStretch[],
  now: number,
): MovedStretches {
  const { owner, context, state } = moving;
  const mine = before.find((stretch) => stretch.activity === state.activity);
  const others = before.filter((stretch) => stretch !== mine);
  const running = others.length < activityLimit ? others : others.filter((o) => isRunning(o, now));
  if (running.length >= activityLimit) {
    const reason = `is one more than the ${activityLimit} activities of a context`;
    throw invalidData([{ path: '/activity', reason }]);
  }
  const lapsed = others
    .filter((other) => !running.includes(other))
    .flatMap((other) => toLedger(owner, context, earnGap(other, now, owner)));
  if (mine === undefined) return { open: [...running, openStretch(state, now)], closed: lapsed };
  const earned = earnGap(mine, now, owner);
  if (continues(earned, state, now)) {
    const { promiseMs } = state;
    return { open: [...running, { ...earned, lastBeat: now, promiseMs }], closed: lapsed };
  }
  return {
    open: [...running, openStretch(state, now)],
    closed: [...lapsed, ...toLedger(owner, context, earned)],
  };
}

/** Drops what is remembered no longer, and the stalest contexts above the limit. */
function keepContexts(
  session: BeatSubject,
  contexts: readonly Context[],
  now: number,
): { contexts: readonly Context[]; stretches: readonly Stretch[] } {
  const live = contexts.filter((context) => context.goneTime === undefined);
  const stale = live.toSorted((a, b) => b.lastBeat - a.lastBeat).slice(contextLimit);
  const remembered = contexts
    .map((context) => (stale.includes(context) ? gone(context, now) : context))
    .filter((context) => context.goneTime !== undefined && isRemembered(context, now))
    .toSorted((a, b) => (b.goneTime ?? 0) - (a.goneTime ?? 0))
    .slice(0, goneContextLimit);
  return {
    contexts: [...live.filter((context) => !stale.includes(context)), ...remembered],
    stretches: stale.flatMap((context) => ledgerOf(session, context, now)),
  };
}

/** Whether a context lives, or went so lately that a late beat must not raise it. */
function isRemembered({ goneTime }: Context, now: number): boolean {
  return goneTime === undefined || now - goneTime <= goneContextMs;
}

function gone(context: Context, now: number): Context {
  const { contextId, epoch, seq, lastBeat, lastActive } = context;
  return {
    contextId,
    epoch,
    seq,
    lastBeat,
    lastActive,
    visible: false,
    goneTime: now,
    stretches: [],
  };
}

function ledgerOf(session: StretchOwner, context: Context, end: number): readonly Stretch[] {
  return context.stretches.flatMap((stretch) =>
    toLedger(session, context, { ...stretch, to: Math.min(stretch.to, end) }),
  );
}
