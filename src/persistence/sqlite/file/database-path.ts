import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';

/** As many links as Linux follows. */
const mostLinks = 40;

/**
 * The database that a path of the settings means: the original's `.json` is the `.db` beside it, and a
 * symbolic link the file that it names, which need not be there yet. SQLite has the log beside that file,
 * so lock and reserve must be there too.
 */
export function databasePath(path: string): string {
  return linkedFile(resolve(path).replace(/\.json$/, '.db'), mostLinks);
}

function linkedFile(path: string, links: number): string {
  try {
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
    if (!isLink || links === 0) return path;
    const target = readlinkSync(path);
    // Not by `resolve`: what `..` leads to depends on the links before it.
    const named = isAbsolute(target) ? target : `${dirname(path)}/${target}`;
    return linkedFile(join(realpathSync.native(dirname(named)), basename(named)), links - 1);
  } catch {
    // Who opens it says what is wrong.
    return path;
  }
}
