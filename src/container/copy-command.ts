import { copySessions } from '../persistence/copy/copy-sessions.js';
import type { CopySource, CopyTarget } from '../persistence/copy/copy-store.js';
import {
  openDatabaseSource,
  openDatabaseTarget,
} from '../persistence/mongodb/copy/copy-database.js';
import { openFileSource, openFileTarget } from '../persistence/sqlite/file/copy-file.js';
import { type CopyCommandLine, type CopyEnd, copyUsage } from './copy-command-line.js';
import { showProgress } from './show-progress.js';
import { version } from './version.js';

/**
 * Copies one store to another, or says how, and answers the exit code: 1 when some records of the
 * source were damaged and are not in the target.
 * @throws INVALID_CONFIG naming the store that cannot be read or written.
 */
export async function copy(line: CopyCommandLine): Promise<number> {
  if (line.action === 'help') {
    process.stdout.write(copyUsage);
    return 0;
  }
  const source = await openSource(line.from, line.idleTimeoutMs);
  try {
    const target = await openTarget(line.to);
    try {
      if (line.restart) await target.discard();
      const onProgress = showProgress(process.stderr);
      const report = await copySessions(source, target, { onProgress });
      process.stdout.write(
        `${JSON.stringify({ from: source.name, to: target.name, ...report }, null, 2)}\n`,
      );
      return report.damagedCount === 0 ? 0 : 1;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function openSource(end: CopyEnd, idleTimeoutMs: number): Promise<CopySource> {
  return end.store === 'file'
    ? openFileSource(end.path)
    : await openDatabaseSource({ ...end, idleTimeoutMs });
}

async function openTarget(end: CopyEnd): Promise<CopyTarget> {
  return end.store === 'file'
    ? openFileTarget(end.path)
    : await openDatabaseTarget({ ...end, writer: version });
}
