import type { Stretch } from '../../domain/context.js';
import { copyText } from '../packed-texts.js';
import { stretchBytes } from './sizes.js';
import { SortedList } from './sorted-list.js';
import { copyStretch } from './stored-session.js';

interface Row {
  /** Place in the order of writing. */
  readonly number: number;
  readonly stretch: Stretch;
}

/** The closed stretches of time, by session, and by when they ended. */
export class Ledger {
  readonly #bySession = new Map<string, Row[]>();
  readonly #byEnd = new SortedList<Row>(
    (one, other) => one.stretch.to - other.stretch.to || one.number - other.number,
  );
  #written = 0;
  #bytes = 0;

  /** What the rows take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes rows, whose paths nobody else may change. */
  add(stretches: readonly Stretch[]): void {
    for (const stretch of stretches) {
      const rows = this.#bySession.get(stretch.sessionId);
      const row = { number: this.#written, stretch: withOwnTexts(stretch, rows?.[0]?.stretch) };
      this.#written += 1;
      this.#bytes += stretchBytes(stretch);
      this.#byEnd.add(row);
      if (rows === undefined) this.#bySession.set(row.stretch.sessionId, [row]);
      else rows.push(row);
    }
  }

  /** The rows of a session, oldest first. */
  ofSession(sessionId: string): readonly Stretch[] {
    const rows = this.#bySession.get(sessionId) ?? [];
    return rows
      .map(({ stretch }) => copyStretch(stretch))
      .toSorted((one, other) => one.from - other.from || one.to - other.to);
  }

  /** Removes at most `limit` rows that ended before a time; how many. */
  prune(before: number, limit: number): number {
    let count = 0;
    while (count < limit && (this.#byEnd.first?.stretch.to ?? before) < before) {
      this.removeFirst();
      count += 1;
    }
    return count;
  }

  /** Removes the row that ended first. */
  removeFirst(): void {
    const row = this.#byEnd.first;
    if (row === undefined) return;
    const { sessionId } = row.stretch;
    this.#byEnd.remove(row);
    this.#bytes -= stretchBytes(row.stretch);
    const left = (this.#bySession.get(sessionId) ?? []).filter((other) => other !== row);
    if (left.length === 0) this.#bySession.delete(sessionId);
    else this.#bySession.set(sessionId, left);
  }
}

/** The row with ids that outlive the session: those of an earlier row of it, or copies. */
function withOwnTexts(stretch: Stretch, earlier: Stretch | undefined): Stretch {
  const { deviceId } = stretch;
  return {
    ...stretch,
    sessionId: ownText(stretch.sessionId, earlier?.sessionId),
    userId: ownText(stretch.userId, earlier?.userId),
    ...(deviceId === undefined ? {} : { deviceId: ownText(deviceId, earlier?.deviceId) }),
  };
}

function ownText(text: string, own: string | undefined): string {
  return text === own ? own : copyText(text);
}
