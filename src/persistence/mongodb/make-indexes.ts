import type { Collection, CreateIndexesOptions, IndexDescriptionInfo } from 'mongodb';
import type { ILogger } from 'pip-services3-components-nodex';
import { invalidConfig } from '../../errors/makers.js';
import type { SessionError } from '../../errors/session-error.js';
import type { Collections } from './collections.js';
import { type IndexPlan, indexPlans } from './schema.js';

/** For whom indexes are made. */
export interface IndexUse {
  /** Name of the component in messages. */
  readonly component: string;
  /** Hears which indexes are built over data that is there. */
  readonly logger?: ILogger;
}

/**
 * How indexes over data are asked for: the answer comes when all are built, after hours perhaps, and
 * a server whose client is gone begins anew. It is an option of a command of the driver that its
 * types do not name.
 */
const patience = { socketTimeoutMS: 0 } as CreateIndexesOptions;

/** Makes the indexes that are missing. @throws INVALID_CONFIG naming one that is another one. */
export async function makeIndexes(collections: Collections, use: IndexUse): Promise<void> {
  for (const name of ['sessions', 'stretches', 'requests', 'limits'] as const) {
    const plans = indexPlans.filter((plan) => plan.collection === name);
    // The method reads nothing of a document: any collection will do.
    await makeIndexesOf(collections[name] as unknown as Collection, plans, use);
  }
}

async function makeIndexesOf(
  collection: Collection,
  plans: readonly IndexPlan[],
  use: IndexUse,
): Promise<void> {
  const found = await indexesOf(collection);
  assertPlain(collection, found, use);
  for (const plan of plans) assertSame(collection, found, plan, use);
  const missing = plans.filter(({ name }) => !found.some((index) => index.name === name));
  if (missing.length === 0) return;
  try {
    // Without a collection there is no index either, that of `_id` included.
    const holdsData = found.length > 0 && (await hasDocuments(collection));
    await build(collection, missing, { ...use, holdsData });
  } catch (caught) {
    if (!hasCode(caught, optionsConflict) && !hasCode(caught, keysConflict)) throw caught;
    throw refuseConflict(collection, { found, missing, use, caught });
  }
}

async function build(
  collection: Collection,
  missing: readonly IndexPlan[],
  { component, logger, holdsData }: IndexUse & { readonly holdsData: boolean },
): Promise<void> {
  const indexes = missing.map(({ name, keys, sparse = false }) => ({
    name,
    key: { ...keys },
    sparse,
  }));
  if (!holdsData) {
    await collection.createIndexes(indexes);
    return;
  }
  const names = indexes.map(({ name }) => name).join(', ');
  const text = 'Building indexes of %s over what it holds: %s. The start waits for them';
  logger?.warn(component, text, collection.collectionName, names);
  await collection.createIndexes(indexes, patience);
  logger?.info(component, 'The indexes of %s are built', collection.collectionName);
}

async function hasDocuments(collection: Collection): Promise<boolean> {
  return (await collection.findOne({}, { projection: { _id: 1 } })) !== null;
}

/** None when there is no such collection yet. */
async function indexesOf(collection: Collection): Promise<readonly IndexDescriptionInfo[]> {
  try {
    return await collection.indexes();
  } catch (caught) {
    if (hasCode(caught, noCollection)) return [];
    throw caught;
  }
}

/** Codes of MongoDB: NamespaceNotFound, IndexOptionsConflict, IndexKeySpecsConflict. */
const [noCollection, optionsConflict, keysConflict] = [26, 85, 86];

function hasCode(caught: unknown, code: number): boolean {
  return caught instanceof Error && 'code' in caught && caught.code === code;
}

/** A collation of the collection is that of all its indexes: other ids would be equal. */
function assertPlain(
  { collectionName }: Collection,
  found: readonly IndexDescriptionInfo[],
  use: IndexUse,
): void {
  const primary = found.find(({ name }) => name === '_id_');
  if (primary === undefined || collationOf(primary) === null) return;
  const reason = `"${collectionName}" was created with a collation, and must be without one`;
  throw refuse(use, reason);
}

function assertSame(
  { collectionName }: Collection,
  found: readonly IndexDescriptionInfo[],
  plan: IndexPlan,
  use: IndexUse,
): void {
  const index = found.find(({ name }) => name === plan.name);
  if (index === undefined) return;
  const { sparse = false, unique = false } = index;
  // One that holds not all, or in another order, or lets the server remove what is in it, or is
  // not used, is another one too.
  const others = [index['partialFilterExpression'], index['expireAfterSeconds']];
  const { hidden = false } = index;
  const is = [sparse, unique, hidden, collationOf(index), ...others.map((other) => other ?? null)];
  const wanted = [plan.sparse ?? false, false, false, null, null, null];
  if (JSON.stringify(is) === JSON.stringify(wanted) && hasKeysOf(plan, index)) return;
  throw refuse(
    use,
    `the index "${plan.name}" of "${collectionName}" is not the one that this service makes; ` +
      'drop it, and the next start makes it again',
  );
}

/** Why indexes cannot be made: others stand in their place. */
function refuseConflict(
  { collectionName }: Collection,
  conflict: {
    readonly found: readonly IndexDescriptionInfo[];
    readonly missing: readonly IndexPlan[];
    readonly use: IndexUse;
    readonly caught: unknown;
  },
): SessionError {
  const { caught, found, missing, use } = conflict;
  for (const plan of missing) {
    const twin = found.find((index) => hasKeysOf(plan, index));
    if (twin === undefined) continue;
    const reason =
      `the index "${twin.name}" of "${collectionName}" has the keys of "${plan.name}", which this ` +
      'service makes; drop it, and the next start makes that one';
    return refuse(use, reason, caught);
  }
  const names = missing.map(({ name }) => `"${name}"`).join(', ');
  const reason = caught instanceof Error ? caught.message : String(caught);
  return refuse(use, `of the indexes ${names} of "${collectionName}": ${reason}`, caught);
}

function hasKeysOf({ keys }: IndexPlan, { key }: IndexDescriptionInfo): boolean {
  const is = Object.entries(key).map(([field, order]) => [field, Number(order)]);
  return JSON.stringify(is) === JSON.stringify(Object.entries(keys));
}

/** How texts are compared, unless by their bytes. */
function collationOf({ collation }: IndexDescriptionInfo): string | null {
  return collation === undefined || collation.locale === 'simple' ? null : collation.locale;
}

function refuse({ component }: IndexUse, reason: string, cause?: unknown): SessionError {
  return invalidConfig(`${component}: collection`, reason, cause);
}
