import type { PresenceStatus, SessionKind } from '../data/version1/words.js';

/** One tab, process, socket or agent under a session. Times in milliseconds since 1970. */
export interface Context {
  readonly contextId: string;
  readonly epoch: number;
  readonly seq: number;
  /** What it said of its user; absent until it says something. */
  readonly status?: PresenceStatus;
  readonly visible: boolean;
  readonly path?: readonly string[];
  readonly lastBeat: number;
  /** The last beat that said the person was active. */
  readonly lastActive: number;
  /** When it ended or went; from then on it only keeps its `epoch` and `seq`. */
  readonly goneTime?: number;
  /** At most one per activity. */
  readonly stretches: readonly OpenStretch[];
}

/** Time that still runs in a context, for one activity. */
export interface OpenStretch {
  /** Name of the event, `""` for the session itself. */
  readonly activity: string;
  /** The beat that opened it. */
  readonly epoch: number;
  readonly seq: number;
  readonly visible: boolean;
  readonly path?: readonly string[];
  readonly from: number;
  /** Until when it has been earned. */
  readonly to: number;
  /** The last beat of this activity. */
  readonly lastBeat: number;
  /** What that beat promised: the next one within this time. */
  readonly promiseMs: number;
}

/** A closed stretch of time, as it stands in the ledger; never changed once written. */
export interface Stretch {
  readonly sessionId: string;
  readonly contextId: string;
  /** The beat that opened it; with session, context, activity and `from` its key. */
  readonly epoch: number;
  readonly seq: number;
  readonly activity: string;
  readonly userId: string;
  readonly kind: SessionKind;
  readonly deviceId?: string;
  readonly path?: readonly string[];
  readonly visible: boolean;
  readonly from: number;
  readonly to: number;
  /** What its last beat promised, for what a report adds at the end. */
  readonly promiseMs: number;
}
