import { describeLists } from '../contract/lists.suite.js';
import { describePersistenceModel } from '../session-model.suite.js';
import { describeDurablePersistence, describePersistence } from '../session-persistence.suite.js';
import { createFileStores } from './file-store.js';

describePersistence('SqliteSessionPersistence', createFileStores());
describeDurablePersistence('SqliteSessionPersistence', createFileStores());

describe('SqliteSessionPersistence with every query on a thread of its own', () => {
  describeLists(createFileStores({ 'options.quick_rows': 0 }));
});

// So few at a time that entries of indexes are merged, are being merged, and wait, all at once; and
// beats find their session known or not.
const merging = 'SqliteSessionPersistence, whose indexes are merged by threes';
const createMergingStores = createFileStores({
  'options.merge_rows': 3,
  'options.known_sessions': 2,
  'options.known_bytes': 400,
});
describePersistence(merging, createMergingStores);
describeDurablePersistence(merging, createMergingStores);
describePersistenceModel(merging, createMergingStores, { runs: 60 });

describePersistenceModel('SqliteSessionPersistence', createFileStores(), { runs: 60 });
