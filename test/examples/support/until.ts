import { setTimeout as sleep } from 'node:timers/promises';

/** Longest time that something has to come true. */
const patienceMs = 15_000;

/**
 * Looks again and again until a look finds what it looks for, and answers that.
 * @throws with the last look's failure, or with what was waited for, when patience ends.
 */
export async function until<Found>(
  what: string,
  look: () => Found | Promise<Found>,
): Promise<Exclude<Found, false | null | undefined>> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined) {
      return found as Exclude<Found, false | null | undefined>;
    }
    if (Date.now() > end) throw new Error(`In vain: ${what}.`);
    await sleep(25);
  }
}
