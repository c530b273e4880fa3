import { type SessionKind, sessionKinds } from '../../../data/version1/words.js';
import type { Mutable } from '../../../domain/mutable.js';
import type { SessionSummary } from '../../../domain/session.js';
import { packTexts, textAt } from '../../packed-texts.js';
import type { Connection } from '../connection/connection.js';
import type { Activity } from './session-rows.js';

/** Where each number of a record stands; its texts follow them. */
const at = {
  n: 0,
  requestTime: 1,
  revision: 2,
  openTime: 3,
  idleTimeoutMs: 4,
  absoluteExpireTime: 5,
  kind: 6,
  textBytes: 7,
} as const;
const numbersOfRecord = Object.keys(at).length;
const numberBytes = 8;
/** Bytes of the block for which there is one place: few records are smaller. */
const bytesOfPlace = 128;
/** Most code units of a text that is kept; the protocols allow 512 (256 characters). */
const longestText = 1_024;

/**
 * What lists say of live sessions, as it was written or read last, so that they need not read the rows
 * of each, which lie scattered (docs/decisions/0015). Records stand one behind the other in one block
 * of memory, the oldest make room for new ones, and the collector of garbage has nothing to look at.
 *
 * For the connection that writes alone, like {@link KnownSessions}; what a lost transaction wrote is
 * forgotten. A record stays where it was made until its turn comes, however often its session beats.
 */
export class KnownSummaries {
  readonly #connection: Connection;
  /** Of zeros, for which the system has no memory until they are written; there is no session 0. */
  readonly #numbers: Float64Array;
  readonly #bytes: Buffer;
  /** Where the record begins of the session that was noted last of those of a place, and one more. */
  readonly #places: Float64Array;
  /** How many numbers were ever taken; the next record begins at the rest of it. */
  #taken = 0;
  /** Numbers of sessions that the transaction wrote that is open, or was last. */
  #written: number[] = [];
  #commits: number;
  #rollBacks: number;

  /** Keeps as many as go into `bytes` (from 1 KiB) of what is written over this connection. */
  constructor(connection: Connection, bytes: number) {
    this.#connection = connection;
    this.#numbers = new Float64Array(Math.floor(bytes / numberBytes));
    this.#bytes = Buffer.from(this.#numbers.buffer);
    this.#places = new Float64Array(Math.ceil(bytes / bytesOfPlace));
    this.#commits = connection.commits;
    this.#rollBacks = connection.rollBacks;
  }

  /** What is known of the activity of a session. */
  activity(n: number): Activity | undefined {
    this.#settle();
    const start = this.#startOf(n);
    return start === undefined ? undefined : this.#activityAt(start);
  }

  /** What is known of each of these sessions. */
  summaries(numbers: readonly number[]): readonly (SessionSummary | undefined)[] {
    this.#settle();
    const starts = numbers.map((n) => this.#startOf(n));
    return starts.map((start) => (start === undefined ? undefined : this.#summaryAt(start)));
  }

  /** Notes what the transaction that is open wrote. */
  noteWritten(n: number, session: SessionSummary): void {
    this.#settle();
    this.#written.push(n);
    this.#note(n, session);
  }

  /** Notes what was read while no transaction was open. */
  noteRead(n: number, session: SessionSummary): void {
    this.#settle();
    this.#note(n, session);
  }

  /** Forgets a session. */
  delete(n: number): void {
    if (this.#startOf(n) !== undefined) this.#places[this.#placeOf(n)] = 0;
  }

  #placeOf(n: number): number {
    return n % this.#places.length;
  }

  /** Where the record of a session begins, if it is there still. */
  #startOf(n: number): number | undefined {
    const begin = (this.#places[this.#placeOf(n)] ?? 0) - 1;
    if (begin < 0 || this.#taken - begin > this.#numbers.length) return undefined;
    const start = begin % this.#numbers.length;
    return this.#numbers[start + at.n] === n ? start : undefined;
  }

  #activityAt(start: number): Activity {
    return {
      requestTime: this.#numbers[start + at.requestTime] ?? 0,
      revision: this.#numbers[start + at.revision] ?? 0,
    };
  }

  #summaryAt(start: number): SessionSummary {
    const numbers = this.#numbers;
    const from = (start + numbersOfRecord) * numberBytes;
    const texts = this.#bytes.toString('utf8', from, from + (numbers[start + at.textBytes] ?? 0));
    // Filled field by field, see `toSummary`.
    const summary: Mutable<SessionSummary> = {
      id: textAt(texts, 'id') ?? '',
      userId: textAt(texts, 'userId') ?? '',
      kind: sessionKinds[numbers[start + at.kind] ?? 0] as SessionKind,
      active: true,
      openTime: numbers[start + at.openTime] ?? 0,
      ...this.#activityAt(start),
    };
    const userName = textAt(texts, 'userName');
    const deviceId = textAt(texts, 'deviceId');
    const address = textAt(texts, 'address');
    const client = textAt(texts, 'client');
    const idleTimeoutMs = numbers[start + at.idleTimeoutMs] ?? Number.NaN;
    const absoluteExpireTime = numbers[start + at.absoluteExpireTime] ?? Number.NaN;
    if (userName !== undefined) summary.userName = userName;
    if (deviceId !== undefined) summary.deviceId = deviceId;
    if (address !== undefined) summary.address = address;
    if (client !== undefined) summary.client = client;
    if (!Number.isNaN(idleTimeoutMs)) summary.idleTimeoutMs = idleTimeoutMs;
    if (!Number.isNaN(absoluteExpireTime)) summary.absoluteExpireTime = absoluteExpireTime;
    return summary;
  }

  #note(n: number, session: SessionSummary): void {
    const start = this.#startOf(n) ?? this.#add(n, session);
    if (start === undefined) return;
    this.#numbers[start + at.requestTime] = session.requestTime;
    this.#numbers[start + at.revision] = session.revision;
  }

  /** Writes a record behind the last one; `undefined` when the session is not one to keep. */
  #add(n: number, session: SessionSummary): number | undefined {
    if (isOdd(session)) return undefined;
    const texts = packTexts(session);
    const textBytes = Buffer.byteLength(texts);
    const length = numbersOfRecord + Math.ceil(textBytes / numberBytes);
    const begin = this.#take(length);
    if (begin === undefined) return undefined;
    const numbers = this.#numbers;
    const start = begin % numbers.length;
    numbers[start + at.n] = n;
    numbers[start + at.openTime] = session.openTime;
    numbers[start + at.idleTimeoutMs] = session.idleTimeoutMs ?? Number.NaN;
    numbers[start + at.absoluteExpireTime] = session.absoluteExpireTime ?? Number.NaN;
    numbers[start + at.kind] = sessionKinds.indexOf(session.kind);
    numbers[start + at.textBytes] = textBytes;
    this.#bytes.write(texts, (start + numbersOfRecord) * numberBytes, 'utf8');
    this.#places[this.#placeOf(n)] = begin + 1;
    return start;
  }

  /** Room for so many numbers that lie together. */
  #take(length: number): number | undefined {
    const size = this.#numbers.length;
    if (length > size) return undefined;
    const left = size - (this.#taken % size);
    const begin = this.#taken + (length > left ? left : 0);
    this.#taken = begin + length;
    return begin;
  }

  /** After the end of a transaction: one that was committed too is forgotten when another was lost since. */
  #settle(): void {
    const { commits, rollBacks } = this.#connection;
    if (rollBacks !== this.#rollBacks) for (const n of this.#written) this.delete(n);
    if (rollBacks === this.#rollBacks && commits === this.#commits) return;
    this.#written = [];
    this.#commits = commits;
    this.#rollBacks = rollBacks;
  }
}

/** What no protocol lets in, and the form of a record has no room for. */
function isOdd({ id, userId, kind, ...session }: SessionSummary): boolean {
  const { userName = '', deviceId = '', address = '', client = '' } = session;
  const texts = [id, userId, userName, deviceId, address, client];
  return !sessionKinds.includes(kind) || texts.some(({ length }) => length > longestText);
}
