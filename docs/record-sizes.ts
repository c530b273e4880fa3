import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BSON } from 'mongodb';
import { beatSession } from '../src/domain/beat.js';
import { closeSession } from '../src/domain/close.js';
import type { Stretch } from '../src/domain/context.js';
import { openRecord } from '../src/domain/open.js';
import { defaultPresenceRules, presenceOf } from '../src/domain/presence.js';
import type { SessionRecord } from '../src/domain/session.js';
import type { LimitDocument, RequestDocument } from '../src/persistence/mongodb/collections.js';
import { type IndexPlan, indexPlans } from '../src/persistence/mongodb/schema.js';
import {
  contextFieldsOf,
  movedFields,
  presenceFieldsOf,
  toDocument,
} from '../src/persistence/mongodb/session-documents.js';
import { toStretchDocument } from '../src/persistence/mongodb/stretch-documents.js';
import { openFileTarget } from '../src/persistence/sqlite/file/copy-file.js';

/** What {@link measureRecords} measures with: a mix that a service with the usual settings has. */
export const recordMix = { liveShare: 0.1, stretchesPerSession: 2 } as const;

/** Bytes of one record, measured. */
export interface RecordSizes {
  readonly liveDocument: number;
  readonly endedDocument: number;
  readonly stretchDocument: number;
  /** Entries of a live session in all indexes; of an ended one; of a stretch. */
  readonly liveEntries: number;
  readonly endedEntries: number;
  readonly stretchEntries: number;
  /** What an `open_session` with a `request_id` leaves, and one under a limit, with all indexes. */
  readonly request: number;
  readonly limit: number;
  /** What each document has more where its shard key is a hash. */
  readonly hashedEntry: number;
  /** What a beat changes: about what it adds to the oplog. */
  readonly beat: number;
  /** The file store: a session of the mix with its stretches, all indexes included. */
  readonly file: number;
}

const t0 = Date.UTC(2026, 0, 1);
const sampleSize = 10_000;
/** What an entry of an index has beside its key: the number of the record, type bytes. */
const entryOverhead = 10;
const stretchCount = recordMix.stretchesPerSession;

/** Measures real records of the stores; the same on every machine. */
export async function measureRecords(): Promise<RecordSizes> {
  const [live, ended] = [sampleSession(1), closeSession(sampleSession(2), 'logout', t0 + 90_000)];
  const stretch = sampleStretch(live, 0);
  const documents = {
    live: liveDocument(live),
    ended: { ...toDocument(ended.session, { v: 2 ** 40 }) },
    stretch: toStretchDocument(stretch),
    ...sampleTraces(live),
  };
  return {
    liveDocument: BSON.calculateObjectSize(documents.live),
    endedDocument: BSON.calculateObjectSize(documents.ended),
    stretchDocument: BSON.calculateObjectSize(documents.stretch),
    liveEntries: entriesOf('sessions', documents.live),
    endedEntries: entriesOf('sessions', documents.ended),
    stretchEntries: entriesOf('stretches', documents.stretch),
    request: BSON.calculateObjectSize(documents.request) + entriesOf('requests', documents.request),
    limit: BSON.calculateObjectSize(documents.limit) + entriesOf('limits', documents.limit),
    hashedEntry: keySize([0]),
    beat: BSON.calculateObjectSize({ $set: beatChange(live) }),
    file: await measureFile(),
  };
}

/** A session that beat once: every field, 200 bytes of data, 100 of the user, one context. */
function sampleSession(n: number): SessionRecord {
  const opened = openRecord(
    {
      id: textOf(n, 43),
      userId: textOf(n % 3_000, 24),
      userName: 'Ann Example',
      deviceId: textOf(n + 1, 36),
      kind: 'web',
      address: `203.0.113.${n % 256}`,
      client: 'shop-frontend/4.2.1',
      idleTimeoutMs: 86_400_000,
      absoluteTimeoutMs: 30 * 86_400_000,
      user: JSON.stringify({ login: textOf(n, 88) }),
      data: JSON.stringify({ cart: textOf(n, 189) }),
    },
    t0 + n * 10,
  );
  const said = { epoch: 1, seq: 1, status: 'available', path: ['shop', 'cart'] } as const;
  const { contexts, requestTime } = beatSession(opened, said, opened.openTime + 30_000);
  return { ...opened, contexts, requestTime };
}

function sampleStretch(owner: SessionRecord, seq: number): Stretch {
  const [from, to] = [owner.openTime + seq, owner.openTime + 60_000];
  const { id: sessionId, userId, kind } = owner;
  const rest = { visible: true, promiseMs: 60_000, path: ['shop', 'cart'], activity: '' };
  const deviceId = owner.deviceId ?? '';
  return {
    sessionId,
    userId,
    kind,
    deviceId,
    contextId: 'default',
    epoch: 1,
    seq,
    from,
    to,
    ...rest,
  };
}

/** What opens leave beside the session; the hashes are as long as those of the service. */
function sampleTraces({ id, openTime }: SessionRecord): {
  readonly request: RequestDocument;
  readonly limit: LimitDocument;
} {
  const expireTime = openTime + 86_400_000;
  const asked = { fingerprint: textOf(4, 43), session_id: id, expire_time: expireTime };
  return {
    request: { _id: textOf(3, 22), ...asked, done: true, refused: false },
    limit: { _id: textOf(5, 22), turn: textOf(6, 36), slots: [id], at: openTime },
  };
}

/** Letters that look like an id and are the same each time. */
function textOf(n: number, length: number): string {
  const text = createHash('sha256').update(String(n)).digest('base64url');
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
}

function presenceFor({ contexts }: SessionRecord) {
  return presenceOf(contexts, defaultPresenceRules);
}

function liveDocument(session: SessionRecord) {
  return { ...toDocument(session, { v: 2 ** 40 }), ...beatChange(session) };
}

function beatChange(session: SessionRecord) {
  return {
    ...movedFields(session),
    ...contextFieldsOf(session),
    ...presenceFieldsOf(session.userId, presenceFor(session)),
    v: 2 ** 40 + 1,
  };
}

/** Bytes of the entries of a document in `_id` and all other indexes, before any compression. */
function entriesOf(collection: IndexPlan['collection'], document: object): number {
  const values = new Map<string, unknown>(Object.entries(document));
  const plans = indexPlans.filter((plan) => plan.collection === collection);
  const keys = plans.flatMap(({ keys: fields, sparse }) => {
    const names = Object.keys(fields);
    const isThere = sparse !== true || names.some((name) => values.has(name));
    return isThere ? [names.map((name) => values.get(name) ?? null)] : [];
  });
  return [[values.get('_id')], ...keys].reduce((sum, key) => sum + keySize(key), 0);
}

function keySize(key: readonly unknown[]): number {
  const bytes = key.map((value) => {
    if (typeof value === 'string') return Buffer.byteLength(value) + 1;
    return typeof value === 'number' ? 8 : 1;
  });
  return bytes.reduce((sum, size) => sum + size, entryOverhead);
}

/** Bytes of a session in a file of the file store. */
async function measureFile(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'service-sessions-sizes-'));
  try {
    const path = join(folder, 'sessions.db');
    const target = openFileTarget(path);
    await target.begin('samples');
    const sessions = Array.from({ length: sampleSize }, (_, n) => sampleSession(n));
    const isLive = (n: number) => n % Math.round(1 / recordMix.liveShare) === 0;
    const copied = sessions.map((session, n) => {
      const kept = isLive(n)
        ? session
        : closeSession(session, 'logout', t0 + n * 10 + 90_000).session;
      return { session: kept, presence: presenceFor(kept) };
    });
    await target.write('sessions', copied, { part: 'stretches' });
    const stretches = sessions.flatMap((session) =>
      Array.from({ length: stretchCount }, (_, seq) => sampleStretch(session, seq)),
    );
    await target.write('stretches', stretches, { part: 'end' });
    await target.finish();
    await target.close();
    return statSync(path).size / sampleSize;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
