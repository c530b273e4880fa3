import { type Static, type TProperties, Type } from 'typebox';
import { type BeatResultV1, BeatResultV1Schema, BeatV1Schema } from './beat-v1.js';
import type { CommandDefinition } from './command.js';
import { anyJson, counter, text, timeout, word } from './fields.js';
import type { JsonValue } from './json.js';
import {
  PagingV1Schema,
  SessionFilterV1Schema,
  type SessionPageV1,
  SessionPageV1Schema,
} from './page-v1.js';
import { type SessionV1, SessionV1Schema } from './session-v1.js';

const sessionId = text('The session.');
const userId = text('The user.');
const revision = Type.Optional(
  counter('Refuse with REVISION_CONFLICT unless this is the current one.'),
);
const reason = Type.Optional(word(['logout', 'admin'], 'Why it ends; default `logout`.'));
const filter = Type.Optional(SessionFilterV1Schema);
const more = Type.Boolean({ description: 'Whether a batch was full: call again for the rest.' });

/**
 * The one table of commands (DESIGN §4): routes, command sets, schemas, the OpenAPI document,
 * the client and docs/protocol-v1.md derive from it.
 */
export const commandsV1 = {
  open_session: {
    summary: 'Opens a session for a user who signed in.',
    role: 'write',
    idempotent: false,
    params: params({
      user_id: userId,
      user_name: Type.Optional(text('Full name of the user, for information.')),
      address: Type.Optional(text('Address of the client.')),
      client: Type.Optional(text('Name of the client application.')),
      user: Type.Optional(anyJson('What the caller knows of the user.')),
      data: Type.Optional(anyJson('What the session shall hold.')),
      device_id: Type.Optional(text('The device the user signed in from.')),
      kind: Type.Optional(
        word(['rpc', 'web'], 'Default `rpc`; other kinds open by their own protocols.'),
      ),
      idle_timeout: Type.Optional(timeout('Milliseconds without a sign of life until it ends.')),
      absolute_timeout: Type.Optional(timeout('Milliseconds until it ends whatever happens.')),
      request_id: Type.Optional(
        text('Makes a retry safe: the same user and id within 24 h answer the first session.'),
      ),
    }),
    result: SessionV1Schema,
    nullable: true,
  },
  get_sessions: {
    summary: 'Lists sessions, newest first, without `user` and `data`.',
    role: 'read',
    idempotent: true,
    params: params({ filter, paging: Type.Optional(PagingV1Schema) }),
    result: SessionPageV1Schema,
    nullable: false,
  },
  get_session_by_id: {
    summary: 'Reads one session with all it holds.',
    role: 'read',
    idempotent: true,
    params: params({
      session_id: sessionId,
      data: Type.Optional(anyJson('Accepted from old callers; means nothing.')),
    }),
    result: SessionV1Schema,
    nullable: true,
  },
  store_session_data: {
    summary: 'Replaces what the session holds.',
    role: 'write',
    idempotent: false,
    params: params({ session_id: sessionId, data: anyJson('The new data.'), revision }),
    result: SessionV1Schema,
    nullable: true,
  },
  patch_session_data: {
    summary: 'Changes part of what the session holds, by a JSON merge patch (RFC 7396).',
    role: 'write',
    idempotent: false,
    params: params({ session_id: sessionId, patch: anyJson('The merge patch.'), revision }),
    result: SessionV1Schema,
    nullable: true,
  },
  update_session_user: {
    summary: 'Replaces what is known of the user.',
    role: 'write',
    idempotent: false,
    params: params({ session_id: sessionId, user: anyJson('The new user.'), revision }),
    result: SessionV1Schema,
    nullable: true,
  },
  touch_session: {
    summary: 'One beat: the session is alive, in this context and state.',
    role: 'write',
    idempotent: false,
    params: BeatV1Schema,
    result: BeatResultV1Schema,
    nullable: true,
  },
  close_session: {
    summary: 'Ends a session and erases `user` and `data`; an ended one is answered as it is.',
    role: 'write',
    idempotent: true,
    params: params({ session_id: sessionId, reason }),
    result: SessionV1Schema,
    nullable: true,
  },
  close_user_sessions: {
    summary: 'Ends all live sessions of a user, or all but one.',
    role: 'write',
    idempotent: true,
    params: params({
      user_id: userId,
      except_session_id: Type.Optional(text('The session that goes on.')),
      reason,
    }),
    result: Type.Object({ closed: counter('Sessions that this call ended.'), more }),
    nullable: false,
  },
  close_expired_sessions: {
    summary: 'Writes down the end of sessions past their deadline, as the timer does.',
    role: 'write',
    idempotent: true,
    params: params({}),
    result: Type.Object({ closed: counter('Sessions whose end was written.'), more }),
    nullable: false,
  },
  count_sessions: {
    summary: 'Counts the sessions of a filter.',
    role: 'read',
    idempotent: true,
    params: params({ filter }),
    result: Type.Object({ count: counter('Sessions of the filter.') }),
    nullable: false,
  },
  delete_session_by_id: {
    summary: 'Removes the record of a session and answers it as it was.',
    role: 'write',
    idempotent: false,
    params: params({ session_id: sessionId }),
    result: SessionV1Schema,
    nullable: true,
  },
  delete_user_sessions: {
    summary: 'Removes the records of all sessions of a user, ended ones included.',
    role: 'admin',
    idempotent: true,
    params: params({ user_id: userId }),
    result: Type.Object({ deleted: counter('Records that this call removed.'), more }),
    nullable: false,
  },
} as const satisfies Record<string, CommandDefinition>;

/** Name of a command, as it stands in the route. */
export type CommandName = keyof typeof commandsV1;

/** The names of all commands, in the order of the table. */
export const commandNames = Object.keys(commandsV1) as readonly CommandName[];

/** Parameters of a command. */
export type CommandParams<Name extends CommandName> = WithJson<
  Static<(typeof commandsV1)[Name]['params']>
>;

/** Answer of a command; `null` where the session does not exist. */
export type CommandResult<Name extends CommandName> =
  | Answer<Static<(typeof commandsV1)[Name]['result']>>
  | ((typeof commandsV1)[Name]['nullable'] extends true ? null : never);

/** `snake_case` as `camelCase`. */
export type CamelCase<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;

/** The commands as methods: what a controller implements and a client offers. */
export type SessionsApiV1 = {
  [Name in CommandName as CamelCase<Name>]: (
    correlationId: string,
    params: CommandParams<Name>,
  ) => Promise<CommandResult<Name>>;
};

/** Method name of a command: `open_session` is `openSession`. */
export function methodOf<Name extends CommandName>(name: Name): CamelCase<Name> {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) as CamelCase<Name>;
}

type WithJson<Params> = {
  [Key in keyof Params]: Key extends 'data' | 'user' | 'patch' ? JsonValue : Params[Key];
};

type Answer<Result> = Result extends { user_id: string; open_time: string }
  ? SessionV1
  : Result extends { data: readonly unknown[]; total: unknown }
    ? SessionPageV1
    : Result extends { server_time: string }
      ? BeatResultV1
      : Result;

function params<Properties extends TProperties>(properties: Properties) {
  return Type.Object(properties, { additionalProperties: false });
}
