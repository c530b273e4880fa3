import type { AnyValue, SessionV1 } from './session-v1.js';

/** A text that old programs may leave out. */
export type OptionalText = string | null | undefined;

/** `FilterParams` of Pip.Services, or any object with the conditions of the protocol. */
export type FilterLike = object | null | undefined;

/** `PagingParams` of Pip.Services, or any object with `skip`, `take`, `total`, `cursor`. */
export type PagingLike = object | null | undefined;

/** One page of a list: fits `DataPage` of Pip.Services. */
export interface DataPage<Item> {
  /** The rows of the page. */
  data: Item[];
  /** All rows of the filter; `null`, though declared as published, unless paging asks for it. */
  total: number;
  /** Where the next page starts, for `cursor` of paging; absent after the last row. */
  next_cursor?: string;
}

/** What the clients need of `IReferences` of Pip.Services. */
export interface ReferencesLike {
  getOptional(locator: unknown): unknown[];
  getOneRequired(locator: unknown): unknown;
}

/**
 * The sessions service as old programs know it. Where no session is, the answer is `null`, though
 * declared as published. Failures are `PipException`.
 */
export interface ISessionsClientV1 {
  getSessions(
    correlationId: OptionalText,
    filter: FilterLike,
    paging: PagingLike,
  ): Promise<DataPage<SessionV1>>;
  getSessionById(correlationId: OptionalText, sessionId: string): Promise<SessionV1>;
  openSession(
    correlationId: OptionalText,
    userId: string,
    userName: OptionalText,
    address: OptionalText,
    client: OptionalText,
    user: AnyValue,
    data: AnyValue,
  ): Promise<SessionV1>;
  storeSessionData(
    correlationId: OptionalText,
    sessionId: string,
    data: AnyValue,
  ): Promise<SessionV1>;
  updateSessionUser(
    correlationId: OptionalText,
    sessionId: string,
    user: AnyValue,
  ): Promise<SessionV1>;
  closeSession(correlationId: OptionalText, sessionId: string): Promise<SessionV1>;
  closeExpiredSessions(correlationId: OptionalText): Promise<void>;
  deleteSessionById(correlationId: OptionalText, sessionId: string): Promise<SessionV1>;
}
