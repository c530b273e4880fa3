import { describePersistence } from '../session-persistence.suite.js';
import { createFileStore } from './file-store.js';

describePersistence('SqliteSessionPersistence', createFileStore);
