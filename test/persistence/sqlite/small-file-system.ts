import { execFileSync } from 'node:child_process';

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

function run(command: string, parameters: readonly string[]): void {
  execFileSync(command, parameters, { stdio: 'ignore' });
}
