import {
  type ConfigParams,
  DependencyResolver,
  Descriptor,
  type ICommandable,
  type IConfigurable,
  type IOpenable,
  type IReferenceable,
  type IReferences,
} from 'pip-services3-commons-nodex';
import { CompositeCounters, CompositeLogger } from 'pip-services3-components-nodex';
import type { BeatResultV1 } from '../data/version1/beat-v1.js';
import type {
  CommandParams as Params,
  CommandResult as Result,
  SessionsApiV1,
} from '../data/version1/commands.js';
import type { SessionPageV1 } from '../data/version1/page-v1.js';
import type { SessionV1 } from '../data/version1/session-v1.js';
import type { DocumentChange } from '../domain/change.js';
import { encodeCursor } from '../domain/cursor.js';
import { encodeDocument } from '../domain/document.js';
import type { SessionRecord } from '../domain/session.js';
import { toSentSessionV1, toSessionV1, toSummaryV1 } from '../domain/wire.js';
import { SessionError } from '../errors/session-error.js';
import { controllerSettings } from './controller-settings.js';
import { toBeat, toBeatResultV1, toOpenInput } from './conversions.js';
import { parseFilter, parseList } from './parse-list.js';
import { createServiceClock, type ServiceClock } from './service-clock.js';
import { createIdMaker } from './session-ids.js';
import type { SessionPersistence } from './session-persistence.js';
import { SessionSweeper } from './session-sweeper.js';
import { createSessionsCommandSet } from './sessions-command-set.js';
import { defaultsOf, readSettings, type SettingValues } from './settings.js';

/** Name of this component in messages. */
const component = 'service-sessions:controller:default';

/** What a controller can be made with; the rest comes by `configure`. */
export interface SessionsControllerOptions {
  /** The clock. @default createServiceClock() */
  readonly clock?: ServiceClock;
  /** Makes session ids. @default createIdMaker() */
  readonly createId?: () => string;
}

/**
 * The commands of protocol 1 over a store, and the sweep that writes ends down
 * (descriptor `service-sessions:controller:default:*:1.0`).
 */
export class SessionsController
  implements SessionsApiV1, ICommandable, IConfigurable, IReferenceable, IOpenable
{
  readonly #clock: ServiceClock;
  readonly #createId: () => string;
  readonly #logger = new CompositeLogger();
  readonly #counters = new CompositeCounters();
  readonly #dependencies = new DependencyResolver();
  readonly #commandSet = createSessionsCommandSet(this);
  #settings: SettingValues<typeof controllerSettings> = defaultsOf(controllerSettings);
  #store: SessionPersistence | undefined;
  #sweeper: SessionSweeper | undefined;

  constructor(options: SessionsControllerOptions = {}) {
    this.#clock = options.clock ?? createServiceClock();
    this.#createId = options.createId ?? createIdMaker();
    this.#dependencies.put(
      'persistence',
      new Descriptor('service-sessions', 'persistence', '*', '*', '1.0'),
    );
  }

  /** Reads the settings of {@link controllerSettings}. @throws INVALID_CONFIG. */
  configure(config: ConfigParams): void {
    this.#settings = readSettings(component, config, controllerSettings);
    this.#dependencies.configure(config);
  }

  /** Finds the store, the loggers and the counters. */
  setReferences(references: IReferences): void {
    this.#logger.setReferences(references);
    this.#counters.setReferences(references);
    this.#dependencies.setReferences(references);
    this.#store = this.#dependencies.getOneRequired<SessionPersistence>('persistence');
  }

  /** The commands of the table, for Pip services. */
  getCommandSet() {
    return this.#commandSet;
  }

  /** Whether the sweep runs. */
  isOpen(): boolean {
    return this.#sweeper !== undefined;
  }

  /** Starts the sweep. */
  async open(_correlationId: string): Promise<void> {
    this.#sweeper ??= new SessionSweeper({
      store: this.#persistence,
      clock: this.#clock,
      logger: this.#logger,
      counters: this.#counters,
      settings: this.#settings,
    });
  }

  /** Ends the sweep, after the step that runs. Calls that are under way go on. */
  async close(_correlationId: string): Promise<void> {
    const sweeper = this.#sweeper;
    this.#sweeper = undefined;
    await sweeper?.stop();
  }

  async openSession(
    _correlationId: string,
    params: Params<'open_session'>,
  ): Promise<Result<'open_session'>> {
    const settings = this.#settings;
    const input = toOpenInput(params, { settings, id: this.#createId(), now: this.#clock.now() });
    const session = await this.#persistence.openSession(input);
    if (session === null) return null;
    const { user, data } = params;
    const documents = {
      ...(user === undefined ? {} : { user }),
      ...(data === undefined ? {} : { data }),
    };
    return toSentSessionV1(session, input.session, documents);
  }

  async getSessions(
    _correlationId: string,
    params: Params<'get_sessions'>,
  ): Promise<SessionPageV1> {
    const { filter, paging } = parseList(params, this.#settings.maxPageSize);
    const page = await this.#persistence.listSessions({
      filter,
      now: this.#clock.now(),
      ...paging,
    });
    const last = page.more ? page.sessions.at(-1) : undefined;
    return {
      total: page.total ?? null,
      data: page.sessions.map(toSummaryV1),
      ...(last === undefined ? {} : { next_cursor: encodeCursor(last, filter) }),
    };
  }

  async getSessionById(
    _correlationId: string,
    { session_id }: Params<'get_session_by_id'>,
  ): Promise<SessionV1 | null> {
    return toNullableV1(await this.#persistence.getSession(session_id, this.#clock.now()));
  }

  async storeSessionData(
    _correlationId: string,
    { session_id, data, revision }: Params<'store_session_data'>,
  ): Promise<SessionV1 | null> {
    const change = { type: 'data' as const, data: encodeDocument('data', data) };
    return await this.#change(session_id, change, revision);
  }

  async patchSessionData(
    _correlationId: string,
    { session_id, patch, revision }: Params<'patch_session_data'>,
  ): Promise<SessionV1 | null> {
    // A patch is refused by the same limits as a document, before a store sees it.
    encodeDocument('patch', patch);
    return await this.#change(session_id, { type: 'patch', patch }, revision);
  }

  async updateSessionUser(
    _correlationId: string,
    { session_id, user, revision }: Params<'update_session_user'>,
  ): Promise<SessionV1 | null> {
    const change = { type: 'user' as const, user: encodeDocument('user', user) };
    return await this.#change(session_id, change, revision);
  }

  async touchSession(
    _correlationId: string,
    params: Params<'touch_session'>,
  ): Promise<BeatResultV1 | null> {
    const now = this.#clock.now();
    const touched = await this.#persistence.touchSession({
      sessionId: params.session_id,
      beat: toBeat(params),
      now,
      presence: {
        activeLifetimeMs: this.#settings.statusActiveSeconds * 1_000,
        awayLifetimeMs: this.#settings.statusAwaySeconds * 1_000,
      },
    });
    return touched === null ? null : toBeatResultV1(touched, now);
  }

  async closeSession(
    _correlationId: string,
    { session_id: sessionId, reason }: Params<'close_session'>,
  ): Promise<SessionV1 | null> {
    const input = { sessionId, reason: reason ?? ('logout' as const), now: this.#clock.now() };
    return toNullableV1(await this.#persistence.closeSession(input));
  }

  async closeUserSessions(
    _correlationId: string,
    params: Params<'close_user_sessions'>,
  ): Promise<Result<'close_user_sessions'>> {
    const { user_id: userId, except_session_id: exceptId, reason = 'logout' } = params;
    const { count, more } = await this.#persistence.closeUserSessions({
      userId,
      reason,
      now: this.#clock.now(),
      limit: this.#settings.cleanupBatch,
      ...(exceptId === undefined ? {} : { exceptId }),
    });
    return { closed: count, more };
  }

  async closeExpiredSessions(
    _correlationId: string,
    _params: Params<'close_expired_sessions'>,
  ): Promise<Result<'close_expired_sessions'>> {
    const { cleanupBatch } = this.#settings;
    const { count, more } = await this.#persistence.closeExpired(this.#clock.now(), cleanupBatch);
    return { closed: count, more };
  }

  async countSessions(
    _correlationId: string,
    { filter }: Params<'count_sessions'>,
  ): Promise<Result<'count_sessions'>> {
    const count = await this.#persistence.countSessions(parseFilter(filter), this.#clock.now());
    return { count };
  }

  async deleteSessionById(
    _correlationId: string,
    { session_id }: Params<'delete_session_by_id'>,
  ): Promise<SessionV1 | null> {
    return toNullableV1(await this.#persistence.deleteSession(session_id, this.#clock.now()));
  }

  async deleteUserSessions(
    _correlationId: string,
    { user_id }: Params<'delete_user_sessions'>,
  ): Promise<Result<'delete_user_sessions'>> {
    const { cleanupBatch } = this.#settings;
    const now = this.#clock.now();
    const { count, more } = await this.#persistence.deleteUserSessions(user_id, cleanupBatch, now);
    return { deleted: count, more };
  }

  async #change(
    id: string,
    change: DocumentChange,
    revision: number | undefined,
  ): Promise<SessionV1 | null> {
    const condition = revision === undefined ? change : { ...change, revision };
    return toNullableV1(await this.#persistence.changeSession(id, condition, this.#clock.now()));
  }

  get #persistence(): SessionPersistence {
    if (this.#store === undefined) throw new SessionError('STORE_UNAVAILABLE');
    return this.#store;
  }
}

function toNullableV1(session: SessionRecord | null): SessionV1 | null {
  return session === null ? null : toSessionV1(session);
}
