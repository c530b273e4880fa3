import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of a test's own. */
export interface TemporaryFolder {
  readonly path: string;
  /** Path of a file in it. */
  file(name: string): string;
  remove(): Promise<void>;
}

/** Makes an empty folder under the system's temporary one. */
export async function createTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'service-sessions-'));
  return {
    path,
    file: (name) => join(path, name),
    remove: async () => await rm(path, { recursive: true, force: true }),
  };
}
