import { randomUUID } from 'node:crypto';
import { type Collection, MongoBulkWriteError } from 'mongodb';
import { invalidConfig } from '../../errors/makers.js';
import type { SessionError } from '../../errors/session-error.js';
import type {
  CopiedRecords,
  CopiedSession,
  CopyPage,
  CopyPart,
  CopyPlace,
  CopySource,
  CopyTarget,
} from '../copy/copy-store.js';
import { type Collections, isDuplicate } from './collections.js';
import {
  CopyConnection,
  type CopyDatabaseOptions,
  copyComponent,
  copyMarkId,
} from './copy-connection.js';
import { type OriginalOptions, OriginalSource } from './copy-original.js';
import {
  type PageQuery,
  readRequests,
  readSessions,
  readStretches,
  requestIdOf,
} from './copy-pages.js';
import { prepareDatabase } from './prepare-database.js';
import { schemaVersion } from './schema.js';
import {
  contextFieldsOf,
  firstVersion,
  presenceFieldsOf,
  type SessionDocument,
  toDocument,
} from './session-documents.js';
import { toStretchDocument } from './stretch-documents.js';

/** What says that a copy is not finished. */
interface CopyMark {
  readonly _id: string;
  readonly source: string;
  /** The run that works on it. */
  readonly owner: string;
  /** JSON of a place. */
  readonly place?: string;
}

const readers: {
  readonly [Part in CopyPart]: (
    collections: Collections,
    query: PageQuery,
  ) => Promise<CopyPage<Part>>;
} = { sessions: readSessions, stretches: readStretches, requests: readRequests };

/** `_id` of the document that says which schema the database has. */
const schemaId = 'schema';

/** Version of the schema while a copy is not finished: later than any. */
const copyingVersion = 1_000_000;

const parts = ['sessions', 'stretches', 'requests'] as const;

/**
 * Opens a collection for a copy: one of this service that nobody serves, or one that
 * `service-sessions-node` wrote.
 * @throws INVALID_CONFIG when it is served, of a newer version, an unfinished copy, or empty.
 */
export async function openDatabaseSource(
  options: CopyDatabaseOptions & OriginalOptions,
): Promise<CopySource> {
  const connection = await CopyConnection.open(options);
  try {
    const isOurs = await connection.run((collections) => assertReadable(connection, collections));
    return isOurs ? new DatabaseCopy(connection) : new OriginalSource(connection, options);
  } catch (caught) {
    await connection.close();
    throw caught;
  }
}

/** Connects to a database for a copy into it. @throws INVALID_CONFIG, STORE_UNAVAILABLE. */
export async function openDatabaseTarget(
  options: CopyDatabaseOptions & { readonly writer: string },
): Promise<CopyTarget> {
  return new DatabaseTarget(await CopyConnection.open(options), options);
}

/** Whether a collection is one of this service; one without any mark of it is the original's. */
async function assertReadable(
  connection: CopyConnection,
  collections: Collections,
): Promise<boolean> {
  const { meta, sessions } = collections;
  const schema = await meta.findOne({ _id: schemaId });
  if (schema === null) {
    if ((await sessions.findOne({})) === null) throw refuse(connection, 'it holds no sessions');
    return false;
  }
  const mark = await marksOf(meta).findOne({ _id: copyMarkId });
  if (mark !== null) throw refuse(connection, `it is an unfinished copy of ${mark.source}`);
  const { version = 0 } = schema;
  if (version > schemaVersion) {
    const reason = `its schema has version ${version}, this service reads up to ${schemaVersion}`;
    throw refuse(connection, reason);
  }
  await assertNotServed(connection, collections);
  return true;
}

/** Who serves a database sweeps it, and has a lease for that. */
async function assertNotServed(connection: CopyConnection, { meta }: Collections): Promise<void> {
  const { until = 0 } = (await meta.findOne({ _id: 'sweep' })) ?? {};
  if (until < Date.now()) return;
  const reason =
    'a process serves it, or did until just now: stop all of them; its lease ends at ' +
    new Date(until).toISOString();
  throw refuse(connection, reason);
}

/** A collection of this service, as a copy reads it. */
class DatabaseCopy implements CopySource {
  protected readonly connection: CopyConnection;

  constructor(connection: CopyConnection) {
    this.connection = connection;
  }

  get name(): string {
    return this.connection.name;
  }

  async count(part: CopyPart): Promise<number> {
    return await this.connection.count(part);
  }

  async read<Part extends CopyPart>(part: Part, after: string | undefined, limit: number) {
    return await this.connection.run((collections) => readers[part](collections, { after, limit }));
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

/** A collection, as a copy makes it. */
class DatabaseTarget extends DatabaseCopy implements CopyTarget {
  readonly #owner = randomUUID();
  readonly #options: CopyDatabaseOptions & { readonly writer: string };

  constructor(
    connection: CopyConnection,
    options: CopyDatabaseOptions & { readonly writer: string },
  ) {
    super(connection);
    this.#options = options;
  }

  async begin(source: string): Promise<CopyPlace | undefined> {
    const { collection, writer } = this.#options;
    const place = await this.connection.run((collections) => this.#claim(collections, source));
    await this.connection.run(async ({ meta }, db) => {
      await meta.updateOne({ _id: schemaId }, { $set: { version: schemaVersion } });
      await prepareDatabase(db, { component: copyComponent, collection, writer });
      // No service reads that version, so none starts on half a copy.
      const unfinished = `${writer} when \`copy\` has finished what it began here,`;
      const closed = { version: copyingVersion, writer: unfinished };
      await meta.updateOne({ _id: schemaId }, { $set: closed });
    });
    return place;
  }

  async write<Part extends CopyPart>(
    part: Part,
    records: readonly CopiedRecords[Part][],
    place: CopyPlace,
  ): Promise<void> {
    await this.connection.run(async (collections) => {
      // First whether it is still this run's turn, then the records, then how far it is.
      await this.#note(collections, {});
      await insert(collections, { part, records } as AnyRecords);
      await this.#note(collections, { place: JSON.stringify(place) });
    });
  }

  async finish(): Promise<void> {
    const { writer } = this.#options;
    await this.connection.run(async (collections) => {
      const opened = { version: schemaVersion, writer };
      await collections.meta.updateOne({ _id: schemaId }, { $set: opened });
      const mine = { _id: copyMarkId, owner: this.#owner };
      await marksOf(collections.meta).deleteOne(mine);
    });
  }

  async discard(): Promise<void> {
    await this.connection.run(async (collections) => {
      const marks = marksOf(collections.meta);
      const mark = await marks.findOneAndUpdate(
        { _id: copyMarkId },
        { $set: { owner: this.#owner }, $unset: { place: '' } },
      );
      if (mark === null) return;
      for (const part of parts) await (collections[part] as unknown as Collection).deleteMany({});
      await collections.meta.deleteOne({ _id: schemaId });
      await marks.deleteOne({ _id: copyMarkId, owner: this.#owner });
    });
  }

  async #claim(collections: Collections, source: string): Promise<CopyPlace | undefined> {
    const marks = marksOf(collections.meta);
    const owner = this.#owner;
    const mark = await marks.findOne({ _id: copyMarkId });
    if (mark === null) {
      await this.#assertEmpty(collections);
      await this.#mark(marks, { _id: copyMarkId, source, owner });
      return undefined;
    }
    if (mark.source !== source) {
      const reason = `it is an unfinished copy of ${mark.source}; begin anew with --restart`;
      throw refuse(this.connection, reason);
    }
    await assertNotServed(this.connection, collections);
    await marks.updateOne({ _id: copyMarkId }, { $set: { owner } });
    return mark.place === undefined ? undefined : (JSON.parse(mark.place) as CopyPlace);
  }

  async #mark(marks: Collection<CopyMark>, mark: CopyMark): Promise<void> {
    try {
      await marks.insertOne(mark);
    } catch (caught) {
      if (!isDuplicate(caught)) throw caught;
      // A retry of this run finds its own.
      await this.#assertMine(await marks.findOne({ _id: copyMarkId }));
    }
  }

  async #assertEmpty(collections: Collections): Promise<void> {
    await assertNotServed(this.connection, collections);
    for (const part of parts) {
      const found = await (collections[part] as unknown as Collection).findOne({});
      if (found === null) continue;
      throw refuse(this.connection, 'it holds something already; a copy makes a new one');
    }
  }

  async #note({ meta }: Collections, change: { readonly place?: string }): Promise<void> {
    const mark = await marksOf(meta).findOneAndUpdate(
      { _id: copyMarkId, owner: this.#owner },
      { $set: { owner: this.#owner, ...change } },
    );
    await this.#assertMine(mark);
  }

  async #assertMine(mark: CopyMark | null): Promise<void> {
    if (mark?.owner === this.#owner) return;
    throw refuse(this.connection, 'another copy has taken over');
  }
}

type AnyRecords = {
  readonly [Part in CopyPart]: {
    readonly part: Part;
    readonly records: readonly CopiedRecords[Part][];
  };
}[CopyPart];

/** Writes records; those that are there already stay as they are. */
async function insert(collections: Collections, { part, records }: AnyRecords): Promise<void> {
  if (records.length === 0) return;
  const options = { ordered: false } as const;
  try {
    if (part === 'sessions') {
      await collections.sessions.insertMany(records.map(toSessionDocument), options);
    } else if (part === 'stretches') {
      await collections.stretches.insertMany(records.map(toStretchDocument), options);
    } else {
      await collections.requests.insertMany(
        records.map((request) => ({
          _id: requestIdOf(request),
          fingerprint: request.fingerprint,
          session_id: request.sessionId,
          expire_time: request.expireTime,
          done: true,
          refused: false,
        })),
        options,
      );
    }
  } catch (caught) {
    if (!isOnlyDuplicates(caught)) throw caught;
  }
}

function toSessionDocument({ session, presence }: CopiedSession): SessionDocument {
  return {
    ...toDocument(session, { v: firstVersion() }),
    ...(session.contexts.length === 0 ? {} : contextFieldsOf(session)),
    ...presenceFieldsOf(session.userId, presence),
  };
}

function isOnlyDuplicates(caught: unknown): boolean {
  if (!(caught instanceof MongoBulkWriteError)) return false;
  const errors = Array.isArray(caught.writeErrors) ? caught.writeErrors : [caught.writeErrors];
  return errors.length > 0 && errors.every(({ code }) => code === 11_000);
}

/** The marks of copies stand among what concerns the database as a whole. */
function marksOf(meta: Collections['meta']): Collection<CopyMark> {
  return meta as unknown as Collection<CopyMark>;
}

function refuse({ name }: CopyConnection, reason: string): SessionError {
  return invalidConfig(name, reason);
}
