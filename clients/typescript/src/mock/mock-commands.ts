import type { JsonValue } from '../../../../src/data/version1/json.js';
import type { DocumentChange } from '../../../../src/domain/change.js';
import { encodeDocument } from '../../../../src/domain/document.js';
import { expireTimeOf } from '../../../../src/domain/expiry.js';
import { compareInList } from '../../../../src/domain/filter.js';
import type { NewSession } from '../../../../src/domain/open.js';
import { parseFilter, parseList } from '../../../../src/domain/parse-list.js';
import type { SessionRecord } from '../../../../src/domain/session.js';
import { toSessionV1, toSummaryV1, toTime } from '../../../../src/domain/wire.js';
import type { BeatResultV1, SessionPageV1, SessionV1 } from '../generated/commands.js';
import type { CommandName, CommandParams, CommandResult } from '../transport.js';
import { encodeCursor, parseCursor } from './mock-cursor.js';
import { createMockId } from './mock-ids.js';
import { MockStore, type MockTouched } from './mock-store.js';
import { withoutUndefined } from './without-undefined.js';

/** What the commands work with. */
export interface MockService {
  readonly store: MockStore;
  readonly now: () => number;
  readonly idleTimeoutMs: number;
  readonly webIdleTimeoutMs: number;
  readonly absoluteTimeoutMs: number | undefined;
  readonly maxSessionsPerUser: number | undefined;
  readonly limitPolicy: 'reject' | 'end_oldest';
}

/** What each command does with parameters that were checked. */
export type MockCommands = {
  readonly [Name in CommandName]: (
    service: MockService,
    params: CommandParams<Name>,
  ) => CommandResult<Name>;
};

/** Most rows of a page, as the service has it. */
const maxPageSize = 100;

/** Kinds that count to the limit of a user. */
const limitKinds = ['rpc', 'web', 'token'] as const;

/** The commands of the service over the store of the mock. */
export const mockCommands: MockCommands = {
  open_session: openSession,
  get_sessions: getSessions,
  get_session_by_id: ({ now, store }, { session_id: id }) => answer(store.find(id, now())),
  store_session_data: (service, { data, session_id: id, revision }) =>
    change(
      service,
      id,
      withRevision({ type: 'data', data: encodeDocument('data', data) }, revision),
    ),
  patch_session_data(service, { patch, session_id: id, revision }) {
    encodeDocument('patch', patch);
    return change(service, id, withRevision({ type: 'patch', patch }, revision));
  },
  update_session_user: (service, { session_id: id, revision, user }) =>
    change(
      service,
      id,
      withRevision({ type: 'user', user: encodeDocument('user', user) }, revision),
    ),
  touch_session: touchSession,
  close_session: ({ now, store }, { session_id: id, reason = 'logout' }) =>
    answer(store.close(id, reason, now())),
  close_user_sessions({ now, store }, params) {
    const { except_session_id: exceptId, reason = 'logout', user_id: userId } = params;
    const closed = store.closeUser({ exceptId, userId }, reason, now());
    return { closed, more: MockStore.isFull(closed) };
  },
  close_expired_sessions({ now, store }) {
    const closed = store.closeExpired(now());
    return { closed, more: MockStore.isFull(closed) };
  },
  count_sessions: ({ now, store }, { filter }) => ({
    count: store.list(parseFilter(filter), now()).length,
  }),
  delete_session_by_id: ({ now, store }, { session_id: id }) => answer(store.delete(id, now())),
  delete_user_sessions({ store }, { user_id: userId }) {
    const deleted = store.deleteUser(userId);
    return { deleted, more: MockStore.isFull(deleted) };
  },
};

function openSession(
  service: MockService,
  params: CommandParams<'open_session'>,
): SessionV1 | null {
  const { limitPolicy: policy, maxSessionsPerUser: max, now, store } = service;
  const { request_id: requestId, ...others } = params;
  const request =
    requestId === undefined ? undefined : { requestId, fingerprint: canonicalJson(others) };
  const limit = max === undefined ? undefined : { kinds: limitKinds, max, policy };
  return answer(store.open(toNewSession(service, params), { limit, now: now(), request }));
}

function toNewSession(service: MockService, params: CommandParams<'open_session'>): NewSession {
  const { address, client, data, device_id: deviceId, kind = 'rpc', user } = params;
  const usual = kind === 'web' ? service.webIdleTimeoutMs : service.idleTimeoutMs;
  return withoutUndefined({
    id: createMockId(),
    userId: params.user_id,
    userName: params.user_name,
    deviceId,
    kind,
    address,
    client,
    user: user === undefined ? undefined : encodeDocument('user', user),
    data: data === undefined ? undefined : encodeDocument('data', data),
    idleTimeoutMs: params.idle_timeout ?? usual,
    absoluteTimeoutMs: params.absolute_timeout ?? service.absoluteTimeoutMs,
  });
}

/** JSON text that is the same for equal values, whatever the order of their keys. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: JsonValue) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}

function getSessions(
  { now, store }: MockService,
  params: CommandParams<'get_sessions'>,
): SessionPageV1 {
  const { filter, paging } = parseList(params, { maxPageSize, parseCursor });
  const { after, skip, take, total } = paging;
  const all = store.list(filter, now());
  const rest = all.filter((row) => after === undefined || compareInList(row, after) > 0);
  const rows = rest.slice(skip, skip + take);
  const last = skip + take < rest.length ? rows.at(-1) : undefined;
  return {
    total: total ? all.length : null,
    data: rows.map(toSummaryV1),
    ...(last === undefined ? {} : { next_cursor: encodeCursor(last, filter) }),
  };
}

function touchSession(
  { now: clock, store }: MockService,
  params: CommandParams<'touch_session'>,
): BeatResultV1 | null {
  const now = clock();
  const { context_id: contextId, next_beat: nextBeat, session_id: id, ...said } = params;
  const nextBeatMs = nextBeat === undefined ? undefined : Math.round(nextBeat * 1_000);
  const touched = store.touch(id, withoutUndefined({ ...said, contextId, nextBeatMs }), now);
  return touched === null ? null : toBeatResult(touched, now);
}

function toBeatResult({ outcome, session, status }: MockTouched, now: number): BeatResultV1 {
  const { absoluteExpireTime } = session;
  const expireTime = expireTimeOf(session);
  return withoutUndefined({
    server_time: toTime(now),
    active: session.active,
    expire_time: expireTime === undefined ? undefined : toTime(expireTime),
    absolute_expire_time: absoluteExpireTime === undefined ? undefined : toTime(absoluteExpireTime),
    status,
    next_beat: outcome.nextBeatMs / 1_000,
    duplicate: outcome.duplicate,
    epoch: outcome.epoch,
    seq: outcome.seq,
  });
}

function withRevision(change: DocumentChange, revision: number | undefined): DocumentChange {
  return revision === undefined ? change : { ...change, revision };
}

function change({ now, store }: MockService, id: string, to: DocumentChange): SessionV1 | null {
  return answer(store.change(id, to, now()));
}

function answer(session: SessionRecord | null): SessionV1 | null {
  return session === null ? null : toSessionV1(session);
}
