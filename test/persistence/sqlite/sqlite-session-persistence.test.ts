import { describeLists } from '../contract/lists.suite.js';
import { describePersistenceModel } from '../session-model.suite.js';
import { describeDurablePersistence, describePersistence } from '../session-persistence.suite.js';
import { createFileStores } from './file-store.js';

describePersistence('SqliteSessionPersistence', createFileStores());
describeDurablePersistence('SqliteSessionPersistence', createFileStores());

describe('SqliteSessionPersistence with every query on a thread of its own', () => {
  describeLists(createFileStores({ 'options.quick_rows': 0 }));
});

describePersistenceModel('SqliteSessionPersistence', createFileStores(), { runs: 60 });
