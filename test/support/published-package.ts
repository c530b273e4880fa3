import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Unpacks a package of the npm registry into a folder and answers where its files lie;
 * `undefined` when the registry does not answer, unless everything is required (`REQUIRE_ALL`).
 */
export async function unpackPublished(
  specifier: string,
  folder: string,
): Promise<string | undefined> {
  try {
    await run('npm', ['pack', '--silent', '--pack-destination', folder, specifier]);
    const archive = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
    await run('tar', ['-xzf', join(folder, String(archive)), '-C', folder]);
    return join(folder, 'package');
  } catch (caught) {
    if (process.env['REQUIRE_ALL'] === 'true') throw caught;
    return undefined;
  }
}
