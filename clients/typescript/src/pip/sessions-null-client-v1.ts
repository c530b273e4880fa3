import type {
  DataPage,
  FilterLike,
  ISessionsClientV1,
  OptionalText,
  PagingLike,
} from './pip-types.js';
import { type AnyValue, SessionV1 } from './session-v1.js';

/** Nothing, declared as published. */
const nothing = null as unknown as SessionV1;

/** Keeps nothing and finds nothing, for programs that run without the service. */
export class SessionsNullClientV1 implements ISessionsClientV1 {
  async getSessions(
    _correlationId: OptionalText,
    _filter: FilterLike,
    _paging: PagingLike,
  ): Promise<DataPage<SessionV1>> {
    return { data: [], total: 0 };
  }

  async getSessionById(_correlationId: OptionalText, _sessionId: string): Promise<SessionV1> {
    return nothing;
  }

  /** Answers a session of what was given, which nobody keeps. */
  async openSession(
    _correlationId: OptionalText,
    userId: string,
    userName: OptionalText,
    address: OptionalText,
    client: OptionalText,
    user: AnyValue,
    data: AnyValue,
  ): Promise<SessionV1> {
    const texts = [userName, address, client] as [string, string, string];
    return Object.assign(new SessionV1(null, userId, ...texts), { user, data });
  }

  async storeSessionData(
    _correlationId: OptionalText,
    _sessionId: string,
    _data: AnyValue,
  ): Promise<SessionV1> {
    return nothing;
  }

  async updateSessionUser(
    _correlationId: OptionalText,
    _sessionId: string,
    _user: AnyValue,
  ): Promise<SessionV1> {
    return nothing;
  }

  async closeSession(_correlationId: OptionalText, _sessionId: string): Promise<SessionV1> {
    return nothing;
  }

  async closeExpiredSessions(_correlationId: OptionalText): Promise<void> {}

  async deleteSessionById(_correlationId: OptionalText, _sessionId: string): Promise<SessionV1> {
    return nothing;
  }
}
