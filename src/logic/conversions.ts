import { createHash } from 'node:crypto';
import type { BeatResultV1 } from '../data/version1/beat-v1.js';
import type { CommandParams } from '../data/version1/commands.js';
import type { JsonValue } from '../data/version1/json.js';
import type { Beat } from '../domain/beat.js';
import { encodeDocument } from '../domain/document.js';
import { expireTimeOf } from '../domain/expiry.js';
import type { Mutable } from '../domain/mutable.js';
import type { NewSession, SessionLimit } from '../domain/open.js';
import { toTime } from '../domain/wire.js';
import type { controllerSettings } from './controller-settings.js';
import type { OpenRequest, OpenSessionInput, TouchedSession } from './session-persistence.js';
import type { SettingValues } from './settings.js';

type ControllerValues = SettingValues<typeof controllerSettings>;

/** How long a `request_id` is remembered (specs: rpc-v1, rule 7). */
const requestLifetimeMs = 24 * 3_600_000;

/** What the service adds to the parameters of `open_session`. */
export interface Opening {
  readonly settings: ControllerValues;
  readonly id: string;
  readonly now: number;
}

/** `open_session` as the store takes it. @throws INVALID_DATA, BODY_TOO_LARGE. */
export function toOpenInput(
  params: CommandParams<'open_session'>,
  opening: Opening,
): OpenSessionInput {
  const { settings, now } = opening;
  const limit = toLimit(settings);
  const request = toRequest(params, now);
  const input: Mutable<OpenSessionInput> = { session: toNewSession(params, opening), now };
  if (limit !== undefined) input.limit = limit;
  if (request !== undefined) input.request = request;
  return input;
}

/** Filled field by field, as records are (`openRecord`). */
function toNewSession(
  params: CommandParams<'open_session'>,
  { settings, id }: Opening,
): NewSession {
  const { kind = 'rpc', user_name, device_id, address, client, user, data } = params;
  const session: Mutable<NewSession> = { id, userId: params.user_id, kind };
  if (user_name !== undefined) session.userName = user_name;
  if (device_id !== undefined) session.deviceId = device_id;
  if (address !== undefined) session.address = address;
  if (client !== undefined) session.client = client;
  if (user !== undefined) session.user = encodeDocument('user', user);
  if (data !== undefined) session.data = encodeDocument('data', data);
  const usual = kind === 'web' ? settings.webIdleTimeoutMs : settings.idleTimeoutMs;
  const idleTimeoutMs = params.idle_timeout ?? usual;
  const absoluteTimeoutMs = params.absolute_timeout ?? settings.absoluteTimeoutMs;
  if (idleTimeoutMs !== undefined) session.idleTimeoutMs = idleTimeoutMs;
  if (absoluteTimeoutMs !== undefined) session.absoluteTimeoutMs = absoluteTimeoutMs;
  return session;
}

function toLimit(settings: ControllerValues): SessionLimit | undefined {
  const { maxSessionsPerUser: max, limitPolicy: policy, limitKinds: kinds } = settings;
  return max === undefined ? undefined : { max, policy, kinds };
}

function toRequest(params: CommandParams<'open_session'>, now: number): OpenRequest | undefined {
  if (params.request_id === undefined) return undefined;
  const { request_id: requestId, ...others } = params;
  const digest = createHash('sha256').update(canonicalJson(others as Record<string, JsonValue>));
  return {
    requestId,
    fingerprint: digest.digest('base64url'),
    expireTime: now + requestLifetimeMs,
  };
}

/** JSON text that is the same for equal values, whatever the order of their keys. */
function canonicalJson(value: JsonValue): string {
  return JSON.stringify(value, (_key, part: JsonValue) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)),
        )
      : part,
  );
}

/** A beat as the rules take it. */
export function toBeat(params: CommandParams<'touch_session'>): Beat {
  const { session_id: _, context_id: contextId, next_beat: nextBeat, ...said } = params;
  return {
    ...said,
    ...(contextId === undefined ? {} : { contextId }),
    ...(nextBeat === undefined ? {} : { nextBeatMs: Math.round(nextBeat * 1_000) }),
  };
}

/** The answer to a beat that came at `now`. */
export function toBeatResultV1(touched: TouchedSession, now: number): BeatResultV1 {
  const { outcome, session, status } = touched;
  const expireTime = expireTimeOf(session);
  const { absoluteExpireTime } = session;
  return {
    server_time: toTime(now),
    active: session.active,
    ...(expireTime === undefined ? {} : { expire_time: toTime(expireTime) }),
    ...(absoluteExpireTime === undefined
      ? {}
      : { absolute_expire_time: toTime(absoluteExpireTime) }),
    ...(status === undefined ? {} : { status }),
    next_beat: outcome.nextBeatMs / 1_000,
    duplicate: outcome.duplicate,
    epoch: outcome.epoch,
    seq: outcome.seq,
  };
}
