import { useMongoDatabases } from '../../support/mongo-database.js';
import { describePersistenceModel } from '../session-model.suite.js';
import { describeDurablePersistence, describePersistence } from '../session-persistence.suite.js';
import { createAlternatingStores } from './alternating-stores.js';
import { createMongodbStores } from './mongodb-store.js';

describe('on a MongoDB server', () => {
  const databases = useMongoDatabases();
  const createStore = createMongodbStores(databases);

  describePersistence('MongodbSessionPersistence', createStore);
  describeDurablePersistence('MongodbSessionPersistence', createStore);
  describePersistenceModel('MongodbSessionPersistence', createStore, { runs: 60 });
  describePersistenceModel(
    'MongodbSessionPersistence, each call to another of three processes,',
    createAlternatingStores(databases, 3),
    { runs: 60 },
  );
});
