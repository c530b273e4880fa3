import { MemorySessionPersistence } from '../../../src/persistence/memory/memory-session-persistence.js';

/** An open, empty memory store with default settings. */
export async function createMemoryStore() {
  const store = new MemorySessionPersistence();
  await store.open('test');
  return { store, close: () => store.close('test') };
}
