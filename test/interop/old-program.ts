/**
 * A program as one is written for `client-sessions-node`, strictly typed: a service class over the
 * interface, an implementation of its own, a factory, settings, lists, failures. It prints lines of
 * JSON. The address of the service is its argument.
 */
export const oldProgram = `
import { ConfigParams, DataPage, Descriptor, FilterParams, IReferenceable, IReferences, PagingParams, References } from 'pip-services3-commons-nodex';
import { CompositeFactory } from 'pip-services3-components-nodex';
import { ISessionsClientV1, SessionV1, SessionsClientFactory, SessionsCommandableHttpClientV1, SessionsDirectClientV1, SessionsMockClientV1, SessionsNullClientV1 } from 'client-sessions-node';

interface Cart { items: string[] }

class SignIn implements IReferenceable {
  private _sessions: ISessionsClientV1 | undefined;

  public setReferences(references: IReferences): void {
    this._sessions = references.getOneRequired<ISessionsClientV1>(
      new Descriptor('service-sessions', 'client', '*', '*', '1.0'),
    );
  }

  public get sessions(): ISessionsClientV1 {
    if (this._sessions === undefined) throw new Error('not referenced');
    return this._sessions;
  }

  public async signIn(correlationId: string, userId: string): Promise<SessionV1> {
    const cart: Cart = { items: [] };
    return await this.sessions.openSession(correlationId, userId, 'Ann', '::1', 'shop', { roles: ['buyer'] }, cart);
  }

  public async add(correlationId: string, session: SessionV1, item: string): Promise<Cart> {
    const current = await this.sessions.getSessionById(correlationId, session.id);
    const cart: Cart = current.data;
    const roles = current.user.roles.join();
    cart.items.push(item + ' for ' + roles);
    const stored = await this.sessions.storeSessionData(correlationId, session.id, cart);
    return stored.data;
  }
}

class CountingClient implements ISessionsClientV1 {
  public calls = 0;
  public constructor(private _next: ISessionsClientV1) {}
  public getSessions(correlationId: string, filter: FilterParams, paging: PagingParams): Promise<DataPage<SessionV1>> {
    this.calls++;
    return this._next.getSessions(correlationId, filter, paging);
  }
  public getSessionById(correlationId: string, sessionId: string): Promise<SessionV1> {
    this.calls++;
    return this._next.getSessionById(correlationId, sessionId);
  }
  public openSession(correlationId: string, userId: string, userName: string, address: string, client: string, user: any, data: any): Promise<SessionV1> {
    this.calls++;
    return this._next.openSession(correlationId, userId, userName, address, client, user, data);
  }
  public storeSessionData(correlationId: string, sessionId: string, data: any): Promise<SessionV1> {
    this.calls++;
    return this._next.storeSessionData(correlationId, sessionId, data);
  }
  public updateSessionUser(correlationId: string, sessionId: string, user: any): Promise<SessionV1> {
    this.calls++;
    return this._next.updateSessionUser(correlationId, sessionId, user);
  }
  public closeSession(correlationId: string, sessionId: string): Promise<SessionV1> {
    this.calls++;
    return this._next.closeSession(correlationId, sessionId);
  }
  public closeExpiredSessions(correlationId: string): Promise<void> {
    this.calls++;
    return this._next.closeExpiredSessions(correlationId);
  }
  public deleteSessionById(correlationId: string, sessionId: string): Promise<SessionV1> {
    this.calls++;
    return this._next.deleteSessionById(correlationId, sessionId);
  }
}

function print(what: string, value: unknown): void {
  console.log(JSON.stringify({ what, value }));
}

async function printFailure(what: string, call: () => Promise<unknown>): Promise<void> {
  try {
    print(what, await call());
  } catch (err: any) {
    const { code, status, category, name, message, details, correlation_id } = err;
    print(what, { code, status, category, name, message, details, correlation_id, isError: err instanceof Error });
  }
}

async function useService(url: URL, userId: string): Promise<void> {
  const factory = new CompositeFactory();
  factory.add(new SessionsClientFactory());
  const locator = new Descriptor('service-sessions', 'client', 'commandable-http', 'default', '1.0');
  print('can create', String(factory.canCreate(locator)));
  const client: SessionsCommandableHttpClientV1 = factory.create(locator);
  client.configure(ConfigParams.fromTuples('connection.protocol', 'http', 'connection.host', url.hostname, 'connection.port', url.port, 'options.timeout', 5000));
  client.setReferences(new References());
  print('is open', client.isOpen());
  await client.open('old');
  print('is open', client.isOpen());
  const counting = new CountingClient(client);
  const signIn = new SignIn();
  signIn.setReferences(References.fromTuples(new Descriptor('service-sessions', 'client', 'counting', 'default', '1.0'), counting));

  const session: SessionV1 = await signIn.signIn('old', userId);
  print('opened', session);
  const opened: Date = new Date(session.open_time);
  print('a time', opened.getTime() > 0 && opened >= new Date(session.request_time));
  print('cart', await signIn.add('old', session, 'tea'));
  print('user', await client.updateSessionUser('old', session.id, { roles: [] }));
  const other = await signIn.signIn('old', userId);
  const page: DataPage<SessionV1> = await counting.getSessions('old', FilterParams.fromTuples('user_id', userId, 'active', true), new PagingParams(0, 10, true));
  print('listed', { total: page.total, rows: page.data.map((row) => row.user_id + ' ' + row.active) });
  const none: any = null;
  const all = await client.getSessions(none, none, none);
  print('all', [all.total, all.data.length > 1]);
  const since = FilterParams.fromTuples('user_id', userId, 'from_time', opened);
  print('since', (await client.getSessions('old', since, new PagingParams(0, 1))).data.length);
  print('closed', await client.closeSession('old', session.id));
  await printFailure('changed after the end', () => client.storeSessionData('old', session.id, {}));
  await printFailure('no user', () => client.openSession('old', '', none, none, none, none, none));
  await printFailure('no such filter', () => client.getSessions('old', FilterParams.fromTuples('colour', 'red'), none));
  await printFailure('too large', () => client.storeSessionData('old', other.id, 'x'.repeat(300000)));
  print('deleted', await client.deleteSessionById('old', other.id));
  print('absent', await client.getSessionById('old', other.id));
  await client.closeExpiredSessions('old');
  print('calls', counting.calls);
  await client.close('old');
  print('is open', client.isOpen());
}

async function useNone(): Promise<void> {
  const client = new SessionsNullClientV1();
  const session = await client.openSession('old', 'ann', 'Ann', '::1', 'shop', { b: 1 }, [1]);
  print('null opened', { ...session, id: typeof session.id });
  print('null time', session.open_time.getTime() > 0);
  print('null page', await client.getSessions('old', new FilterParams(), new PagingParams()));
  print('null read', await client.getSessionById('old', session.id));
  print('null closed', await client.closeSession('old', session.id));
}

async function useMock(): Promise<void> {
  const client = new SessionsMockClientV1();
  const session = await client.openSession('old', 'ann', 'Ann', '::1', 'shop', { b: 1 }, [1]);
  print('mock time', session.open_time.getTime() > 0);
  const page = await client.getSessions('old', FilterParams.fromTuples('user_id', 'ann'), new PagingParams(0, 5, true));
  print('mock page', [page.total, page.data[0].id === session.id, page.data[0].client]);
  print('mock stored', (await client.storeSessionData('old', session.id, [2])).data);
  print('mock closed', (await client.closeSession('old', session.id)).active);
  print('mock deleted', (await client.deleteSessionById('old', session.id)).user_id);
}

function useNames(): void {
  const made = new SessionV1('id', 'ann', 'Ann', '::1', 'shop');
  print('made', { ...made, open_time: typeof made.open_time.getTime(), request_time: '' });
  print('descriptors', [SessionsClientFactory.Descriptor, SessionsClientFactory.NullClientV1Descriptor, SessionsClientFactory.MockClientV1Descriptor, SessionsClientFactory.DirectClientV1Descriptor, SessionsClientFactory.HttpClientV1Descriptor].map(String));
  const direct = new SessionsDirectClientV1({ dependencies: { controller: 'a:b:c:d:e' } });
  print('direct', typeof direct.setReferences);
}

async function main(): Promise<void> {
  await useService(new URL(process.argv[2]), process.argv[3]);
  await useNone();
  await useMock();
  useNames();
}

declare const process: { argv: string[]; exitCode: number };

main().catch((err) => {
  console.error(err);
  process.exitCode = 1;
});
`;
