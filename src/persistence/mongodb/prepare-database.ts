import type { Collection, Db, IndexDescriptionInfo } from 'mongodb';
import { invalidConfig } from '../../errors/makers.js';
import { type Collections, collectionsOf, isDuplicate } from './collections.js';
import { type IndexPlan, indexPlans, schemaVersion } from './schema.js';

/** What a database is prepared for. */
export interface DatabaseUse {
  /** Name of the component in messages. */
  readonly component: string;
  /** Name of the collection of sessions. */
  readonly collection: string;
  /** Version of this service. */
  readonly writer: string;
}

/** `_id` of the document that says which schema the database has. */
const schemaId = 'schema';

/**
 * Makes what is missing of the schema and compares what is there; idempotent, and safe in several
 * processes at once.
 * @throws INVALID_CONFIG when the collection is of something else or of a newer version, or an
 *   index of ours has other keys.
 */
export async function prepareDatabase(db: Db, use: DatabaseUse): Promise<void> {
  const collections = collectionsOf(db, use.collection);
  await assertOurs(collections, use);
  for (const name of ['sessions', 'stretches', 'requests', 'limits'] as const) {
    const plans = indexPlans.filter((plan) => plan.collection === name);
    // The method reads nothing of a document: any collection will do.
    await makeIndexes(collections[name] as unknown as Collection, plans, use);
  }
}

async function assertOurs(collections: Collections, use: DatabaseUse): Promise<void> {
  const { meta, sessions } = collections;
  const setting = `${use.component}: collection`;
  const found = await meta.findOne({ _id: schemaId });
  if (found === null) {
    if ((await sessions.findOne({})) !== null) {
      const reason = `"${use.collection}" holds documents of something else; choose another name`;
      throw invalidConfig(setting, reason);
    }
    await insertOnce(collections, use);
    return;
  }
  const { version = 0, writer } = found;
  if (version <= schemaVersion) return;
  throw invalidConfig(
    setting,
    `the schema of "${use.collection}" has version ${version}, this service reads up to ` +
      `${schemaVersion}; start service-sessions ${String(writer)} or a later one`,
  );
}

/** Another process may be as far: the first one writes it. */
async function insertOnce({ meta }: Collections, { writer }: DatabaseUse): Promise<void> {
  try {
    await meta.insertOne({ _id: schemaId, version: schemaVersion, writer });
  } catch (caught) {
    if (!isDuplicate(caught)) throw caught;
  }
}

async function makeIndexes(
  collection: Collection,
  plans: readonly IndexPlan[],
  use: DatabaseUse,
): Promise<void> {
  const found = await indexesOf(collection);
  const missing = plans.filter(({ name }) => !found.some((index) => index.name === name));
  for (const plan of plans) assertSame(collection, found, plan, use);
  if (missing.length === 0) return;
  await collection.createIndexes(
    missing.map(({ name, keys, sparse = false }) => ({ name, key: { ...keys }, sparse })),
  );
}

/** None when there is no such collection yet. */
async function indexesOf(collection: Collection): Promise<readonly IndexDescriptionInfo[]> {
  try {
    return await collection.indexes();
  } catch (caught) {
    const isAbsent = caught instanceof Error && 'code' in caught && caught.code === 26;
    if (isAbsent) return [];
    throw caught;
  }
}

function assertSame(
  collection: Collection,
  found: readonly IndexDescriptionInfo[],
  plan: IndexPlan,
  { component }: DatabaseUse,
): void {
  const index = found.find(({ name }) => name === plan.name);
  if (index === undefined) return;
  const { sparse = false, unique = false, key } = index;
  const keys = Object.entries(key).map(([field, order]) => [field, Number(order)]);
  // One that holds not all, or lets the server remove what is in it, is another one too.
  const others = [index['partialFilterExpression'], index['expireAfterSeconds']];
  const is = JSON.stringify([keys, sparse, unique, ...others.map((other) => other ?? null)]);
  const planned = Object.entries(plan.keys);
  const wanted = JSON.stringify([planned, plan.sparse ?? false, false, null, null]);
  if (is === wanted) return;
  throw invalidConfig(
    `${component}: collection`,
    `the index "${plan.name}" of "${collection.collectionName}" is not the one that this service ` +
      'makes; drop it, and the next start makes it again',
  );
}
