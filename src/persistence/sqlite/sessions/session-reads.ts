import { asOf } from '../../../domain/close.js';
import type { Stretch } from '../../../domain/context.js';
import type { SessionRecord } from '../../../domain/session.js';
import type { Connection } from '../connection/connection.js';
import type { PendingEntries } from '../indexes/pending-entries.js';
import { asBytes, rowOf } from '../rows/row-bytes.js';
import { stretchColumns, toStretch } from '../rows/stretch-rows.js';
import { SessionTable } from './session-table.js';

const stretchesOfSession =
  `SELECT ${asBytes(stretchColumns)} FROM stretches WHERE session_id = ? ` +
  'ORDER BY from_time, context_id, epoch, seq, activity';

/** What the port answers of one session. */
export class SessionReads {
  readonly #connection: Connection;
  readonly #table: SessionTable;

  constructor(connection: Connection, pending: PendingEntries) {
    this.#connection = connection;
    this.#table = new SessionTable(connection, { pending });
  }

  /** See `SessionPersistence.getSession`. */
  get(id: string, now: number): SessionRecord | null {
    const stored = this.#table.findWithDocuments(id);
    return stored === undefined ? null : asOf(stored.session, now);
  }

  /** See `SessionPersistence.getStretches`. */
  stretches(sessionId: string): readonly Stretch[] {
    return this.#connection
      .prepare(stretchesOfSession)
      .all(sessionId)
      .map(([row]) => toStretch(rowOf(row)));
  }
}
