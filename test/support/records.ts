import type { BeatOutcome } from '../../src/domain/beat.js';
import type { Context, OpenStretch } from '../../src/domain/context.js';
import type { SessionRecord } from '../../src/domain/session.js';
import { t0 } from './sessions.js';

/** A live record as `openRecord` makes it, with what is given. */
export function recordOf(fields: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: 'session',
    userId: 'ann',
    kind: 'web',
    active: true,
    openTime: t0,
    requestTime: t0,
    revision: 0,
    contexts: [],
    ...fields,
  };
}

/** A context that beat once at `t0`, with what is given. */
export function contextOf(fields: Partial<Context> = {}): Context {
  return {
    contextId: 'tab',
    epoch: 0,
    seq: 0,
    visible: true,
    lastBeat: t0,
    lastActive: t0,
    stretches: [],
    ...fields,
  };
}

/** A stretch that a visible beat opened at `t0` and that promised the next in 10 s. */
export function stretchOf(fields: Partial<OpenStretch> = {}): OpenStretch {
  return {
    activity: '',
    epoch: 0,
    seq: 0,
    visible: true,
    from: t0,
    to: t0,
    lastBeat: t0,
    promiseMs: 10_000,
    ...fields,
  };
}

/** The session after a beat. */
export function after(session: SessionRecord, outcome: BeatOutcome): SessionRecord {
  return { ...session, requestTime: outcome.requestTime, contexts: outcome.contexts };
}
