import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';

/** As many links as Linux follows. */
const mostLinks = 40;

/**
 * The file that SQLite opens at an absolute path: where that is a symbolic link, the file that it
 * names, which need not be there yet. SQLite has the log beside it, so lock and reserve must be there too.
 */
export function linkedFile(path: string, links = mostLinks): string {
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
