import { backupDatabase } from '../persistence/sqlite/file/backup-database.js';
import { verifyDatabase } from '../persistence/sqlite/file/verify-database.js';
import { showProgress } from './show-progress.js';

/** Prints what `verify` finds in a database, and answers the exit code: 1 when it is damaged. */
export async function verify(file: string): Promise<number> {
  // Elsewhere than on a terminal it says nothing but what it found.
  const show = process.stderr.isTTY ? showProgress(process.stderr) : undefined;
  const report = await verifyDatabase(file, {
    onProgress: (progress) => show?.({ step: 'verify', ...progress }),
  });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return report.damaged ? 1 : 0;
}

/** Writes a copy of a database that may be in use. */
export async function backup(file: string, target: string): Promise<void> {
  await backupDatabase(file, target);
  process.stdout.write(`${file} is copied to ${target}\n`);
}
