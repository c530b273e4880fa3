import type { Presence } from '../../domain/presence.js';
import type { SessionRecord } from '../../domain/session.js';
import type { Collections, RequestOptions } from './collections.js';
import type { SessionDocument } from './session-documents.js';

/** Most sessions of a user that are asked for a status. */
const sessionLimit = 1_000;

/**
 * What the sessions of a user say of him. A beat asks this beside its own write, so that it stays one
 * round trip in sequence: two sessions of a user that beat at the same moment may each answer the
 * status without the other's word, and the next beat of either has it.
 */
export class UserPresences {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /** What his other sessions that live at `now` say. */
  async ofOthers(
    { id, userId }: Pick<SessionRecord, 'id' | 'userId'>,
    now: number,
    { signal }: RequestOptions,
  ): Promise<readonly Presence[]> {
    const documents = await this.#collections.sessions
      .find<Pick<SessionDocument, '_id' | 'busy_until' | 'available_until' | 'gone_after'>>(
        {
          present_user: userId,
          active: true,
          gone_after: { $gte: now },
          expire_time: { $gte: now },
        },
        {
          projection: { busy_until: 1, available_until: 1, gone_after: 1 },
          limit: sessionLimit,
          batchSize: sessionLimit,
          signal,
        },
      )
      .toArray();
    return documents
      .filter(({ _id }) => _id !== id)
      .map(({ busy_until: busy = 0, available_until: available = 0, gone_after: gone = 0 }) => ({
        busyUntil: busy,
        availableUntil: available,
        goneAfter: gone,
      }));
  }
}
