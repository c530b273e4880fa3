import { createHash } from 'node:crypto';
import { requestIdReused } from '../../errors/makers.js';
import type { OpenRequest } from '../../logic/session-persistence.js';
import { again } from './attempts.js';
import {
  type Collections,
  isDuplicate,
  type RequestDocument,
  type RequestOptions,
} from './collections.js';

/** What a request means: the session that it opens, or opened. */
export interface Claim {
  readonly key: string;
  readonly sessionId: string;
  /** Whether nobody came with it before. */
  readonly isNew: boolean;
  /** Whether it was opened; when it is gone then, it was deleted. */
  readonly done: boolean;
  /** What it took the place of: an expired request, or a refused one. */
  readonly former?: RequestDocument;
}

/**
 * The request ids of `open_session`, which outlive their session (specs: rpc-v1, rule 7). The first
 * one to come says which id the session has. Whoever repeats the request opens that one, if it is
 * not there, and two who do so at once meet at its `_id`.
 */
export class RequestLog {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /**
   * Claims a request for a session with this id, or says which one it has.
   * @throws REQUEST_ID_REUSED when its parameters were others.
   */
  async claim(
    { userId, id }: { readonly userId: string; readonly id: string },
    request: OpenRequest,
    { now, signal }: RequestOptions & { readonly now: number },
  ): Promise<Claim | typeof again> {
    const { requests } = this.#collections;
    const { fingerprint, expireTime } = request;
    const key = requestKey(userId, request.requestId);
    const fresh = { fingerprint, session_id: id, expire_time: expireTime };
    const mine = { key, sessionId: id, isNew: true, done: false };
    try {
      await requests.insertOne({ _id: key, ...fresh, done: false, refused: false });
      return mine;
    } catch (caught) {
      if (!isDuplicate(caught)) throw caught;
    }
    const found = await requests.findOne({ _id: key }, { signal });
    if (found === null) return again;
    if (found.refused || found.expire_time < now) {
      const { session_id, expire_time, refused } = found;
      const { matchedCount } = await requests.updateOne(
        { _id: key, session_id, expire_time, refused },
        { $set: { ...fresh, done: false, refused: false } },
      );
      return matchedCount === 1 ? { ...mine, former: found } : again;
    }
    if (found.fingerprint !== fingerprint) throw requestIdReused();
    return { key, sessionId: found.session_id, isNew: false, done: found.done };
  }

  /**
   * Notes that the session of a claim is open; `false` when it must not be: somebody deleted it
   * already, or another request has taken the place of a refused one.
   */
  async finish({ key, sessionId }: Claim): Promise<boolean> {
    const { requests } = this.#collections;
    const { matchedCount } = await requests.updateOne(
      { _id: key, session_id: sessionId, done: false },
      { $set: { done: true, refused: false } },
    );
    if (matchedCount === 1) return true;
    // One that expired may have been swept in between; nobody else can have its session then.
    return (await requests.findOne({ _id: key })) === null;
  }

  /** Notes that a limit refused the session of a claim: it was never made. */
  async refuse({ key, sessionId, former }: Claim): Promise<void> {
    const condition = { _id: key, session_id: sessionId, done: false };
    const { _id, ...before } = former ?? { _id: key, refused: true };
    await this.#collections.requests.updateOne(condition, { $set: before });
  }

  /** Notes that the session of a request was opened, for it is about to be deleted. */
  async close(key: string, sessionId: string): Promise<void> {
    const condition = { _id: key, session_id: sessionId, done: false };
    await this.#collections.requests.updateOne(condition, { $set: { done: true } });
  }

  /** The same for many, as far as they opened these sessions. */
  async closeAll(keys: readonly string[], sessionIds: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#collections.requests.updateMany(
      { _id: { $in: keys }, session_id: { $in: sessionIds }, done: false },
      { $set: { done: true } },
    );
  }

  /** Forgets at most `limit` that expired before `now`; answers how many it forgot. */
  async prune(now: number, limit: number, { signal }: RequestOptions): Promise<number> {
    const { requests } = this.#collections;
    const old = await requests
      .find({ expire_time: { $lt: now } }, { sort: { expire_time: 1 }, limit, signal })
      .toArray();
    const ids = old.map(({ _id }) => _id);
    if (ids.length === 0) return 0;
    await requests.deleteMany({ _id: { $in: ids }, expire_time: { $lt: now } });
    // What was refused is nothing that anybody was promised.
    return old.filter(({ refused }) => !refused).length;
  }
}

/** 128 bits, as the file store keeps them. Neither the user nor the request id can hold a NUL. */
function requestKey(userId: string, requestId: string): string {
  const digest = createHash('sha256').update(`${userId}\0${requestId}`).digest();
  return digest.subarray(0, 16).toString('base64url');
}
