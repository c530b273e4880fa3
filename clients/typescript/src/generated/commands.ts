// Made by clients/typescript/generate.ts from src/data/version1/commands.ts: npm run docs.

import type { JsonValue } from '../../../../src/data/version1/json.js';

/** A session. */
export interface SessionV1 {
  /** Unique id, made by the service: 43 characters of base64url. */
  readonly id: string;
  /** The user who signed in. */
  readonly user_id: string;
  /** Full name of the user, for information. */
  readonly user_name?: string;
  /** Whether the session goes on. */
  readonly active: boolean;
  /** When it was opened. */
  readonly open_time: string;
  /** When it was last changed or beaten. */
  readonly request_time: string;
  /** When it ended. */
  readonly close_time?: string;
  /** Address of the client. */
  readonly address?: string;
  /** Name of the client application. */
  readonly client?: string;
  /** What the caller knows of the user; never in lists. */
  readonly user?: JsonValue;
  /** What the session holds; never in lists. */
  readonly data?: JsonValue;
  /** The device or computer the user signed in from. */
  readonly device_id?: string;
  /** Which protocol opened it. */
  readonly kind: 'rpc' | 'token' | 'web' | 'workstation' | 'presence';
  /** Why it ended; absent while active. */
  readonly close_reason?: 'logout' | 'idle' | 'lifetime' | 'limit' | 'superseded' | 'admin' | 'deleted' | 'reuse' | 'restored';
  /** When it ends if nothing more is heard. */
  readonly expire_time?: string;
  /** When it ends whatever happens. */
  readonly absolute_expire_time?: string;
  /** Number of changes of data or user. */
  readonly revision: number;
}

/** One page of a list. */
export interface SessionPageV1 {
  /** All rows of the filter; null unless `paging.total` was true. */
  readonly total: number | null;
  /** Sessions without `user` and `data`. */
  readonly data: readonly SessionV1[];
  /** Where the next page starts; absent after the last row. */
  readonly next_cursor?: string;
}

/** Conditions, all of which must hold. */
export interface SessionFilterV1 {
  /** This session. */
  readonly id?: string | undefined;
  /** Sessions of this user. */
  readonly user_id?: string | undefined;
  /** Only live, or only ended ones: a boolean or its text. */
  readonly active?: boolean | number | string | undefined;
  /** `from_time <= request_time`: ISO 8601, or milliseconds since 1970. */
  readonly from_time?: number | string | undefined;
  /** `request_time < to_time`: ISO 8601, or milliseconds since 1970. */
  readonly to_time?: number | string | undefined;
  /** Sessions from this device. */
  readonly device_id?: string | undefined;
  /** Sessions of this client application. */
  readonly client?: string | undefined;
  /** Sessions from this address. */
  readonly address?: string | undefined;
  /** One of rpc, token, web, workstation, presence. */
  readonly kind?: string | undefined;
  /** One of logout, idle, lifetime, limit, superseded, admin, deleted, reuse, restored. */
  readonly close_reason?: string | undefined;
}

/** Which part of a list is wanted. */
export interface PagingV1 {
  /** Rows to pass over, from 0; slow when deep, see `cursor`. */
  readonly skip?: number | string | undefined;
  /** Rows wanted: from 1, default 100, capped by `options.max_page_size`. */
  readonly take?: number | string | undefined;
  /** Whether to count all rows; default false. */
  readonly total?: boolean | number | string | undefined;
  /** `next_cursor` of the page before, with the same filter. */
  readonly cursor?: string | undefined;
}

/** A beat. */
export interface BeatV1 {
  /** The session that is alive. */
  readonly session_id: string;
  /** The tab, process or socket; `default` when absent. */
  readonly context_id?: string | undefined;
  /** Larger at each page load or process start; default 0. */
  readonly epoch?: number | undefined;
  /** Larger at each beat of an epoch; one more than the last when absent. */
  readonly seq?: number | undefined;
  /** Stays as it was when absent. */
  readonly status?: 'available' | 'busy' | 'away' | undefined;
  /** Whether the context is shown; default true. */
  readonly visible?: boolean | undefined;
  /** Whether the person did something; default true. */
  readonly active?: boolean | undefined;
  /** The page shown: a view, and a tab inside it. */
  readonly path?: readonly string[] | undefined;
  /** Name of an event whose time is counted apart. */
  readonly activity?: string | undefined;
  /** Seconds until the next beat, as promised; clamped to 1 to 3,600. */
  readonly next_beat?: number | undefined;
  /** This context leaves; default false. */
  readonly ended?: boolean | undefined;
}

/** The answer to a beat. */
export interface BeatResultV1 {
  /** The clock of the service. */
  readonly server_time: string;
  /** Whether the session goes on: true, or the beat is a 409. */
  readonly active: boolean;
  /** When the session ends if nothing more is heard. */
  readonly expire_time?: string;
  /** When it ends whatever happens. */
  readonly absolute_expire_time?: string;
  /** Of the user, over all contexts; absent while none of them said one. */
  readonly status?: 'available' | 'busy' | 'away';
  /** Seconds until the service expects the next beat. */
  readonly next_beat: number;
  /** Whether (epoch, seq) was not above the stored pair, so that nothing changed. */
  readonly duplicate: boolean;
  /** The stored epoch of the context. */
  readonly epoch: number;
  /** The stored sequence number of the context. */
  readonly seq: number;
}

/** Parameters of `open_session`. */
interface OpenSessionParams {
  /** The user. */
  readonly user_id: string;
  /** Full name of the user, for information. */
  readonly user_name?: string | undefined;
  /** Address of the client. */
  readonly address?: string | undefined;
  /** Name of the client application. */
  readonly client?: string | undefined;
  /** What the caller knows of the user. */
  readonly user?: JsonValue | undefined;
  /** What the session shall hold. */
  readonly data?: JsonValue | undefined;
  /** The device the user signed in from. */
  readonly device_id?: string | undefined;
  /** Default `rpc`; other kinds open by their own protocols. */
  readonly kind?: 'rpc' | 'web' | undefined;
  /** Milliseconds without a sign of life until it ends. */
  readonly idle_timeout?: number | undefined;
  /** Milliseconds until it ends whatever happens. */
  readonly absolute_timeout?: number | undefined;
  /** Makes a retry safe: the same user and id within 24 h answer the first session. */
  readonly request_id?: string | undefined;
}

/** Parameters of `get_sessions`. */
interface GetSessionsParams {
  /** Conditions, all of which must hold. */
  readonly filter?: SessionFilterV1 | undefined;
  /** Which part of a list is wanted. */
  readonly paging?: PagingV1 | undefined;
}

/** Parameters of `get_session_by_id`. */
interface GetSessionByIdParams {
  /** The session. */
  readonly session_id: string;
  /** Accepted from old callers; means nothing. */
  readonly data?: JsonValue | undefined;
}

/** Parameters of `store_session_data`. */
interface StoreSessionDataParams {
  /** The session. */
  readonly session_id: string;
  /** The new data. */
  readonly data: JsonValue;
  /** Refuse with REVISION_CONFLICT unless this is the current one. */
  readonly revision?: number | undefined;
}

/** Parameters of `patch_session_data`. */
interface PatchSessionDataParams {
  /** The session. */
  readonly session_id: string;
  /** The merge patch. */
  readonly patch: JsonValue;
  /** Refuse with REVISION_CONFLICT unless this is the current one. */
  readonly revision?: number | undefined;
}

/** Parameters of `update_session_user`. */
interface UpdateSessionUserParams {
  /** The session. */
  readonly session_id: string;
  /** The new user. */
  readonly user: JsonValue;
  /** Refuse with REVISION_CONFLICT unless this is the current one. */
  readonly revision?: number | undefined;
}

/** Parameters of `close_session`. */
interface CloseSessionParams {
  /** The session. */
  readonly session_id: string;
  /** Why it ends; default `logout`. */
  readonly reason?: 'logout' | 'admin' | undefined;
}

/** Parameters of `close_user_sessions`. */
interface CloseUserSessionsParams {
  /** The user. */
  readonly user_id: string;
  /** The session that goes on. */
  readonly except_session_id?: string | undefined;
  /** Why it ends; default `logout`. */
  readonly reason?: 'logout' | 'admin' | undefined;
}

/** Answer of `close_user_sessions`. */
interface CloseUserSessionsResult {
  /** Sessions that this call ended. */
  readonly closed: number;
  /** Whether a batch was full: call again for the rest. */
  readonly more: boolean;
}

/** Parameters of `close_expired_sessions`. */
type CloseExpiredSessionsParams = Readonly<Record<string, never>>;

/** Answer of `close_expired_sessions`. */
interface CloseExpiredSessionsResult {
  /** Sessions whose end was written. */
  readonly closed: number;
  /** Whether a batch was full: call again for the rest. */
  readonly more: boolean;
}

/** Parameters of `count_sessions`. */
interface CountSessionsParams {
  /** Conditions, all of which must hold. */
  readonly filter?: SessionFilterV1 | undefined;
}

/** Answer of `count_sessions`. */
interface CountSessionsResult {
  /** Sessions of the filter. */
  readonly count: number;
}

/** Parameters of `delete_session_by_id`. */
interface DeleteSessionByIdParams {
  /** The session. */
  readonly session_id: string;
}

/** Parameters of `delete_user_sessions`. */
interface DeleteUserSessionsParams {
  /** The user. */
  readonly user_id: string;
}

/** Answer of `delete_user_sessions`. */
interface DeleteUserSessionsResult {
  /** Records that this call removed. */
  readonly deleted: number;
  /** Whether a batch was full: call again for the rest. */
  readonly more: boolean;
}

/** Parameters and answer of each command. */
export interface CommandTypes {
  /** Opens a session for a user who signed in. */
  readonly open_session: {
    readonly params: OpenSessionParams;
    readonly result: SessionV1 | null;
  };
  /** Lists sessions, newest first, without `user` and `data`. */
  readonly get_sessions: {
    readonly params: GetSessionsParams;
    readonly result: SessionPageV1;
  };
  /** Reads one session with all it holds. */
  readonly get_session_by_id: {
    readonly params: GetSessionByIdParams;
    readonly result: SessionV1 | null;
  };
  /** Replaces what the session holds. */
  readonly store_session_data: {
    readonly params: StoreSessionDataParams;
    readonly result: SessionV1 | null;
  };
  /** Changes part of what the session holds, by a JSON merge patch (RFC 7396). */
  readonly patch_session_data: {
    readonly params: PatchSessionDataParams;
    readonly result: SessionV1 | null;
  };
  /** Replaces what is known of the user. */
  readonly update_session_user: {
    readonly params: UpdateSessionUserParams;
    readonly result: SessionV1 | null;
  };
  /** One beat: the session is alive, in this context and state. */
  readonly touch_session: {
    readonly params: BeatV1;
    readonly result: BeatResultV1 | null;
  };
  /** Ends a session and erases `user` and `data`; an ended one is answered as it is. */
  readonly close_session: {
    readonly params: CloseSessionParams;
    readonly result: SessionV1 | null;
  };
  /** Ends all live sessions of a user, or all but one. */
  readonly close_user_sessions: {
    readonly params: CloseUserSessionsParams;
    readonly result: CloseUserSessionsResult;
  };
  /** Writes down the end of sessions past their deadline, as the timer does. */
  readonly close_expired_sessions: {
    readonly params: CloseExpiredSessionsParams;
    readonly result: CloseExpiredSessionsResult;
  };
  /** Counts the sessions of a filter. */
  readonly count_sessions: {
    readonly params: CountSessionsParams;
    readonly result: CountSessionsResult;
  };
  /** Removes the record of a session and answers it as it was. */
  readonly delete_session_by_id: {
    readonly params: DeleteSessionByIdParams;
    readonly result: SessionV1 | null;
  };
  /** Removes the records of all sessions of a user, ended ones included. */
  readonly delete_user_sessions: {
    readonly params: DeleteUserSessionsParams;
    readonly result: DeleteUserSessionsResult;
  };
}

/** What a transport has to know of each command. */
export const commands = {
  open_session: { idempotent: false, nullable: true },
  get_sessions: { idempotent: true, nullable: false },
  get_session_by_id: { idempotent: true, nullable: true },
  store_session_data: { idempotent: false, nullable: true },
  patch_session_data: { idempotent: false, nullable: true },
  update_session_user: { idempotent: false, nullable: true },
  touch_session: { idempotent: false, nullable: true },
  close_session: { idempotent: true, nullable: true },
  close_user_sessions: { idempotent: true, nullable: false },
  close_expired_sessions: { idempotent: true, nullable: false },
  count_sessions: { idempotent: true, nullable: false },
  delete_session_by_id: { idempotent: false, nullable: true },
  delete_user_sessions: { idempotent: true, nullable: false },
} as const satisfies Record<keyof CommandTypes, CommandFacts>;

/** What a transport has to know of a command. */
export interface CommandFacts {
  /** Whether repeating the call after a lost answer changes nothing more. */
  readonly idempotent: boolean;
  /** Whether the answer may be `null`: there is no such session. */
  readonly nullable: boolean;
}
