import { invalidConfig } from '../../../errors/makers.js';
import type { CopyPart, CopySource, CopyTarget } from '../../copy/copy-store.js';
import type { Collections } from '../collections.js';
import { schemaVersion } from '../schema.js';
import { CopyConnection, type CopyDatabaseOptions } from './copy-connection.js';
import { CopyLease } from './copy-lease.js';
import { readSchema } from './copy-mark.js';
import { type OriginalOptions, OriginalSource } from './copy-original.js';
import { readPage } from './copy-pages.js';
import { DatabaseTarget } from './copy-target.js';

/**
 * Opens a collection for a copy: one of this service that nobody serves, or one that
 * `service-sessions-node` wrote.
 * @throws INVALID_CONFIG when it is served, of a newer version, an unfinished copy, or empty.
 */
export async function openDatabaseSource(
  options: CopyDatabaseOptions & OriginalOptions,
): Promise<CopySource> {
  const connection = await CopyConnection.open(options);
  try {
    const isOurs = await connection.run((collections) => assertReadable(connection, collections));
    if (!isOurs) return new OriginalSource(connection, options);
    const lease = new CopyLease(connection);
    await lease.assertFree();
    return new DatabaseSource(connection, lease);
  } catch (caught) {
    await connection.close();
    throw caught;
  }
}

/** Connects to a database for a copy into it. @throws INVALID_CONFIG, STORE_UNAVAILABLE. */
export async function openDatabaseTarget(
  options: CopyDatabaseOptions & { readonly writer: string },
): Promise<CopyTarget> {
  return new DatabaseTarget(await CopyConnection.open(options), options);
}

/** Whether a collection is one of this service; one without any mark of it is the original's. */
async function assertReadable(
  { name }: CopyConnection,
  collections: Collections,
): Promise<boolean> {
  const schema = await readSchema(collections);
  if (schema === null) {
    const first = await collections.sessions.findOne({});
    if (first === null) throw invalidConfig(name, 'it holds no sessions');
    return false;
  }
  const { copy, version = 0 } = schema;
  if (copy !== undefined) {
    throw invalidConfig(name, `it is an unfinished copy of ${copy.source}`);
  }
  if (version > schemaVersion) {
    const reason = `its schema has version ${version}, this service reads up to ${schemaVersion}`;
    throw invalidConfig(name, reason);
  }
  return true;
}

/** A collection of this service, as a copy reads it. */
class DatabaseSource implements CopySource {
  readonly #connection: CopyConnection;
  readonly #lease: CopyLease;

  constructor(connection: CopyConnection, lease: CopyLease) {
    this.#connection = connection;
    this.#lease = lease;
  }

  get name(): string {
    return this.#connection.name;
  }

  async count(part: CopyPart): Promise<number> {
    return await this.#connection.count(part);
  }

  async read<Part extends CopyPart>(part: Part, after: string | undefined, limit: number) {
    return await readPage(this.#connection, part, { after, limit });
  }

  async assertUnchanged(): Promise<void> {
    await this.#lease.assertStillFree();
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
