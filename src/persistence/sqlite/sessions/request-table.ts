import { createHash } from 'node:crypto';
import type { SessionRecord } from '../../../domain/session.js';
import { requestIdReused, storeDamaged } from '../../../errors/makers.js';
import type { OpenRequest } from '../../../logic/session-persistence.js';
import type { Connection } from '../connection/connection.js';
import { asBytes, rowOf } from '../rows/row-bytes.js';
import { checksumOf } from '../rows/session-rows.js';

/** Columns of `requests` but for the key, the checksum last. */
export const requestColumns = ['fingerprint', 'session_id', 'expire_time', 'checksum'] as const;

/** The request ids of `open_session`, which outlive their session (specs: rpc-v1, rule 7). */
export class RequestTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * The id of the session that an equal request opened, `undefined` when none did until `now`.
   * @throws REQUEST_ID_REUSED when its parameters were others.
   */
  find(userId: string, request: OpenRequest, now: number): string | undefined {
    const row = this.#connection
      .prepare(`SELECT ${asBytes(requestColumns)} FROM requests WHERE key = ?`)
      .get(keyOf(userId, request.requestId));
    if (row === undefined) return undefined;
    const values = rowOf(row[0]);
    const [fingerprint, sessionId, expireTime, checksum] = values;
    if (checksum !== checksumOf(values, 0, 3)) {
      throw storeDamaged(new Error('The checksum of a request id does not match'));
    }
    if (Number(expireTime) < now) return undefined;
    if (fingerprint !== request.fingerprint) throw requestIdReused();
    return String(sessionId);
  }

  /** Remembers which session a request opened; an expired one of the same id is replaced. */
  put(session: SessionRecord, { requestId, fingerprint, expireTime }: OpenRequest): void {
    const values = [fingerprint, session.id, expireTime];
    this.#connection
      .prepare('INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?, ?)')
      .run(keyOf(session.userId, requestId), ...values, checksumOf(values));
  }
}

/** Neither the user nor the request id can hold a NUL. */
function keyOf(userId: string, requestId: string): Buffer {
  return createHash('sha256').update(`${userId}\0${requestId}`).digest().subarray(0, 16);
}
