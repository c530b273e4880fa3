import type { SessionPersistence } from '../../../src/logic/session-persistence.js';
import type { MongodbSessionPersistence } from '../../../src/persistence/mongodb/mongodb-session-persistence.js';
import type { MongoDatabases } from '../../support/mongo-database.js';
import type { CreateStore } from '../contract/subject.js';
import { openMongodbStore } from './mongodb-store.js';

/** Makes stores each of whose calls goes to the next of several processes on one database. */
export function createAlternatingStores(databases: MongoDatabases, count: number): CreateStore {
  return async () => {
    const database = databases.create();
    const stores: MongodbSessionPersistence[] = [];
    const openAll = async () => {
      for (let n = 0; n < count; n += 1) stores.push(await openMongodbStore(database.uri));
    };
    const closeAll = async () => {
      for (const store of stores.splice(0)) await store.close('test');
    };
    await openAll();
    let calls = 0;
    const store = new Proxy({} as SessionPersistence, {
      get:
        (_target, name: keyof SessionPersistence) =>
        async (...parameters: readonly unknown[]) => {
          // What another process copies to the ledger beside its answers must be there: a copy that
          // comes after a sweep is removed by the next one only.
          if (name === 'prune') await closeAll().then(openAll);
          calls += 1;
          const next = stores[calls % count] as MongodbSessionPersistence;
          return await Reflect.apply(Reflect.get(next, name), next, parameters);
        },
    });
    return {
      store,
      writesEnds: true,
      async close() {
        await closeAll();
        await database.drop();
      },
    };
  };
}
