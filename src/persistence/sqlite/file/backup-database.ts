import { existsSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalidConfig } from '../../../errors/makers.js';
import { isSessionError } from '../../../errors/session-error.js';
import { Connection } from '../connection/connection.js';
import { makePrivate } from './open-database.js';

/**
 * Writes a compact copy of a database, as of one moment, while it may be served. The copy stands
 * under its name only when it is whole.
 * @throws INVALID_CONFIG naming the file that is not there, cannot be read, or is there already.
 */
export async function backupDatabase(path: string, target: string): Promise<void> {
  if (!existsSync(path)) throw invalidConfig(path, 'there is no such file');
  if (existsSync(target)) throw invalidConfig(target, 'it exists already; choose another name');
  const partial = `${resolve(target)}.partial`;
  rmSync(partial, { force: true });
  try {
    makePrivate(partial);
    copy(path, partial);
    renameSync(partial, target);
  } catch (caught) {
    rmSync(partial, { force: true });
    if (isSessionError(caught)) throw caught;
    const reason = caught instanceof Error ? caught.message : String(caught);
    throw invalidConfig(path, `it could not be copied to ${target} (${reason})`, caught);
  }
}

function copy(path: string, target: string): void {
  const connection = new Connection(path, { readOnly: true });
  try {
    connection.prepare('VACUUM INTO ?').run(target);
  } finally {
    connection.close();
  }
}
