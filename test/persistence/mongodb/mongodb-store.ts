import { MongoClient } from 'mongodb';
import { ConfigParams } from 'pip-services3-commons-nodex';
import {
  MongodbSessionPersistence,
  type MongodbSessionPersistenceOptions,
} from '../../../src/persistence/mongodb/mongodb-session-persistence.js';
import type { MongoDatabases } from '../../support/mongo-database.js';
import type { CreateStore, DurableStoreUnderTest } from '../contract/subject.js';

/** Settings of a store beside its address. */
export type MongodbStoreSettings = Readonly<Record<string, unknown>>;

/**
 * Makes a database that several come to at once: mongo-java-server answers an error of its own when
 * two of them are the first.
 */
export async function makeDatabase(uri: string): Promise<void> {
  const client = await MongoClient.connect(uri);
  try {
    await client.db().collection('made').insertOne({});
  } finally {
    await client.close();
  }
}

/** What mongo-java-server says, and no MongoDB, to some of those who make one collection at once. */
const ownFault = 'Unknown error: null';

/** Does something that may meet {@link ownFault}, until it does not, five times more at most. */
export async function pastOwnFault<Value>(action: () => Promise<Value>): Promise<Value> {
  for (let rest = 5; ; rest -= 1) {
    try {
      return await action();
    } catch (caught) {
      const { message, cause } = caught as Error;
      const isOwn = message === ownFault || (cause as Error | undefined)?.message === ownFault;
      if (rest === 0 || !isOwn) throw caught;
    }
  }
}

/** Opens a store on a database. */
export async function openMongodbStore(
  uri: string,
  settings: MongodbStoreSettings = {},
  options: MongodbSessionPersistenceOptions = {},
): Promise<MongodbSessionPersistence> {
  const store = new MongodbSessionPersistence(options);
  store.configure(ConfigParams.fromValue({ connection: { uri }, ...settings }));
  await pastOwnFault(() => store.open('test'));
  return store;
}

/** Makes stores with collections of their own, for the suites of the port. */
export function createMongodbStores(
  databases: MongoDatabases,
  settings: MongodbStoreSettings = {},
): CreateStore<DurableStoreUnderTest> {
  return async () => {
    const database = databases.create();
    let store = await openMongodbStore(database.uri, settings);
    return {
      store,
      writesEnds: true,
      async close() {
        await store.close('test');
        await database.drop();
      },
      async reopen() {
        await store.close('test');
        store = await openMongodbStore(database.uri, settings);
        return store;
      },
    };
  };
}
