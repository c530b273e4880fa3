import { MemorySessionPersistence } from '../../../src/persistence/memory/memory-session-persistence.js';
import { describePersistenceModel } from '../session-model.suite.js';
import { describePersistence } from '../session-persistence.suite.js';

async function createStore() {
  const store = new MemorySessionPersistence();
  await store.open('test');
  return { store, close: () => store.close('test') };
}

describePersistence('MemorySessionPersistence', createStore);
describePersistenceModel('MemorySessionPersistence', createStore);
