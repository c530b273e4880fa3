/** The lease of the sweep is at least so long: several times what a step of the sweep may take. */
const shortestMs = 5_000;

/** The lease of the sweep is at most so long: what a killed leader leaves waits no longer. */
export const longestLeaseMs = 15_000;

/** How much later than a third of the lease, so that the third look after one sees all of it. */
const slackMs = 20;

/** The lease of a process that sweeps at this interval; others respect it, whatever theirs is. */
export function leaseMsFor(cleanupIntervalMs: number): number {
  return Math.max(shortestMs, Math.min(2 * cleanupIntervalMs, longestLeaseMs));
}

/** How often the leader renews its lease, and the others look at it. */
export function lookMsOf(leaseMs: number): number {
  return Math.ceil(leaseMs / 3) + slackMs;
}
