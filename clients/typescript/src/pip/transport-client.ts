import type { CommandName, CommandParams, CommandResult, SessionsTransport } from '../transport.js';
import { PipException } from './pip-exception.js';
import type {
  DataPage,
  FilterLike,
  ISessionsClientV1,
  OptionalText,
  PagingLike,
} from './pip-types.js';
import { type AnyValue, type SessionV1, toSession } from './session-v1.js';

/** The published methods over a transport of the typed client. */
export abstract class TransportClient implements ISessionsClientV1 {
  /** The way to the service; `undefined` while the client is not open. */
  protected abstract readonly transport: SessionsTransport | undefined;

  async getSessions(
    correlationId: OptionalText,
    filter: FilterLike,
    paging: PagingLike,
  ): Promise<DataPage<SessionV1>> {
    const params = { filter, paging } as CommandParams<'get_sessions'>;
    const page = await this.#call('get_sessions', correlationId, params);
    // Declared as published: `total` is null unless asked for.
    return { ...page, total: page.total as number, data: page.data.map(toSession) };
  }

  async getSessionById(correlationId: OptionalText, sessionId: string): Promise<SessionV1> {
    const params = { session_id: sessionId };
    return answer(await this.#call('get_session_by_id', correlationId, params));
  }

  async openSession(
    correlationId: OptionalText,
    userId: string,
    userName: OptionalText,
    address: OptionalText,
    client: OptionalText,
    user: AnyValue,
    data: AnyValue,
  ): Promise<SessionV1> {
    const params = { user_id: userId, user_name: userName, address, client, user, data };
    return answer(
      await this.#call('open_session', correlationId, params as CommandParams<'open_session'>),
    );
  }

  async storeSessionData(
    correlationId: OptionalText,
    sessionId: string,
    data: AnyValue,
  ): Promise<SessionV1> {
    const params = { session_id: sessionId, data };
    return answer(await this.#call('store_session_data', correlationId, params));
  }

  async updateSessionUser(
    correlationId: OptionalText,
    sessionId: string,
    user: AnyValue,
  ): Promise<SessionV1> {
    const params = { session_id: sessionId, user };
    return answer(await this.#call('update_session_user', correlationId, params));
  }

  async closeSession(correlationId: OptionalText, sessionId: string): Promise<SessionV1> {
    const params = { session_id: sessionId };
    return answer(await this.#call('close_session', correlationId, params));
  }

  async closeExpiredSessions(correlationId: OptionalText): Promise<void> {
    await this.#call('close_expired_sessions', correlationId, {});
  }

  async deleteSessionById(correlationId: OptionalText, sessionId: string): Promise<SessionV1> {
    const params = { session_id: sessionId };
    return answer(await this.#call('delete_session_by_id', correlationId, params));
  }

  async #call<Name extends CommandName>(
    name: Name,
    correlationId: OptionalText,
    params: CommandParams<Name>,
  ): Promise<CommandResult<Name>> {
    const { transport } = this;
    if (transport === undefined) {
      const message = 'The client is not open.';
      throw new PipException('NOT_OPENED', { category: 'InvalidState', correlationId, message });
    }
    const options = { correlationId: correlationId ?? undefined };
    return (await transport.call(name, params, options).catch((caught: unknown) => {
      throw PipException.from(caught);
    })) as CommandResult<Name>;
  }
}

/** Declared as published: where no session is, `null` is answered. */
function answer(session: Parameters<typeof toSession>[0] | null): SessionV1 {
  return session === null ? (session as unknown as SessionV1) : toSession(session);
}
