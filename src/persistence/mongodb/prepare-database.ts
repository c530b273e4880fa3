import type { Db } from 'mongodb';
import { invalidConfig } from '../../errors/makers.js';
import type { SessionError } from '../../errors/session-error.js';
import { type Collections, collectionsOf, isDuplicate } from './collections.js';
import { classifyMongoFailure } from './connection/mongo-failure.js';
import { readSchema, type SchemaDocument, schemaId, schemasOf } from './copy/copy-mark.js';
import { type IndexUse, makeIndexes } from './make-indexes.js';
import { schemaVersion } from './schema.js';

/** What a database is prepared for. */
export interface DatabaseUse extends IndexUse {
  /** Name of the collection of sessions. */
  readonly collection: string;
  /** Version of this service. */
  readonly writer: string;
}

/**
 * Makes what is missing of the schema and compares what is there; idempotent, and safe in several
 * processes at once.
 * @throws INVALID_CONFIG when the collection is of something else, of a newer version, or an
 *   unfinished copy, or an index of ours is another one.
 */
export async function prepareDatabase(db: Db, use: DatabaseUse): Promise<void> {
  const collections = collectionsOf(db, use.collection);
  assertServable(await findSchema(collections, use), use);
  await makeIndexes(collections, use);
  await noteStart(collections);
}

/** What the database says of its schema, written down when it is new. */
async function findSchema(collections: Collections, use: DatabaseUse): Promise<SchemaDocument> {
  const found = await readSchema(collections);
  if (found !== null) return found;
  if ((await collections.sessions.findOne({})) !== null) {
    throw refuse(use, `"${use.collection}" holds documents of something else; choose another name`);
  }
  const made = { _id: schemaId, version: schemaVersion, writer: use.writer };
  try {
    await schemasOf(collections).insertOne(made);
    return made;
  } catch (caught) {
    if (!isDuplicate(caught)) throw caught;
    // Another process was as far: what it wrote counts, and may be the mark of a copy.
    return (await readSchema(collections)) ?? made;
  }
}

/** A copy that reads the collection meanwhile sees that it was served. */
async function noteStart(collections: Collections): Promise<void> {
  try {
    await schemasOf(collections).findOneAndUpdate({ _id: schemaId }, { $inc: { starts: 1 } });
  } catch (caught) {
    // A full database is served as far as it goes.
    if (classifyMongoFailure(caught) !== 'full') throw caught;
  }
}

/** Whatever its version, nobody serves an unfinished copy. */
function assertServable({ copy, version = 0, writer }: SchemaDocument, use: DatabaseUse): void {
  if (copy !== undefined) {
    throw refuse(
      use,
      `"${use.collection}" is an unfinished copy of ${copy.source}; give the same \`copy\` again, ` +
        'and it goes on',
    );
  }
  if (version <= schemaVersion) return;
  throw refuse(
    use,
    `the schema of "${use.collection}" has version ${version}, this service reads up to ` +
      `${schemaVersion}; start service-sessions ${String(writer)} or a later one`,
  );
}

function refuse({ component }: DatabaseUse, reason: string): SessionError {
  return invalidConfig(`${component}: collection`, reason);
}
