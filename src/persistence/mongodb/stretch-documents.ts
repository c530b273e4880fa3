import { createHash } from 'node:crypto';
import type { SessionKind } from '../../data/version1/words.js';
import type { Stretch } from '../../domain/context.js';
import { storeDamaged } from '../../errors/makers.js';
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

/** The stretch of such a text. @throws STORE_DAMAGED when it is none. */
export function fromPendingText(text: unknown): Stretch {
  const stretch = typeof text === 'string' ? parse(text) : undefined;
  if (isStretch(stretch)) return stretch;
  throw storeDamaged(new Error('A stretch that waits in a session is damaged'));
}

/** The stretches of a record. @throws STORE_DAMAGED when there is something else. */
export function fromPendingTexts(texts: unknown): readonly Stretch[] {
  if (!Array.isArray(texts)) throw storeDamaged(new Error('What waits in a session is damaged'));
  return texts.map(fromPendingText);
}

/** Those that can be read. */
export function readableStretches(texts: unknown): readonly Stretch[] {
  if (!Array.isArray(texts)) return [];
  const values = texts.map((text) => (typeof text === 'string' ? parse(text) : undefined));
  return values.filter(isStretch);
}

/** What makes a stretch this one. */
export function stretchKey(stretch: Stretch): string {
  const { sessionId, contextId, epoch, seq, activity, from } = stretch;
  const key = JSON.stringify([sessionId, contextId, epoch, seq, activity, from]);
  return createHash('sha256').update(key).digest('base64url').slice(0, 22);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** By what the ledger cannot do without. */
function isStretch(value: unknown): value is Stretch {
  if (typeof value !== 'object' || value === null) return false;
  const { sessionId, contextId, activity, userId, from, to }: Partial<Stretch> = value;
  return (
    [sessionId, contextId, activity, userId].every((text) => typeof text === 'string') &&
    [from, to].every((time) => typeof time === 'number')
  );
}
