import type { Context, OpenStretch, Stretch } from './context.js';
import type { SessionView } from './session.js';

/** A gap longer than this many promised beats is sleep, not presence (DESIGN §1, rule 2). */
const gapCapFactor = 2.5;

/** The part of a session that its ledger rows repeat. */
export type StretchOwner = Pick<SessionView, 'id' | 'userId' | 'kind' | 'deviceId'>;

/** What a beat says about time. */
export interface TimeState {
  readonly activity: string;
  readonly epoch: number;
  readonly seq: number;
  readonly visible: boolean;
  readonly path?: readonly string[];
  readonly promiseMs: number;
}

/** Whether a stretch of this activity would still be extended by a beat at `now`. */
export function isRunning(stretch: OpenStretch, now: number): boolean {
  return now - stretch.lastBeat <= gapCapFactor * stretch.promiseMs;
}

/**
 * The stretch with the gap since its last beat earned, or not. The gap belongs to the state that
 * the context was in: visible, and within the cap. A longer one earns a workstation one promise.
 */
export function earnGap(stretch: OpenStretch, now: number, owner: StretchOwner): OpenStretch {
  if (!stretch.visible || now <= stretch.lastBeat) return stretch;
  if (isRunning(stretch, now)) return { ...stretch, to: now };
  if (owner.kind !== 'workstation') return stretch;
  return { ...stretch, to: stretch.lastBeat + stretch.promiseMs };
}

/** Whether a beat in this state goes on with a stretch that was just earned up to `now`. */
export function continues(stretch: OpenStretch, state: TimeState, now: number): boolean {
  return (
    stretch.visible === state.visible &&
    samePath(stretch.path, state.path) &&
    (stretch.to >= now || (!stretch.visible && isRunning(stretch, now)))
  );
}

/** A stretch that starts with a beat. */
export function openStretch(state: TimeState, now: number): OpenStretch {
  return { from: now, to: now, lastBeat: now, ...state };
}

/** The ledger's row of a stretch; none for an empty or hidden one, and none for presence. */
export function toLedger(
  owner: StretchOwner,
  context: Pick<Context, 'contextId'>,
  stretch: OpenStretch,
): readonly Stretch[] {
  // A single beat of a workstation is kept: its promise counts (specs: workstations, rule 1).
  const isEmpty = stretch.to <= stretch.from && owner.kind !== 'workstation';
  if (isEmpty || !stretch.visible || owner.kind === 'presence') return [];
  const { lastBeat: _lastBeat, ...kept } = stretch;
  return [
    {
      sessionId: owner.id,
      contextId: context.contextId,
      userId: owner.userId,
      kind: owner.kind,
      ...(owner.deviceId === undefined ? {} : { deviceId: owner.deviceId }),
      ...kept,
    },
  ];
}

function samePath(one: readonly string[] | undefined, other: readonly string[] | undefined) {
  return (
    one?.length === other?.length && (one ?? []).every((part, index) => part === other?.[index])
  );
}
