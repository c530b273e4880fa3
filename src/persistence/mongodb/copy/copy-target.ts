import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Collection, MongoBulkWriteError } from 'mongodb';
import { invalidConfig, storeUnavailable } from '../../../errors/makers.js';
import type {
  CopiedRecords,
  CopiedSession,
  CopyPart,
  CopyPlace,
  CopyTarget,
} from '../../copy/copy-store.js';
import type { Collections } from '../collections.js';
import { makeIndexes } from '../make-indexes.js';
import {
  contextFieldsOf,
  firstVersion,
  presenceFieldsOf,
  type SessionDocument,
  toDocument,
} from '../session-documents.js';
import { toStretchDocument } from '../stretch-documents.js';
import { type CopyConnection, type CopyDatabaseOptions, copyComponent } from './copy-connection.js';
import { CopyLease } from './copy-lease.js';
import { CopyHold, readSchema } from './copy-mark.js';
import { readPage, requestIdOf } from './copy-pages.js';

/** Documents that are removed at a time: the server is done with them before anyone asks. */
const removalSize = 5_000;

/** For so long the last insert of a run that was taken over may be on its way. */
const lateMs = 500;
/** So often all is removed anew because there was such an insert: a run has one, and no more. */
const discardRounds = 5;

/** The collections that hold what a store holds. */
const contents = ['sessions', 'stretches', 'requests', 'limits'] as const;

/** A collection, as a copy makes it. */
export class DatabaseTarget implements CopyTarget {
  readonly #connection: CopyConnection;
  readonly #lease: CopyLease;
  readonly #hold: CopyHold;
  readonly #use: { readonly component: string; readonly collection: string };

  constructor(
    connection: CopyConnection,
    { collection, writer }: CopyDatabaseOptions & { readonly writer: string },
  ) {
    this.#connection = connection;
    this.#lease = new CopyLease(connection);
    this.#use = { component: copyComponent, collection };
    const { db } = connection;
    const refuse = (reason: string) => this.#refusal(reason);
    this.#hold = new CopyHold({ db, collection, owner: randomUUID(), writer, refuse });
  }

  get name(): string {
    return this.#connection.name;
  }

  async begin(source: string): Promise<CopyPlace | undefined> {
    await this.#lease.assertFree();
    const place = await this.#connection.run((collections) => this.#claim(collections, source));
    // The mark is there already, and stays: no service starts meanwhile.
    await this.#connection.run((collections) => makeIndexes(collections, this.#use));
    return place;
  }

  async count(part: CopyPart): Promise<number> {
    return await this.#connection.count(part);
  }

  async read<Part extends CopyPart>(part: Part, after: string | undefined, limit: number) {
    return await readPage(this.#connection, part, { after, limit });
  }

  async write<Part extends CopyPart>(
    part: Part,
    records: readonly CopiedRecords[Part][],
    place: CopyPlace,
  ): Promise<void> {
    await this.#connection.run(async (collections) => {
      // First whether it is still this run's turn, then the records, then how far it is.
      await this.#hold.keep();
      await insert(collections, { part, records } as AnyRecords);
      await this.#hold.note(place);
    });
  }

  async finish(): Promise<void> {
    await this.#lease.assertStillFree();
    await this.#connection.run(() => this.#hold.finish());
  }

  async discard(): Promise<void> {
    const mark = await this.#connection.run(readSchema);
    // Nothing unfinished: what else is there, `begin` looks at.
    if (mark?.copy === undefined) return;
    const { copy } = mark;
    await this.#lease.assertFree();
    await this.#connection.run(async () => {
      await this.#hold.takeOver(copy);
      await this.#hold.note(undefined);
    });
    await this.#emptyAll();
    await this.#connection.run(() => this.#hold.drop());
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #claim(collections: Collections, source: string): Promise<CopyPlace | undefined> {
    const found = await readSchema(collections);
    if (found === null) {
      if (!(await this.#isEmpty(collections))) {
        throw this.#refusal('it holds something already; a copy makes a new one');
      }
      await this.#hold.begin(source);
      return undefined;
    }
    const { copied, copy } = found;
    if (copied !== undefined) {
      throw this.#refusal(`it is the finished copy of ${copied.source}, and a store of its own`);
    }
    if (copy === undefined) {
      const reason = 'it is a store already, perhaps an empty one; a copy makes a new one';
      throw this.#refusal(reason);
    }
    if (copy.source !== source) {
      const reason = `it is an unfinished copy of ${copy.source}; begin anew with --restart`;
      throw this.#refusal(reason);
    }
    return await this.#hold.takeOver(copy);
  }

  async #isEmpty(collections: Collections): Promise<boolean> {
    for (const name of contents) {
      const found = await (collections[name] as unknown as Collection).findOne({});
      if (found !== null) return false;
    }
    return true;
  }

  /**
   * Removes what is there until nothing is. A run that was taken over writes no more after its last
   * insert; that one has no condition, and must not come when the mark is gone.
   */
  async #emptyAll(): Promise<void> {
    for (let round = 0; round < discardRounds; round += 1) {
      for (const name of contents) await this.#empty(name);
      await sleep(lateMs);
      if (await this.#connection.run((collections) => this.#isEmpty(collections))) return;
    }
    throw this.#refusal(
      'another process goes on writing records to it: stop that one, then give the same command ' +
        'with --restart again',
    );
  }

  /** Removes all documents, some at a time, as long as it is this run's turn. */
  async #empty(name: (typeof contents)[number]): Promise<void> {
    for (let more = true; more; ) {
      more = await this.#connection.run(async (collections) => {
        await this.#hold.keep();
        const collection = collections[name] as unknown as Collection<{ readonly _id: string }>;
        const [last] = await collection
          .find({}, { projection: { _id: 1 }, sort: { _id: 1 }, skip: removalSize, limit: 1 })
          .toArray();
        if (last !== undefined) {
          const { deletedCount } = await collection.deleteMany({ _id: { $lt: last._id } });
          if (deletedCount > 0) return true;
        }
        await collection.deleteMany({});
        return false;
      });
    }
  }

  #refusal(reason: string) {
    return invalidConfig(this.name, reason);
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
  // Written, but not known to be on a majority: then it is asked for again.
  if (caught.result.getWriteConcernError() !== undefined) throw storeUnavailable(caught);
  const errors = Array.isArray(caught.writeErrors) ? caught.writeErrors : [caught.writeErrors];
  return errors.length > 0 && errors.every(({ code }) => code === 11_000);
}
