import { compareIds } from '../../domain/open.js';
import { requestIdReused } from '../../errors/makers.js';
import type { OpenRequest } from '../../logic/session-persistence.js';
import { requestBytes } from './sizes.js';
import { SortedList } from './sorted-list.js';

interface Entry {
  readonly key: string;
  readonly fingerprint: string;
  readonly sessionId: string;
  readonly expireTime: number;
  readonly bytes: number;
}

/** The requests that opened sessions, for as long as they are known (specs: rpc-v1, rule 7). */
export class RequestLog {
  readonly #byKey = new Map<string, Entry>();
  readonly #byExpiry = new SortedList<Entry>(
    (one, other) => one.expireTime - other.expireTime || compareIds(one.key, other.key),
  );
  #bytes = 0;

  /** What the entries take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The id of the session that a request opened. @throws REQUEST_ID_REUSED. */
  find(userId: string, request: OpenRequest, now: number): string | undefined {
    const entry = this.#byKey.get(keyOf(userId, request));
    if (entry === undefined || now > entry.expireTime) return undefined;
    if (entry.fingerprint !== request.fingerprint) throw requestIdReused();
    return entry.sessionId;
  }

  /** Remembers what a request opened. */
  add(userId: string, request: OpenRequest, sessionId: string): void {
    const { fingerprint, expireTime } = request;
    const key = keyOf(userId, request);
    const former = this.#byKey.get(key);
    if (former !== undefined) this.#remove(former);
    const bytes = requestBytes(userId, request);
    const entry = { key, fingerprint, sessionId, expireTime, bytes };
    this.#byKey.set(key, entry);
    this.#byExpiry.add(entry);
    this.#bytes += entry.bytes;
  }

  /** Forgets at most `limit` requests that are known no longer; how many. */
  prune(now: number, limit: number): number {
    let count = 0;
    for (let entry = this.#byExpiry.first; entry !== undefined; entry = this.#byExpiry.first) {
      if (count === limit || entry.expireTime >= now) break;
      this.#remove(entry);
      count += 1;
    }
    return count;
  }

  #remove(entry: Entry): void {
    this.#byKey.delete(entry.key);
    this.#byExpiry.remove(entry);
    this.#bytes -= entry.bytes;
  }
}

/** The length keeps `a` with `bc` apart from `ab` with `c`. */
function keyOf(userId: string, { requestId }: OpenRequest): string {
  return `${userId.length}:${userId}${requestId}`;
}
