import type { BeatResultV1 } from '../data/version1/beat-v1.js';
import type {
  CamelCase,
  CommandName,
  CommandParams as Params,
  CommandResult as Result,
} from '../data/version1/commands.js';
import type { SessionPageV1 } from '../data/version1/page-v1.js';
import type { SessionV1 } from '../data/version1/session-v1.js';
import type { DocumentChange } from '../domain/change.js';
import { encodeCursor, parseCursor } from '../domain/cursor.js';
import { encodeDocument } from '../domain/document.js';
import { parseFilter, parseList } from '../domain/parse-list.js';
import type { SessionRecord } from '../domain/session.js';
import type { AnswerForm } from './answer-forms.js';
import type { controllerSettings } from './controller-settings.js';
import { toBeat, toBeatResultV1, toOpenInput } from './conversions.js';
import type { ServiceClock } from './service-clock.js';
import type { SessionPersistence } from './session-persistence.js';
import type { SettingValues } from './settings.js';

/** What the commands need, as it is at the time of a call. */
export interface SessionsService {
  readonly store: SessionPersistence;
  readonly clock: ServiceClock;
  readonly settings: SettingValues<typeof controllerSettings>;
  /** Makes a session id. */
  readonly createId: () => string;
}

/** The commands as methods, with answers of a form: `SessionsApiV1` where these are values. */
export type SessionsApi<Session, Page> = {
  [Name in CommandName as CamelCase<Name>]: (
    correlationId: string,
    params: Params<Name>,
  ) => Promise<InForm<Result<Name>, Session, Page>>;
};

type InForm<Answer, Session, Page> = Answer extends SessionV1
  ? Session
  : Answer extends SessionPageV1
    ? Page
    : Answer;

/** The commands of protocol 1 over a store; sessions and pages are answered in the form given. */
export class SessionsCommands<Session, Page> implements SessionsApi<Session, Page> {
  readonly #service: SessionsService;
  readonly #form: AnswerForm<Session, Page>;

  constructor(service: SessionsService, form: AnswerForm<Session, Page>) {
    this.#service = service;
    this.#form = form;
  }

  async openSession(
    _correlationId: string,
    params: Params<'open_session'>,
  ): Promise<Session | null> {
    const { store, clock, settings, createId } = this.#service;
    const input = toOpenInput(params, { settings, id: createId(), now: clock.now() });
    return this.#answer(await store.openSession(input));
  }

  async getSessions(_correlationId: string, params: Params<'get_sessions'>): Promise<Page> {
    const { store, clock, settings } = this.#service;
    const { filter, paging } = parseList(params, {
      maxPageSize: settings.maxPageSize,
      parseCursor,
    });
    const page = await store.listSessions({ filter, now: clock.now(), ...paging });
    const last = page.more ? page.sessions.at(-1) : undefined;
    return this.#form.toPage(page, last === undefined ? undefined : encodeCursor(last, filter));
  }

  async getSessionById(
    _correlationId: string,
    { session_id }: Params<'get_session_by_id'>,
  ): Promise<Session | null> {
    return this.#answer(
      await this.#service.store.getSession(session_id, this.#service.clock.now()),
    );
  }

  async storeSessionData(
    _correlationId: string,
    { session_id, data, revision }: Params<'store_session_data'>,
  ): Promise<Session | null> {
    const change = { type: 'data' as const, data: encodeDocument('data', data) };
    return await this.#change(session_id, change, revision);
  }

  async patchSessionData(
    _correlationId: string,
    { session_id, patch, revision }: Params<'patch_session_data'>,
  ): Promise<Session | null> {
    // A patch is refused by the same limits as a document, before a store sees it.
    encodeDocument('patch', patch);
    return await this.#change(session_id, { type: 'patch', patch }, revision);
  }

  async updateSessionUser(
    _correlationId: string,
    { session_id, user, revision }: Params<'update_session_user'>,
  ): Promise<Session | null> {
    const change = { type: 'user' as const, user: encodeDocument('user', user) };
    return await this.#change(session_id, change, revision);
  }

  async touchSession(
    _correlationId: string,
    params: Params<'touch_session'>,
  ): Promise<BeatResultV1 | null> {
    const now = this.#service.clock.now();
    const touched = await this.#service.store.touchSession({
      sessionId: params.session_id,
      beat: toBeat(params),
      now,
      presence: {
        activeLifetimeMs: this.#service.settings.statusActiveSeconds * 1_000,
        awayLifetimeMs: this.#service.settings.statusAwaySeconds * 1_000,
      },
    });
    return touched === null ? null : toBeatResultV1(touched, now);
  }

  async closeSession(
    _correlationId: string,
    { session_id: sessionId, reason }: Params<'close_session'>,
  ): Promise<Session | null> {
    const input = {
      sessionId,
      reason: reason ?? ('logout' as const),
      now: this.#service.clock.now(),
    };
    return this.#answer(await this.#service.store.closeSession(input));
  }

  async closeUserSessions(
    _correlationId: string,
    params: Params<'close_user_sessions'>,
  ): Promise<Result<'close_user_sessions'>> {
    const { user_id: userId, except_session_id: exceptId, reason = 'logout' } = params;
    const { count, more } = await this.#service.store.closeUserSessions({
      userId,
      reason,
      now: this.#service.clock.now(),
      limit: this.#service.settings.cleanupBatch,
      ...(exceptId === undefined ? {} : { exceptId }),
    });
    return { closed: count, more };
  }

  async closeExpiredSessions(
    _correlationId: string,
    _params: Params<'close_expired_sessions'>,
  ): Promise<Result<'close_expired_sessions'>> {
    const { cleanupBatch } = this.#service.settings;
    const { count, more } = await this.#service.store.closeExpired(
      this.#service.clock.now(),
      cleanupBatch,
    );
    return { closed: count, more };
  }

  async countSessions(
    _correlationId: string,
    { filter }: Params<'count_sessions'>,
  ): Promise<Result<'count_sessions'>> {
    const count = await this.#service.store.countSessions(
      parseFilter(filter),
      this.#service.clock.now(),
    );
    return { count };
  }

  async deleteSessionById(
    _correlationId: string,
    { session_id }: Params<'delete_session_by_id'>,
  ): Promise<Session | null> {
    return this.#answer(
      await this.#service.store.deleteSession(session_id, this.#service.clock.now()),
    );
  }

  async deleteUserSessions(
    _correlationId: string,
    { user_id }: Params<'delete_user_sessions'>,
  ): Promise<Result<'delete_user_sessions'>> {
    const { cleanupBatch } = this.#service.settings;
    const now = this.#service.clock.now();
    const { count, more } = await this.#service.store.deleteUserSessions(
      user_id,
      cleanupBatch,
      now,
    );
    return { deleted: count, more };
  }

  async #change(
    id: string,
    change: DocumentChange,
    revision: number | undefined,
  ): Promise<Session | null> {
    const condition = revision === undefined ? change : { ...change, revision };
    return this.#answer(
      await this.#service.store.changeSession(id, condition, this.#service.clock.now()),
    );
  }

  #answer(session: SessionRecord | null): Session | null {
    return session === null ? null : this.#form.toSession(session);
  }
}
