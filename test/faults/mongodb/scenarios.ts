import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection } from 'mongodb';
import type { CommandName } from '../../../src/data/version1/commands.js';
import type { SessionDocument } from '../../../src/persistence/mongodb/session-documents.js';
import { callCommand, expectCommand, type RpcAnswer } from '../../support/rpc.js';

/** A command that a fault meets, and how its effect is seen. */
export interface Scenario {
  readonly name: string;
  readonly command: CommandName;
  /** Makes what the command works on, for a user of its own; `records`: the sessions as they are. */
  prepare(url: string, userId: string, records: Records): Promise<Subject>;
}

/** The records of sessions, asked of the server itself. */
export type Records = Collection<Pick<SessionDocument, '_id' | 'user_id' | 'active'>>;

/** What a command is called with, and what stands before it and after it was done once. */
export interface Subject {
  readonly params: Readonly<Record<string, unknown>>;
  /** What can be seen of the sessions. */
  observe(): Promise<unknown>;
  readonly before: unknown;
  readonly done: unknown;
  /** Whether some of it may be done, where one call changes several sessions. */
  readonly isPart?: (seen: unknown) => boolean;
}

/** How many sessions of kind `web` a user may have; the oldest ends for another. */
export const sessionsOfUser = 2;

interface Session {
  readonly id: string;
  readonly revision: number;
  readonly request_time: string;
}

async function open(url: string, userId: string, more: object = {}): Promise<Session> {
  const opened = await expectCommand<object>(url, 'open_session', { user_id: userId, ...more });
  return opened as Session;
}

async function countOf(url: string, filter: object): Promise<number> {
  const { count } = await expectCommand<{ count: number }>(url, 'count_sessions', { filter });
  return count;
}

async function get(url: string, sessionId: string): Promise<RpcAnswer> {
  return await callCommand(url, 'get_session_by_id', { session_id: sessionId });
}

/** A command that changes one session: what is seen of it are some of its fields. */
function changing(
  command: CommandName,
  paramsOf: (session: Session) => object,
  views: { readonly before: unknown; readonly done: unknown },
  view: (body: Readonly<Record<string, unknown>> | null, session: Session) => unknown,
): Scenario {
  return {
    name: command,
    command,
    async prepare(url, userId) {
      const session = await open(url, userId, { data: { step: 0 }, user: { name: 'Ann' } });
      return {
        params: { session_id: session.id, ...paramsOf(session) },
        ...views,
        async observe() {
          const { body } = await get(url, session.id);
          return view(body as Readonly<Record<string, unknown>> | null, session);
        },
      };
    },
  };
}

/** A command that changes nothing. */
function reading(command: CommandName, paramsOf: (session: Session, userId: string) => object) {
  return {
    name: command,
    command,
    async prepare(url: string, userId: string) {
      const session = await open(url, userId);
      return {
        params: { ...paramsOf(session, userId) },
        before: 1,
        done: 1,
        observe: async () => await countOf(url, { user_id: userId }),
      };
    },
  } satisfies Scenario;
}

/** A command that changes the three sessions of a user. */
function batch(command: CommandName, filter: object): Scenario {
  return {
    name: command,
    command,
    async prepare(url, userId) {
      for (let index = 0; index < 3; index += 1) await open(url, userId);
      return {
        params: { user_id: userId },
        before: 3,
        done: 0,
        isPart: (seen) => Number(seen) > 0 && Number(seen) < 3,
        observe: async () => await countOf(url, { user_id: userId, ...filter }),
      };
    },
  };
}

function opening(name: string, kind: 'rpc' | 'web'): Scenario {
  return {
    name,
    command: 'open_session',
    async prepare(url, userId) {
      return {
        params: { user_id: userId, kind, request_id: 'once' },
        before: 0,
        done: 1,
        observe: async () => await countOf(url, { user_id: userId }),
      };
    },
  };
}

/** An open for which another session ends. */
const openingForAnother: Scenario = {
  name: 'open_session that ends the oldest',
  command: 'open_session',
  async prepare(url, userId) {
    for (let index = 0; index < sessionsOfUser; index += 1)
      await open(url, userId, { kind: 'web' });
    const seen = (live: number, all: number) => ({ live, all });
    return {
      params: { user_id: userId, kind: 'web', request_id: 'once' },
      before: seen(sessionsOfUser, sessionsOfUser),
      done: seen(sessionsOfUser, sessionsOfUser + 1),
      // The oldest has ended, and a repetition takes the place.
      isPart: (state) =>
        JSON.stringify(state) === JSON.stringify(seen(sessionsOfUser - 1, sessionsOfUser)),
      observe: async () =>
        seen(
          await countOf(url, { user_id: userId, active: true }),
          await countOf(url, { user_id: userId }),
        ),
    };
  },
};

/** The sweep by hand: a caller sees the ends before they are written. */
const closingExpired: Scenario = {
  name: 'close_expired_sessions',
  command: 'close_expired_sessions',
  async prepare(url, userId, records) {
    for (let index = 0; index < 3; index += 1) await open(url, userId, { idle_timeout: 1 });
    await sleep(5);
    return {
      params: {},
      before: 3,
      done: 0,
      isPart: (seen) => Number(seen) > 0 && Number(seen) < 3,
      observe: async () => await records.countDocuments({ user_id: userId, active: true }),
    };
  },
};

const dataView = (body: Readonly<Record<string, unknown>> | null) => ({
  data: body?.['data'],
  revision: body?.['revision'],
});

/** Every command of the table, those with many messages first. */
export const scenarios: readonly Scenario[] = [
  opening('open_session', 'rpc'),
  openingForAnother,
  batch('delete_user_sessions', {}),
  closingExpired,
  opening('open_session under a limit', 'web'),
  reading('get_sessions', (_, userId) => ({ filter: { user_id: userId } })),
  reading('get_session_by_id', ({ id }) => ({ session_id: id })),
  reading('count_sessions', (_, userId) => ({ filter: { user_id: userId } })),
  changing(
    'store_session_data',
    ({ revision }) => ({ data: { step: 1 }, revision }),
    { before: { data: { step: 0 }, revision: 0 }, done: { data: { step: 1 }, revision: 1 } },
    dataView,
  ),
  changing(
    'patch_session_data',
    ({ revision }) => ({ patch: { more: 1 }, revision }),
    {
      before: { data: { step: 0 }, revision: 0 },
      done: { data: { step: 0, more: 1 }, revision: 1 },
    },
    dataView,
  ),
  changing(
    'update_session_user',
    ({ revision }) => ({ user: { name: 'Bob' }, revision }),
    { before: { name: 'Ann' }, done: { name: 'Bob' } },
    (body) => body?.['user'],
  ),
  changing(
    'touch_session',
    () => ({ epoch: 1, seq: 1, context_id: 'tab' }),
    { before: false, done: true },
    (body, session) => body?.['request_time'] !== session.request_time,
  ),
  changing(
    'close_session',
    () => ({}),
    { before: true, done: false },
    (body) => body?.['active'],
  ),
  changing(
    'delete_session_by_id',
    () => ({}),
    { before: true, done: false },
    (body) => body !== null,
  ),
  batch('close_user_sessions', { active: true }),
];
