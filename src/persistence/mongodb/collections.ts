import type { Collection, Db } from 'mongodb';
import type { MongoRequest } from './connection/mongo-connection.js';
import type { SessionDocument } from './session-documents.js';
import type { StretchDocument } from './stretch-documents.js';

/** What a piece of work knows of the request it is for. */
export type RequestOptions = MongoRequest;

/** An `open_session` that may be repeated, by a hash of user and request id. */
export interface RequestDocument {
  readonly _id: string;
  readonly fingerprint: string;
  /** The session that every repetition means, whoever of them opens it. */
  readonly session_id: string;
  readonly expire_time: number;
  /** Whether the session was opened: when it is not there any more, it was deleted. */
  readonly done: boolean;
  /** Whether a limit refused it: other parameters may take its place. */
  readonly refused: boolean;
}

/** Opens of a user under a limit, by a hash of the user: who changes it has decided for now. */
export interface LimitDocument {
  readonly _id: string;
  /** Made anew with each place that is taken. */
  readonly turn: string;
  /** Sessions that have a place and may not be live yet. */
  readonly slots: readonly string[];
  readonly at: number;
}

/** What concerns the database as a whole: its schema, who sweeps. */
export interface MetaDocument {
  readonly _id: string;
  readonly version?: number;
  /** Version of this service that wrote it. */
  readonly writer?: string;
  /** The process that sweeps; absent while none does. */
  readonly owner?: string;
  /** Moves for as long as that one lives. */
  readonly turn?: number;
  /** How long that one has its lease, in ms: nobody takes it sooner. */
  readonly lease_ms?: number;
}

/** The collections of the service. */
export interface Collections {
  readonly sessions: Collection<SessionDocument>;
  readonly stretches: Collection<StretchDocument>;
  readonly requests: Collection<RequestDocument>;
  readonly limits: Collection<LimitDocument>;
  readonly meta: Collection<MetaDocument>;
}

/** The collections whose names begin with that of the sessions. */
export function collectionsOf(db: Db, name: string): Collections {
  return {
    sessions: db.collection<SessionDocument>(name),
    stretches: db.collection<StretchDocument>(`${name}_stretches`),
    requests: db.collection<RequestDocument>(`${name}_requests`),
    limits: db.collection<LimitDocument>(`${name}_limits`),
    meta: db.collection<MetaDocument>(`${name}_meta`),
  };
}

/** Whether a write failed because its `_id` is taken. */
export function isDuplicate(caught: unknown): boolean {
  return caught instanceof Error && 'code' in caught && caught.code === 11_000;
}
