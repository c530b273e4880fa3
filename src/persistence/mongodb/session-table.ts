import type { Filter, UpdateFilter } from 'mongodb';
import type { Stretch } from '../../domain/context.js';
import type { Presence } from '../../domain/presence.js';
import type { SessionChange, SessionRecord } from '../../domain/session.js';
import { type Collections, isDuplicate, type RequestOptions } from './collections.js';
import {
  contextFieldsOf,
  documentFields,
  documentFieldsOf,
  firstVersion,
  given,
  movedFields,
  presenceFieldsOf,
  type SessionDocument,
  type StoredSession,
  toDocument,
  toRemnant,
  toStored,
} from './session-documents.js';
import { toPendingText } from './stretch-documents.js';

/** What a document of a session without presence does not have. */
const noPresence = {
  present_user: '',
  busy_until: '',
  available_until: '',
  gone_after: '',
} as const;

/** What an end takes from a document. */
const erased = {
  ...noPresence,
  user: '',
  data: '',
  documents_crc: '',
  contexts: '',
  contexts_crc: '',
  expire_time: '',
  expire_reason: '',
  due_minute: '',
  opening_at: '',
} as const;

/** How a session is written for the first time. */
export interface InsertOptions {
  readonly requestKey?: string;
  /** Set when it waits for its place under a limit. */
  readonly openingAt?: number;
}

/** A change as it is written. */
interface TableChange extends SessionChange {
  /** What the document must have beside the version that was read. */
  readonly condition?: Filter<SessionDocument>;
}

/**
 * Sessions as documents. Every change has the version that was read in its condition, one of a
 * session without an end also that none is written; it answers what stands there now, or
 * `undefined` when the condition failed and nothing was written.
 */
export class SessionTable {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /** A session in any state, without its documents. @throws STORE_DAMAGED. */
  async load(id: string, { signal }: RequestOptions): Promise<StoredSession | undefined> {
    const options = { projection: documentFields, signal };
    const found = await this.#collections.sessions.findOne({ _id: id }, options);
    return found === null ? undefined : toStored(found, false);
  }

  /** The same with its documents. @throws STORE_DAMAGED. */
  async loadWhole(id: string, { signal }: RequestOptions): Promise<StoredSession | undefined> {
    const found = await this.#collections.sessions.findOne({ _id: id }, { signal });
    return found === null ? undefined : toStored(found, true);
  }

  /** What is left of one that is damaged. */
  async loadRemnant(id: string, { signal }: RequestOptions): Promise<StoredSession | undefined> {
    const options = { projection: documentFields, signal };
    const found = await this.#collections.sessions.findOne({ _id: id }, options);
    return found === null ? undefined : toRemnant(found);
  }

  /** Writes a session that is not there; `undefined` when its id is taken. */
  async insert(
    session: SessionRecord,
    { requestKey, openingAt }: InsertOptions,
  ): Promise<StoredSession | undefined> {
    const document = toDocument(session, {
      v: firstVersion(),
      ...(requestKey === undefined ? {} : { request_key: requestKey }),
      ...(openingAt === undefined ? {} : { opening_at: openingAt }),
    });
    try {
      await this.#collections.sessions.insertOne(document);
      return toStored(document, true);
    } catch (caught) {
      if (isDuplicate(caught)) return undefined;
      throw caught;
    }
  }

  /** Makes an opening session one that lives. */
  async activate(stored: StoredSession): Promise<boolean> {
    const { session, version, openingAt } = stored;
    const { matchedCount } = await this.#collections.sessions.updateOne(
      {
        _id: session.id,
        v: version,
        ...(openingAt === undefined ? {} : { opening_at: openingAt }),
      },
      { $set: { active: true, v: version + 1 }, $unset: { opening_at: '' } },
    );
    return matchedCount === 1;
  }

  /** Writes what a beat moved. */
  async move(
    stored: StoredSession,
    { session, stretches }: SessionChange,
    presence: Presence,
  ): Promise<StoredSession | undefined> {
    const said = presenceFieldsOf(session.userId, presence);
    return await this.#update(
      stored,
      { session, stretches, condition: unended(stored) },
      {
        $set: { ...movedFields(session), ...contextFieldsOf(session), ...said },
        ...(said === undefined ? { $unset: noPresence } : {}),
      },
    );
  }

  /** Writes new documents, and what changed with them. */
  async change(stored: StoredSession, session: SessionRecord): Promise<StoredSession | undefined> {
    return await this.#update(
      stored,
      { session, stretches: [], condition: unended(stored) },
      {
        $set: { ...movedFields(session), ...documentFieldsOf(session) },
      },
    );
  }

  /** Writes an end, and erases what ended sessions do not have. */
  async end(stored: StoredSession, change: SessionChange): Promise<StoredSession | undefined> {
    const { closeTime, closeReason } = change.session;
    const conditional = { ...change, condition: unended(stored) };
    return await this.#update(stored, conditional, {
      $set: {
        ...movedFields(change.session),
        active: false,
        ...(closeTime === undefined ? {} : { close_time: closeTime }),
        ...(closeReason === undefined ? {} : { close_reason: closeReason }),
      },
      $unset: erased,
    });
  }

  /** Removes a session that has nothing for the ledger. */
  async remove({ session, version }: StoredSession): Promise<boolean> {
    const { deletedCount } = await this.#collections.sessions.deleteOne({
      _id: session.id,
      v: version,
    });
    return deletedCount === 1;
  }

  /** Takes a session away from everybody but the ledger, which it has stretches for. */
  async retire(
    stored: StoredSession,
    stretches: readonly Stretch[],
    now: number,
  ): Promise<StoredSession | undefined> {
    const change = { session: stored.session, stretches };
    const retired = await this.#update(stored, change, {
      $set: { removing_at: now, pending_at: now },
      $unset: { ...erased, active: '', close_time: '' },
    });
    return retired === undefined ? undefined : { ...retired, state: 'removing' };
  }

  async #update(
    stored: StoredSession,
    { session, stretches, condition = {} }: TableChange,
    update: UpdateFilter<SessionDocument>,
  ): Promise<StoredSession | undefined> {
    const version = stored.version + 1;
    const same: Filter<SessionDocument> = { ...condition, _id: session.id, v: stored.version };
    const texts = stretches.map(toPendingText);
    const waits = texts.length > 0 ? { pending_at: session.requestTime } : {};
    const { matchedCount } = await this.#collections.sessions.updateOne(same, {
      ...update,
      $set: { ...waits, ...update.$set, v: version },
      ...(texts.length > 0 ? { $push: { pending: { $each: texts } } } : {}),
    } as UpdateFilter<SessionDocument>);
    if (matchedCount === 0) return undefined;
    const { openingAt: _, ...kept } = stored;
    return { ...kept, state: 'kept', version, session, pending: [...stored.pending, ...texts] };
  }
}

/** That no end is written: it lives, or waits for its place. */
function unended({ state, openingAt }: StoredSession): Filter<SessionDocument> {
  return state === 'opening' ? given('opening_at', openingAt) : { active: true };
}
