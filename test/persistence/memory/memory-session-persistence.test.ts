import { describePersistenceModel } from '../session-model.suite.js';
import { describePersistence } from '../session-persistence.suite.js';
import { createMemoryStore } from './memory-store.js';

describePersistence('MemorySessionPersistence', createMemoryStore);
describePersistenceModel('MemorySessionPersistence', createMemoryStore);
