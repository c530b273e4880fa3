import { createHash } from 'node:crypto';
import type { SessionKind } from '../../data/version1/words.js';
import type { Stretch } from '../../domain/context.js';
import { given } from './session-documents.js';

/** A closed stretch in the ledger. */
export interface StretchDocument {
  /** Of what makes it this one, so that a copy that is repeated changes nothing. */
  readonly _id: string;
  readonly session_id: string;
  readonly context_id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly activity: string;
  readonly user_id: string;
  readonly kind: SessionKind;
  readonly device_id?: string;
  readonly path?: readonly string[];
  readonly visible: boolean;
  readonly from: number;
  readonly to: number;
  readonly promise: number;
}

/** The document of a stretch. */
export function toStretchDocument(stretch: Stretch): StretchDocument {
  return {
    _id: stretchKey(stretch),
    session_id: stretch.sessionId,
    context_id: stretch.contextId,
    epoch: stretch.epoch,
    seq: stretch.seq,
    activity: stretch.activity,
    user_id: stretch.userId,
    kind: stretch.kind,
    ...given('device_id', stretch.deviceId),
    ...given('path', stretch.path),
    visible: stretch.visible,
    from: stretch.from,
    to: stretch.to,
    promise: stretch.promiseMs,
  };
}

/** The stretch of a document. */
export function toStretch(document: StretchDocument): Stretch {
  return {
    sessionId: document.session_id,
    contextId: document.context_id,
    epoch: document.epoch,
    seq: document.seq,
    activity: document.activity,
    userId: document.user_id,
    kind: document.kind,
    ...given('deviceId', document.device_id),
    ...given('path', document.path),
    visible: document.visible,
    from: document.from,
    to: document.to,
    promiseMs: document.promise,
  };
}

/** Stretches as they wait in a record. */
export function toPendingText(stretch: Stretch): string {
  return JSON.stringify(stretch);
}

/** The stretch of such a text. */
export function fromPendingText(text: string): Stretch {
  return JSON.parse(text) as Stretch;
}

/** What makes a stretch this one. */
export function stretchKey(stretch: Stretch): string {
  const { sessionId, contextId, epoch, seq, activity, from } = stretch;
  const key = JSON.stringify([sessionId, contextId, epoch, seq, activity, from]);
  return createHash('sha256').update(key).digest('base64url').slice(0, 22);
}
