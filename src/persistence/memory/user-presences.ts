import type { PresenceStatus } from '../../data/version1/words.js';
import { isLive } from '../../domain/expiry.js';
import { mergePresences, type Presence, statusAt } from '../../domain/presence.js';
import { copyText } from '../packed-texts.js';
import type { StoredSession } from './stored-session.js';

/** Most sessions of a user that are asked for a status. */
const sessionLimit = 1_000;

/** What the sessions of a user say of him; those that say nothing are not here. */
export class UserPresences {
  readonly #byUser = new Map<string, Map<StoredSession, Presence>>();

  /** Notes what a session says now. */
  set(stored: StoredSession, presence: Presence): void {
    if (presence.goneAfter === 0) {
      this.delete(stored);
      return;
    }
    const { userId } = stored;
    const said = this.#byUser.get(userId);
    if (said === undefined) this.#byUser.set(copyText(userId), new Map([[stored, presence]]));
    else said.set(stored, presence);
  }

  /** Forgets a session. */
  delete(stored: StoredSession): void {
    const { userId } = stored;
    const said = this.#byUser.get(userId);
    if (said?.delete(stored) && said.size === 0) this.#byUser.delete(userId);
  }

  /** The status of a user over his live sessions; `undefined` = not there. */
  statusOf(userId: string, now: number): PresenceStatus | undefined {
    const said = this.#byUser.get(userId);
    if (said === undefined) return undefined;
    const presences: Presence[] = [];
    for (const [stored, presence] of said) {
      if (isLive(stored, now)) presences.push(presence);
      if (presences.length === sessionLimit) break;
    }
    return statusAt(mergePresences(presences), now);
  }
}
