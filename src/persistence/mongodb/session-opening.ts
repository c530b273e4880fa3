import { openRecord } from '../../domain/open.js';
import { SessionError } from '../../errors/session-error.js';
import type { OpenSessionInput } from '../../logic/session-persistence.js';
import { again, repeat } from './attempts.js';
import type { RequestOptions } from './collections.js';
import type { Claim, RequestLog } from './request-log.js';
import type { StoredSession } from './session-documents.js';
import type { SessionLimits } from './session-limits.js';
import type { SessionTable } from './session-table.js';

/** The parts that an open is made of. */
export interface SessionOpeningOptions {
  readonly table: SessionTable;
  readonly requests: RequestLog;
  readonly limits: SessionLimits;
}

/** What an open came to: a new session, or one that an equal request opened, which may be gone. */
export type Opened = { readonly opened: StoredSession } | { readonly repeated: string };

/** `open_session`: claims its request, finds a place under the limit, writes the session. */
export class SessionOpening {
  readonly #parts: SessionOpeningOptions;

  constructor(parts: SessionOpeningOptions) {
    this.#parts = parts;
  }

  /**
   * Opens a session, or says which one an equal request opened.
   * @throws REQUEST_ID_REUSED, SESSION_LIMIT; INTERNAL for an id that is taken.
   */
  async open(input: OpenSessionInput, options: RequestOptions): Promise<Opened> {
    return await repeat(options, async () => {
      if (input.request === undefined) {
        const opened = await this.#write(input, undefined, options);
        if (opened === undefined) throw taken();
        return opened === again ? again : { opened };
      }
      const { session, now, request } = input;
      const { requests } = this.#parts;
      const claim = await requests.claim(session, request, { ...options, now });
      if (claim === again) return again;
      if (!claim.isNew && (await this.#isThere(claim, options))) {
        return { repeated: claim.sessionId };
      }
      return await this.#openClaimed(input, claim, options);
    });
  }

  async #openClaimed(
    input: OpenSessionInput,
    claim: Claim,
    options: RequestOptions,
  ): Promise<Opened | typeof again> {
    const { requests, table } = this.#parts;
    const opened = await this.#writeClaimed(input, claim, options);
    // Somebody else was faster with the same request.
    if (opened === undefined || opened === again) {
      if (opened === undefined && claim.isNew) await this.#assertMine(claim, options);
      return again;
    }
    if (await requests.finish(claim)) return { opened };
    await table.remove(opened);
    return again;
  }

  async #writeClaimed(input: OpenSessionInput, claim: Claim, options: RequestOptions) {
    try {
      return await this.#write(input, claim, options);
    } catch (caught) {
      const isRefused = caught instanceof SessionError && caught.code === 'SESSION_LIMIT';
      if (isRefused) await this.#parts.requests.refuse(claim);
      throw caught;
    }
  }

  /** @throws INTERNAL when the id belongs to a session that no request of this key opened. */
  async #assertMine(claim: Claim, options: RequestOptions): Promise<void> {
    const found = await this.#parts.table.load(claim.sessionId, options);
    if (found === undefined || found.requestKey === claim.key) return;
    await this.#parts.requests.refuse(claim);
    throw taken();
  }

  async #write(
    input: OpenSessionInput,
    claim: Claim | undefined,
    options: RequestOptions,
  ): Promise<StoredSession | undefined | typeof again> {
    const { session: wanted, now, limit } = input;
    const id = claim?.sessionId ?? wanted.id;
    const session = openRecord({ ...wanted, id }, now);
    const extra = claim === undefined ? {} : { requestKey: claim.key };
    if (!limit?.kinds.includes(session.kind)) return await this.#parts.table.insert(session, extra);
    return await this.#parts.limits.open({ session, limit, now, ...extra }, options);
  }

  /** Whether a claim's session was opened: it is there, or it was. */
  async #isThere({ sessionId, done }: Claim, options: RequestOptions): Promise<boolean> {
    if (done) return true;
    const found = await this.#parts.table.load(sessionId, options);
    return found?.state === 'kept';
  }
}

function taken(): SessionError {
  return new SessionError('INTERNAL', { cause: new Error('The session id is taken.') });
}
