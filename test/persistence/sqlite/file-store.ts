import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ConfigParams, Descriptor, References } from 'pip-services3-commons-nodex';
import { Logger, LogLevel } from 'pip-services3-components-nodex';
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
  configure(store, path, settings);
  await store.open('test');
  return store;
}

/** The same, and the messages of its log; those of warnings apart too. */
export async function openLogged(path: string, settings: Readonly<Record<string, unknown>> = {}) {
  const store = new SqliteSessionPersistence();
  const logger = new LineLogger();
  configure(store, path, settings);
  store.setReferences(
    References.fromTuples(
      new Descriptor('pip-services', 'logger', 'lines', 'default', '1.0'),
      logger,
    ),
  );
  await store.open('test');
  return { store, lines: logger.lines, warnings: logger.warnings };
}

/** Copies a database that a store has open to what a kill at this moment would leave. */
export function copyAsKilled(path: string, copy: string): void {
  const log = () => (existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`) : Buffer.alloc(0));
  for (;;) {
    const before = log();
    copyFileSync(path, copy);
    const after = log();
    // One that was begun anew meanwhile has not all that the copy of the database lacks.
    if (!headerOf(before).equals(headerOf(after))) continue;
    writeFileSync(`${copy}-wal`, after);
    return;
  }
}

function headerOf(log: Buffer): Buffer {
  return log.subarray(0, 32);
}

function configure(
  store: SqliteSessionPersistence,
  path: string,
  settings: Readonly<Record<string, unknown>>,
): void {
  store.configure(ConfigParams.fromValue({ path, 'options.reserve_bytes': 0, ...settings }));
}

class LineLogger extends Logger {
  readonly lines: string[] = [];
  readonly warnings: string[] = [];

  constructor() {
    super();
    this.setLevel(LogLevel.Trace);
  }

  protected override write(
    level: LogLevel,
    _correlationId: string,
    _error: Error,
    message: string,
  ): void {
    this.lines.push(message);
    if (level === LogLevel.Warn) this.warnings.push(message);
  }
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
