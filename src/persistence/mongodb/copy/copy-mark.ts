import type { Collection, Db } from 'mongodb';
import type { SessionError } from '../../../errors/session-error.js';
import type { CopyPlace } from '../../copy/copy-store.js';
import { type Collections, collectionsOf, isDuplicate } from '../collections.js';
import { schemaVersion } from '../schema.js';

/** What a collection says of the copy that makes it. */
export interface CopyMark {
  /** Name of the source. */
  readonly source: string;
  /** The run that works on it. */
  readonly owner: string;
  /** JSON of a place. */
  readonly place?: string;
}

/**
 * What says which schema a database has, and, in the same document, whether a copy of it is not
 * finished: one write decides both.
 */
export interface SchemaDocument {
  readonly _id: string;
  readonly version?: number;
  /** Version of this service that wrote it, or must come first. */
  readonly writer?: string;
  /** While a copy is not finished: no service starts on it. */
  readonly copy?: CopyMark;
  /** How often a process has begun to serve it. */
  readonly starts?: number;
  /** The copy that made it. */
  readonly copied?: Omit<CopyMark, 'place'>;
}

/** `_id` of the document of the schema. */
export const schemaId = 'schema';

/** Version of the schema while a copy is not finished, for services that know no marks. */
const copyingVersion = 1_000_000;

/** The document of the schema stands among what concerns the database as a whole. */
export function schemasOf({ meta }: Pick<Collections, 'meta'>): Collection<SchemaDocument> {
  return meta as unknown as Collection<SchemaDocument>;
}

/** What a database says of its schema; `null` when it has none. */
export async function readSchema(
  collections: Pick<Collections, 'meta'>,
): Promise<SchemaDocument | null> {
  return await schemasOf(collections).findOne({ _id: schemaId });
}

/** What a {@link CopyHold} is made with. */
export interface CopyHoldOptions {
  readonly db: Db;
  readonly collection: string;
  /** A name that no other run has. */
  readonly owner: string;
  /** Version of this service. */
  readonly writer: string;
  readonly refuse: (reason: string) => SessionError;
}

/**
 * The hold of one run on the copy that it makes. Every change of the mark has the run in its
 * condition, so that of two runs the one that came later goes on and the other fails.
 */
export class CopyHold {
  readonly #schemas: Collection<SchemaDocument>;
  readonly #options: CopyHoldOptions;

  constructor(options: CopyHoldOptions) {
    this.#options = options;
    this.#schemas = schemasOf(collectionsOf(options.db, options.collection));
  }

  /** Marks a collection that has no schema yet. @throws INVALID_CONFIG when it has one now. */
  async begin(source: string): Promise<void> {
    const { owner, refuse, writer } = this.#options;
    try {
      await this.#schemas.insertOne({
        _id: schemaId,
        version: copyingVersion,
        writer: `${writer} when \`copy\` has finished what it began here,`,
        copy: { source, owner },
      });
    } catch (caught) {
      if (!isDuplicate(caught)) throw caught;
      // A repetition of this write, whose answer was lost, finds its own.
      const mark = await this.#schemas.findOne({ _id: schemaId, 'copy.owner': owner });
      if (mark === null) throw refuse('another process has just begun to use it');
    }
  }

  /** Takes an unfinished copy over, from the run that it knew. Answers how far it is. */
  async takeOver({ source, owner: former }: CopyMark): Promise<CopyPlace | undefined> {
    const { owner, refuse } = this.#options;
    const taken = await this.#schemas.findOneAndUpdate(
      { _id: schemaId, 'copy.source': source, 'copy.owner': { $in: [former, owner] } },
      { $set: { 'copy.owner': owner } },
    );
    if (taken === null) throw refuse('another copy has just taken it over');
    const place = taken.copy?.place;
    return place === undefined ? undefined : (JSON.parse(place) as CopyPlace);
  }

  /** @throws INVALID_CONFIG when the copy is not this run's any more. */
  async keep(): Promise<void> {
    await this.#change({ $set: { 'copy.owner': this.#options.owner } });
  }

  /** Notes how far the copy is; nothing of it is there any more, without a place. */
  async note(place: CopyPlace | undefined): Promise<void> {
    await this.#change(
      place === undefined
        ? { $unset: { 'copy.place': '' } }
        : { $set: { 'copy.place': JSON.stringify(place) } },
    );
  }

  /** Makes it a store that can be served: from then on it is no copy any more, for nobody. */
  async finish(): Promise<void> {
    const { owner, refuse, writer } = this.#options;
    const mark = await this.#schemas.findOne({ _id: schemaId });
    // A repetition, after an answer that was lost.
    if (mark?.copy === undefined && mark?.copied?.owner === owner) return;
    const copied = { source: mark?.copy?.source ?? '', owner };
    const { matchedCount } = await this.#schemas.updateOne(
      { _id: schemaId, 'copy.owner': owner },
      { $set: { version: schemaVersion, writer, copied }, $unset: { copy: '' } },
    );
    if (matchedCount === 0) throw refuse(lost);
  }

  /** Removes the mark of a copy of which nothing is there any more. */
  async drop(): Promise<void> {
    await this.#schemas.deleteOne({ _id: schemaId, 'copy.owner': this.#options.owner });
  }

  async #change(change: object): Promise<void> {
    const { owner, refuse } = this.#options;
    const { matchedCount } = await this.#schemas.updateOne(
      { _id: schemaId, 'copy.owner': owner },
      change,
    );
    if (matchedCount === 0) throw refuse(lost);
  }
}

const lost = 'another copy has taken over';
