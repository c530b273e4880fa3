import type { Stretch } from '../../../domain/context.js';
import { absent } from '../../../domain/presence.js';
import type { CopiedRequest, CopiedSession, CopyPage, CopyPart } from '../../copy/copy-store.js';
import type { Collections, RequestDocument } from '../collections.js';
import { type SessionDocument, toStored } from '../session-documents.js';
import { fromPendingText, stretchKey, toStretch } from '../stretch-documents.js';
import type { CopyConnection } from './copy-connection.js';

/** Which page of a part. */
interface PageQuery {
  /** `_id` of the last document before it, the first page without. */
  readonly after: string | undefined;
  readonly limit: number;
}

const readers: {
  readonly [Part in CopyPart]: (
    collections: Collections,
    query: PageQuery,
  ) => Promise<CopyPage<Part>>;
} = { sessions: readSessions, stretches: readStretches, requests: readRequests };

/** A page of a part of a collection of this service. */
export async function readPage<Part extends CopyPart>(
  connection: CopyConnection,
  part: Part,
  query: PageQuery,
): Promise<CopyPage<Part>> {
  return await connection.run((collections) => readers[part](collections, query));
}

/** Sessions in the order of their ids: all but those that nobody knows of, opening or removed. */
async function readSessions(
  { sessions }: Collections,
  query: PageQuery,
): Promise<CopyPage<'sessions'>> {
  const documents = await sessions.find(behind(query), inOrder(query.limit)).toArray();
  const records: CopiedSession[] = [];
  const damaged: string[] = [];
  for (const document of documents) {
    try {
      const { session, state } = toStored(document, true);
      if (state === 'kept') records.push({ session, presence: presenceIn(document) });
    } catch (caught) {
      damaged.push(reasonOf(caught));
    }
  }
  return { records, damaged, ...nextOf(documents, query) };
}

/** What stretch pages begin with: those of the ledger, then those still in their sessions. */
const pendingMark = 'pending:';

/** The ledger, and what is on its way to it. */
async function readStretches(
  collections: Collections,
  query: PageQuery,
): Promise<CopyPage<'stretches'>> {
  if (query.after?.startsWith(pendingMark)) return await readPending(collections, query);
  const documents = await collections.stretches.find(behind(query), inOrder(query.limit)).toArray();
  const { next = pendingMark } = nextOf(documents, query);
  return { records: documents.map(toStretch), damaged: [], next };
}

async function readPending(
  { sessions, stretches }: Collections,
  { after = '', limit }: PageQuery,
): Promise<CopyPage<'stretches'>> {
  const query = { after: after.slice(pendingMark.length), limit };
  // By the index of those that have some: they are few, and the others many.
  const documents = await sessions
    .find({ ...behind(query), pending_at: { $gt: 0 } }, { ...inOrder(limit), hint: 'pending' })
    .toArray();
  const { waiting, damaged } = readWaiting(documents);
  const copied = await stretches
    .find({ _id: { $in: waiting.map(stretchKey) } }, { projection: { _id: 1 } })
    .toArray();
  const known = new Set(copied.map(({ _id }) => _id));
  const { next } = nextOf(documents, query);
  return {
    records: waiting.filter((stretch) => !known.has(stretchKey(stretch))),
    damaged,
    ...(next === undefined ? {} : { next: pendingMark + next }),
  };
}

/** The stretches that wait in sessions, those being removed too, and which cannot be read. */
function readWaiting(documents: readonly SessionDocument[]) {
  const waiting: Stretch[] = [];
  const damaged: string[] = [];
  for (const { _id: id, pending = [] } of documents) {
    // What is no list at all is one text that cannot be read.
    const texts: readonly unknown[] = Array.isArray(pending) ? pending : [pending];
    for (const text of texts) {
      try {
        waiting.push(fromPendingText(text));
      } catch (caught) {
        damaged.push(`${reasonOf(caught)} (${id.slice(0, 6)}…)`);
      }
    }
  }
  return { waiting, damaged };
}

/** Request ids whose session was opened; the others promised nobody anything. */
async function readRequests(
  { requests, sessions }: Collections,
  query: PageQuery,
): Promise<CopyPage<'requests'>> {
  const documents = await requests.find(behind(query), inOrder(query.limit)).toArray();
  const open = documents.filter(({ done, refused }) => !(done || refused));
  const ids = open.map(({ session_id: id }) => id);
  const found = await sessions
    .find({ _id: { $in: ids }, active: { $in: [true, false] } }, { projection: { _id: 1 } })
    .toArray();
  const opened = new Set(found.map(({ _id }) => _id));
  const records = documents
    .filter(({ done, refused, session_id: id }) => done || (!refused && opened.has(id)))
    .map(toRequest);
  return { records, damaged: [], ...nextOf(documents, query) };
}

/** `_id` of a request's document. */
export function requestIdOf({ key }: CopiedRequest): string {
  return Buffer.from(key, 'hex').toString('base64url');
}

function toRequest(document: RequestDocument): CopiedRequest {
  return {
    key: Buffer.from(document._id, 'base64url').toString('hex'),
    fingerprint: document.fingerprint,
    sessionId: document.session_id,
    expireTime: document.expire_time,
  };
}

function presenceIn(document: SessionDocument) {
  const { busy_until: busyUntil = 0, available_until: availableUntil = 0 } = document;
  const { gone_after: goneAfter = 0 } = document;
  return goneAfter === 0 ? absent : { busyUntil, availableUntil, goneAfter };
}

function behind({ after }: PageQuery): { readonly _id?: { readonly $gt: string } } {
  return after === undefined ? {} : { _id: { $gt: after } };
}

function inOrder(limit: number) {
  return { sort: { _id: 1 }, limit, batchSize: limit } as const;
}

function nextOf(
  documents: readonly { readonly _id: string }[],
  { limit }: PageQuery,
): { readonly next?: string } {
  const last = documents.at(-1);
  return last === undefined || documents.length < limit ? {} : { next: last._id };
}

function reasonOf(caught: unknown): string {
  const cause = caught instanceof Error && caught.cause !== undefined ? caught.cause : caught;
  return cause instanceof Error ? cause.message : String(cause);
}
