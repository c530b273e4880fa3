import { execFileSync } from 'node:child_process';

/** Mounts a file system in memory; false where that is not allowed. */
export function mountSmall(folder: string, options: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Changes the options of a mounted file system. */
export function remount(folder: string, options: string): void {
  execFileSync('mount', ['-o', `remount,${options}`, folder]);
}

/** Ends it, also while something in it is open. */
export function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder]);
}
