import type { Collection } from 'mongodb';
import { absent } from '../../../domain/presence.js';
import type {
  CopiedRecords,
  CopiedSession,
  CopyPage,
  CopyPart,
  CopySource,
} from '../../copy/copy-store.js';
import { OriginalRefusal, readOriginal } from '../../copy/original-session.js';
import type { CopyConnection } from './copy-connection.js';

/** What the sessions of the original do not say. */
export interface OriginalOptions {
  /** How long they may be silent, in ms. */
  readonly idleTimeoutMs: number;
}

/** The types that an `_id` has, but for text. */
const otherIds = [
  ...(['objectId', 'int', 'long', 'double', 'decimal', 'binData', 'date'] as const),
  ...(['object', 'bool', 'null', 'timestamp'] as const),
];

/** A document as `service-sessions-node` wrote it: times as dates, documents as they came. */
interface OriginalDocument {
  readonly _id: string;
}

/** Sessions that `service-sessions-node` wrote; it has no ledger, and no request ids. */
export class OriginalSource implements CopySource {
  readonly #connection: CopyConnection;
  readonly #options: OriginalOptions;

  constructor(connection: CopyConnection, options: OriginalOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  get name(): string {
    return `${this.#connection.name} of service-sessions-node`;
  }

  async count(part: CopyPart): Promise<number> {
    return part === 'sessions' ? await this.#connection.count(part) : 0;
  }

  async read<Part extends CopyPart>(
    part: Part,
    after: string | undefined,
    limit: number,
  ): Promise<CopyPage<Part>> {
    if (part !== 'sessions') return { records: [], damaged: [] };
    const page = await this.#readSessions(after, limit);
    return { ...page, records: page.records as readonly CopiedRecords[Part][] };
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #readSessions(after: string | undefined, limit: number): Promise<CopyPage<'sessions'>> {
    const documents = await this.#connection.run(() =>
      this.#collection
        .find({ _id: after === undefined ? { $gte: '' } : { $gt: after } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    );
    const records: CopiedSession[] = [];
    const damaged: string[] = [];
    for (const document of documents) {
      try {
        records.push(this.#toRecord(document));
      } catch (caught) {
        if (!(caught instanceof OriginalRefusal)) throw caught;
        damaged.push(`session ${document._id}: ${caught.message}`);
      }
    }
    const last = documents.length < limit ? undefined : documents.at(-1);
    if (last !== undefined) return { records, damaged, next: last._id };
    return { records, damaged: [...damaged, ...(await this.#readOthers())] };
  }

  /** What has an id that the original never made; by the index, so that only these are counted. */
  async #readOthers(): Promise<readonly string[]> {
    const count = await this.#connection.run(() =>
      this.#collection.countDocuments({ $or: otherIds.map(($type) => ({ _id: { $type } })) }),
    );
    return Array.from({ length: count }, () => 'a document: its _id is no text');
  }

  get #collection(): Collection<OriginalDocument> {
    return this.#connection.db.collection<OriginalDocument>(this.#connection.collection);
  }

  #toRecord({ _id: id, ...fields }: OriginalDocument): CopiedSession {
    // As its answers had it: dates and ids of MongoDB as text.
    const entry: unknown = JSON.parse(JSON.stringify({ ...fields, id }));
    return { session: readOriginal(entry, this.#options.idleTimeoutMs), presence: absent };
  }
}
