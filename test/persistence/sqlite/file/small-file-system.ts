import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Mounts a file system in memory; false where that is not allowed. */
export function mountSmall(folder: string, options: string): boolean {
  try {
    run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
    return true;
  } catch {
    return false;
  }
}

/** Changes the options of a mounted file system. */
export function remount(folder: string, options: string): void {
  run('mount', ['-o', `remount,${options}`, folder]);
}

/** Ends it, also while something in it is open. */
export function unmount(folder: string): void {
  run('umount', ['-l', folder]);
}

/** Takes what a file system has left, but for some bytes. */
export function fillUp(path: string, left = 0): void {
  const { bavail, bsize } = statfsSync(dirname(path));
  writeFileSync(path, randomBytes(bavail * bsize - left));
}

function run(command: string, parameters: readonly string[]): void {
  execFileSync(command, parameters, { stdio: 'ignore' });
}
