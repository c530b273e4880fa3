import { ConfigParams } from 'pip-services3-commons-nodex';
import {
  SqliteSessionPersistence,
  type SqliteSessionPersistenceOptions,
} from '../../../src/persistence/sqlite/sqlite-session-persistence.js';
import { createTemporaryFolder } from '../../support/temporary-folder.js';
import type { CreateStore, DurableStoreUnderTest } from '../contract/subject.js';

/** Opens a store on a file, with a reserve that costs no time unless it is asked for. */
export async function openFileStore(
  path: string,
  settings: Readonly<Record<string, unknown>> = {},
  options: SqliteSessionPersistenceOptions = {},
): Promise<SqliteSessionPersistence> {
  const store = new SqliteSessionPersistence(options);
  const config = { path, 'options.reserve_bytes': 0, ...settings };
  store.configure(ConfigParams.fromValue(config));
  await store.open('test');
  return store;
}

/** Makes stores in folders of their own, for the suites of the port. */
export function createFileStores(
  settings: Readonly<Record<string, unknown>> = {},
): CreateStore<DurableStoreUnderTest> {
  return async () => {
    const folder = await createTemporaryFolder();
    const path = folder.file('sessions.db');
    let store = await openFileStore(path, settings);
    return {
      store,
      async close() {
        await store.close('test');
        await folder.remove();
      },
      async reopen() {
        await store.close('test');
        store = await openFileStore(path, settings);
        return store;
      },
    };
  };
}
