import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytes, startServer } from './child-server.js';
import type { Workspace } from './contender.js';
import { fileCommand, filledDatabase } from './ours.js';
import type { Restart } from './results.js';

const pollMs = 5;
/** A start goes on checking in the background. */
const settleMs = 2_000;

/**
 * Starts this service on the file store with `size` sessions, again and again. The process before
 * the first start was killed by the pool.
 */
export async function measureRestarts(
  workspace: Workspace,
  size: number,
): Promise<readonly Restart[]> {
  const path = await filledDatabase(workspace, size);
  const restarts: Restart[] = [];
  for (const after of ['SIGKILL', 'SIGTERM', 'SIGTERM', 'SIGTERM'] as const) {
    const server = await startServer(fileCommand(workspace, path), pollMs);
    const atReady = residentBytes(server.pid) ?? 0;
    await sleep(settleMs);
    const later = residentBytes(server.pid);
    const resident = later === undefined ? undefined : Math.max(atReady, later);
    restarts.push({ after, size, readyMs: server.readyMs, residentBytes: resident });
    await server.stop('SIGTERM');
  }
  return restarts;
}
