import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type ErrorCategory, type ErrorCode, errorKinds } from '../../src/errors/error-codes.js';
import { SessionError } from '../../src/errors/session-error.js';
import type { SqliteSessionPersistence } from '../../src/persistence/sqlite/sqlite-session-persistence.js';
import { runService } from '../support/run-service.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { exceptionOf } from './exceptions.js';
import { connectPipClient } from './pip-client.js';
import {
  loadPublishedClient,
  type PublishedClient,
  type PublishedPackage,
} from './published-client.js';

/** The class that an old caller catches, and the status that this class sets. */
const classes: Readonly<Partial<Record<ErrorCategory, readonly [type: string, status: number]>>> = {
  BadRequest: ['BadRequestException', 400],
  Unauthorized: ['UnauthorizedException', 401],
  NotFound: ['NotFoundException', 404],
  Conflict: ['ConflictException', 409],
  NoResponse: ['ConnectionException', 500],
  Unknown: ['UnknownException', 500],
};

/** What old callers see of a code. */
function seen(
  code: ErrorCode,
  correlationId: string,
  rest: { message?: string; details?: object },
) {
  const { category, message } = errorKinds[code];
  const [type, status] = classes[category] ?? [];
  return { type, code, status, category, correlationId, message, details: undefined, ...rest };
}

describe('failures of this process, as the published client-sessions-node 1.1.3 sees them', () => {
  let folder: TemporaryFolder;
  let published: PublishedPackage;
  let service: ServiceProcess;
  let client: PublishedClient;
  const key = 'a key that only this test knows';

  before(async function () {
    this.timeout(120_000);
    published = await loadPublishedClient();
    folder = await createTemporaryFolder();
    service = await startServiceProcess({ env: { FILE_PATH: folder.file('sessions.db') } });
    client = await published.connect(service.url);
  });
  after(async () => {
    await client.close('test');
    await service.stop();
    await folder.remove();
  });

  it('a wrong parameter is a BadRequestException that names it', async () => {
    const exception = await exceptionOf(
      client.openSession('c-1', null, null, null, null, null, null),
    );
    expect(exception).to.deep.equal(
      seen('INVALID_DATA', 'c-1', {
        message: 'The parameters are not valid: /user_id: must be string.',
        details: { problems: [{ path: '/user_id', reason: 'must be string' }] },
      }),
    );
  });

  it('an unknown key of a filter is a BadRequestException', async () => {
    const filter = published.filterOf('colour', 'red');
    const exception = await exceptionOf(client.getSessions('c-2', filter, null));
    expect(exception).to.deep.equal(
      seen('INVALID_DATA', 'c-2', {
        message: 'The parameters are not valid: /filter/colour: is not a known property.',
        details: { problems: [{ path: '/filter/colour', reason: 'is not a known property' }] },
      }),
    );
  });

  it('a change of an ended session is a ConflictException that says how it ended', async () => {
    const { id } = await client.openSession('c-3', 'ann', null, null, null, null, null);
    const closed = await client.closeSession('c-3', id);
    const details = { close_reason: 'logout', close_time: closed?.close_time };
    for (const change of [
      client.storeSessionData('c-3', id, {}),
      client.updateSessionUser('c-3', id, {}),
    ]) {
      expect(await exceptionOf(change)).to.deep.equal(seen('SESSION_ENDED', 'c-3', { details }));
    }
  });

  it('a body over the limit is a BadRequestException', async () => {
    const data = 'x'.repeat(300_000);
    const exception = await exceptionOf(
      client.openSession('c-4', 'ann', null, null, null, null, data),
    );
    expect(exception).to.deep.equal(seen('BODY_TOO_LARGE', 'c-4', {}));
  });

  it('a call without a correlation id gets one that the service made', async () => {
    const { correlationId } = await exceptionOf(client.getSessionById(null, ''));
    expect(correlationId).to.match(/^[\x21-\x7e]{1,128}$/);
  });

  it('a full store is a ConnectionException with its code', async () => {
    const full = await runService({
      store: 'memory',
      endpoint: { options: { drain_delay: 0 } },
      persistence: { options: { max_sessions: 1 } },
    });
    const other = await published.connect(full.url);
    await other.openSession('c-5', 'ann', null, null, null, null, null);
    const exception = await exceptionOf(
      other.openSession('c-5', 'ann', null, null, null, null, null),
    );
    await full.close();
    expect(exception).to.deep.equal(seen('STORAGE_FULL', 'c-5', {}));
  });

  it('a store that is closed is a ConnectionException with its code', async () => {
    const closed = await runService({
      store: 'file',
      endpoint: { options: { drain_delay: 0 } },
    });
    await (closed.store as SqliteSessionPersistence).close('test');
    const other = await published.connect(closed.url);
    const exception = await exceptionOf(other.getSessionById('c-6', 'any'));
    await closed.close();
    expect(exception).to.deep.equal(seen('STORE_UNAVAILABLE', 'c-6', {}));
  });

  it('with keys set, it is an UnauthorizedException unless a subclass sends one', async () => {
    const sha256 = createHash('sha256').update(key).digest('hex');
    await writeFile(
      folder.file('keys.json'),
      JSON.stringify({ keys: [{ id: 'reader', sha256, roles: ['read'] }] }),
    );
    const guarded = await startServiceProcess({
      env: { MEMORY_ENABLED: 'true', API_KEYS_FILE: folder.file('keys.json') },
    });
    const without = await published.connect(guarded.url);
    const unauthorized = await exceptionOf(without.getSessionById('c-7', 'any'));
    const reader = await connectPipClient(guarded.url, {}, { 'x-api-key': key });
    const found = await reader.run('get_session_by_id', 'c-7', { session_id: 'any' });
    const forbidden = await exceptionOf(reader.run('close_session', 'c-7', { session_id: 'any' }));
    await guarded.stop();
    expect(unauthorized).to.deep.equal(seen('UNAUTHORIZED', 'c-7', {}));
    expect(found).to.equal(null);
    expect(forbidden).to.deep.equal(seen('FORBIDDEN', 'c-7', {}));
  });
});

describe('failures that a real process cannot be made to give, as their clients see them', () => {
  let published: PublishedPackage;
  let server: Server;

  before(async function () {
    this.timeout(120_000);
    published = await loadPublishedClient();
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
  });

  /** A server that answers as it is told. */
  async function connectTo(listener: RequestListener): Promise<PublishedClient> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return await published.connect(`http://127.0.0.1:${port}`, { timeout: 200, retries: 1 });
  }

  const codes = (Object.keys(errorKinds) as ErrorCode[]).filter(
    (code) => code !== 'INVALID_CONFIG',
  );
  for (const code of codes) {
    it(`${code} is restored to the class of its category, with code and details`, async () => {
      const error = new SessionError(code, { details: { fact: [1] } });
      const client = await connectTo((_request, response) => {
        response.writeHead(error.status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(error.toBody('from the service')));
      });
      const exception = await exceptionOf(client.getSessionById('c', 'any'));
      expect(exception).to.deep.equal(seen(code, 'from the service', { details: { fact: [1] } }));
    });
  }

  it('a 500 without a body is an UnknownException', async () => {
    const client = await connectTo((_request, response) => {
      response.statusCode = 500;
      response.end();
    });
    expect(await exceptionOf(client.getSessionById('c', 'any'))).to.deep.equal({
      type: 'UnknownException',
      code: 'UNKNOWN',
      status: undefined,
      category: undefined,
      correlationId: null,
      message: 'null',
      details: undefined,
    });
  });

  it('no server at all is an Error of Node, no exception of Pip.Services', async () => {
    const client = await connectTo(() => undefined);
    server.close();
    const { type, code, category } = await exceptionOf(client.getSessionById('c', 'any'));
    expect({ type, code, category }).to.deep.equal({
      type: 'Error',
      code: 'ECONNREFUSED',
      category: undefined,
    });
  });

  it('a server that says nothing is an Error of their HTTP client', async () => {
    const client = await connectTo(() => undefined);
    const { code, category } = await exceptionOf(client.getSessionById('c', 'any'));
    expect({ code, category }).to.deep.equal({ code: 'RequestTimeout', category: undefined });
  });
});
