import { backupDatabase } from '../persistence/sqlite/backup-database.js';
import { verifyDatabase } from '../persistence/sqlite/verify-database.js';

/** Prints what `verify` finds in a database, and answers the exit code: 1 when it is damaged. */
export async function verify(file: string): Promise<number> {
  const report = await verifyDatabase(file, { onProgress: showProgress });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return report.damaged ? 1 : 0;
}

/** Writes a copy of a database that may be in use. */
export async function backup(file: string, target: string): Promise<void> {
  await backupDatabase(file, target);
  process.stdout.write(`${file} is copied to ${target}\n`);
}

function showProgress(done: number, total: number): void {
  if (!process.stderr.isTTY) return;
  const share = total === 0 ? 100 : Math.floor((100 * done) / total);
  process.stderr.write(
    `\rverify: ${share} % (${done} of ${total} rows)${done === total ? '\n' : ''}`,
  );
}
