import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { SessionError } from '../../../src/errors/session-error.js';
import { ErrorLog } from '../../../src/services/http/error-log.js';
import type { HttpEndpoint } from '../../../src/services/http/http-endpoint.js';
import { LoadGuard } from '../../../src/services/http/load-guard.js';
import { ShortWay, type ShortWayOptions } from '../../../src/services/http/short-way.js';
import { createTemporaryFolder } from '../../support/temporary-folder.js';
import { type OpenEndpoint, openEndpoint } from './open-endpoint.js';
import { openSocket, parseAnswers, type RawAnswer, readToEnd, readUntil } from './raw-http.js';

const path = '/v1/sessions/echo';

/** A command that does what its parameters say. */
async function act(id: string, body: unknown): Promise<string | null> {
  const said = body as { fail?: SessionError['code']; none?: boolean; crash?: boolean };
  if (said.crash) throw new Error('/home/secret/place, driver says no');
  if (said.fail) throw new SessionError(said.fail);
  return said.none ? null : JSON.stringify({ id, body });
}

interface Sent {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How its characters become bytes. @default 'utf8' */
  readonly encoding?: BufferEncoding;
}

/** A request, as bytes; without `connection: close` unless it says so. */
function requestOf({
  method = 'POST',
  target = path,
  headers = {},
  body = '{}',
  encoding = 'utf8',
}: Sent): string {
  const all = {
    Host: 'localhost',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body, encoding)),
    'X-Correlation-Id': 'c-1',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

async function send(port: number, sent: Sent): Promise<RawAnswer> {
  const socket = await openSocket(port);
  const received = readToEnd(socket);
  const request = requestOf({ ...sent, headers: { Connection: 'close', ...sent.headers } });
  socket.write(request, sent.encoding ?? 'utf8');
  const [answer] = parseAnswers(await received);
  if (answer === undefined) throw new Error('no answer');
  // Every connection here ends, whether the answer says it too or not.
  const { date: _date, connection: _connection, ...headers } = answer.headers;
  return { ...answer, headers };
}

/** JSON but for a byte that begins no character. */
const notUtf8: Sent = { body: '{"a":"\xff"}', encoding: 'latin1' };

describe('ShortWay', () => {
  describe('beside the usual way of the endpoint', () => {
    let opened: OpenEndpoint;

    async function open(settings: Record<string, unknown> = {}): Promise<void> {
      const routes = (endpoint: HttpEndpoint) => endpoint.registerCommand(path, 'write', act);
      opened = await openEndpoint({ routes, settings });
    }

    afterEach(async () => {
      await opened.endpoint.close('test');
    });

    const cases: Readonly<Record<string, Sent>> = {
      'a result': { body: '{"a":"é\\u0000"}' },
      'an ASCII result': { body: '{"a":[1,2.5,null]}' },
      'no body': { body: '' },
      'no result': { body: '{"none":true}' },
      'an error of the command': { body: '{"fail":"SESSION_ENDED"}' },
      'an error that asks to come again': { body: '{"fail":"STORE_UNAVAILABLE"}' },
      'an unforeseen error': { body: '{"crash":true}' },
      'a body that is no JSON': { body: '{"a":' },
      'a key twice': { body: '{"a":1,"a":2}' },
      'bytes that are not UTF-8': notUtf8,
      'a correlation id that is not acceptable': { headers: { 'X-Correlation-Id': 'a b' } },
      'a body of 5 KB': { body: JSON.stringify({ a: 'x'.repeat(5_000) }) },
      'another type': { headers: { 'Content-Type': 'text/plain' } },
      'another method': { method: 'PUT' },
      'no such path': { target: '/v1/sessions/nothing' },
      'a query': { target: `${path}?correlation_id=q-1` },
      'another host': { headers: { Host: 'evil.example' } },
      'a page of somebody else': { headers: { Origin: 'http://evil.example' } },
      'a proxy': { headers: { 'X-Forwarded-For': '10.0.0.1' } },
    };

    for (const [name, sent] of Object.entries(cases)) {
      it(`answers the same for ${name}`, async () => {
        await open();
        const plain = await send(opened.port, sent);
        const odd = await send(opened.port, {
          ...sent,
          headers: { ...sent.headers, 'x-odd': '1' },
        });
        const isMadeUp = plain.headers['x-correlation-id'] !== odd.headers['x-correlation-id'];
        expect(isMadeUp).to.equal(name.startsWith('a correlation id'));
        const comparable = (answer: RawAnswer) =>
          isMadeUp ? { ...answer, headers: { ...answer.headers, 'x-correlation-id': '' } } : answer;
        const id = new RegExp(plain.headers['x-correlation-id'] ?? '', 'g');
        const oddId = odd.headers['x-correlation-id'] ?? '';
        expect({ ...comparable(plain), body: plain.body.replace(id, oddId) }).to.deep.equal(
          comparable(odd),
        );
      });
    }

    it('takes no bytes that are not UTF-8', async () => {
      await open();
      const { status, body } = await send(opened.port, notUtf8);
      expect([status, JSON.parse(body).code]).to.deep.equal([400, 'INVALID_JSON']);
    });

    it('takes no body that is longer than the endpoint allows', async () => {
      await open({ 'options.request_max_size': 1_024 });
      const body = JSON.stringify({ a: 'x'.repeat(1_024) });
      const plain = await send(opened.port, { body });
      const odd = await send(opened.port, { body, headers: { 'x-odd': '1' } });
      expect([plain.status, JSON.parse(plain.body).code]).to.deep.equal([413, 'BODY_TOO_LARGE']);
      expect(plain).to.deep.equal(odd);
    });

    it('serves callers whose key has the role of the command, and refuses the others', async () => {
      const keys = ['may-write-0123456789', 'may-read-0123456789'].map((key, index) => ({
        id: key.slice(0, -11),
        sha256: createHash('sha256').update(key).digest('hex'),
        roles: [index === 0 ? 'write' : 'read'],
      }));
      const folder = await createTemporaryFolder();
      await writeFile(folder.file('keys.json'), JSON.stringify({ keys }));
      await open({ 'options.api_keys_file': folder.file('keys.json') });
      await folder.remove();
      const statusOf = async (headers: Record<string, string>) =>
        (await send(opened.port, { headers })).status;
      expect({
        bearer: await statusOf({ Authorization: 'Bearer may-write-0123456789' }),
        own: await statusOf({ 'X-Api-Key': 'may-write-0123456789' }),
        role: await statusOf({ 'X-Api-Key': 'may-read-0123456789' }),
        none: await statusOf({}),
        wrong: await statusOf({ 'X-Api-Key': 'may-writes' }),
      }).to.deep.equal({ bearer: 200, own: 200, role: 403, none: 401, wrong: 401 });
    });

    it('answers requests that came together on one connection in their order', async () => {
      await open();
      const socket = await openSocket(opened.port);
      const received = readToEnd(socket);
      const bodies = ['{"n":1}', '{"fail":"SESSION_ENDED"}', '{"n":3}'];
      const last = { body: '{"n":4}', headers: { Connection: 'close' } };
      socket.write([...bodies.map((body) => requestOf({ body })), requestOf(last)].join(''));
      const answers = parseAnswers(await received);
      expect(answers.map(({ status }) => status)).to.deep.equal([200, 409, 200, 200]);
      expect(answers[3]?.body).to.equal('{"id":"c-1","body":{"n":4}}');
    });

    it('sees a request that an interceptor wants to see go the usual way', async () => {
      const seen: string[] = [];
      opened = await openEndpoint({
        routes: (endpoint) => {
          endpoint.registerCommand(path, 'write', act);
          endpoint.registerInterceptor('echo', (request, _reply, next) => {
            seen.push(request.url);
            next();
          });
        },
      });
      expect((await send(opened.port, {})).status).to.equal(200);
      expect(seen).to.deep.equal([path]);
    });
  });

  describe('serve()', () => {
    let server: Server;
    let load: LoadGuard;
    let isClosed = false;
    let isDraining = false;
    const logs: unknown[] = [];
    const act1 = { current: act };

    beforeEach(async () => {
      [isClosed, isDraining] = [false, false];
      act1.current = act;
      load = new LoadGuard({ runningLimit: 10, loopDelayLimitMs: 10_000 });
      const options: ShortWayOptions = {
        keys: undefined,
        isOwnOnly: true,
        bodyLimitBytes: 262_144,
        load,
        errorLog: new ErrorLog({
          error: (id: string, error: Error) => logs.push([id, error.message]),
        } as never),
        isClosed: () => isClosed,
        isDraining: () => isDraining,
      };
      const way = new ShortWay(options);
      way.add({ path, role: 'write', action: (id, body) => act1.current(id, body) });
      server = createServer((request, response) => {
        if (way.serve(request, response)) return;
        response.writeHead(299, { 'content-length': 0 }).end();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    });

    afterEach(() => {
      load.stop();
      server.closeAllConnections();
      server.close();
    });

    const portOf = () => (server.address() as AddressInfo).port;
    const statusOf = async (sent: Sent) => (await send(portOf(), sent)).status;

    it('takes plain requests and leaves all others alone', async () => {
      expect({
        plain: await statusOf({}),
        full: await statusOf({ body: JSON.stringify('x'.repeat(4_094)) }),
        long: await statusOf({ body: JSON.stringify('x'.repeat(4_095)) }),
        odd: await statusOf({ headers: { 'x-odd': '1' } }),
        host: await statusOf({ headers: { Host: 'evil.example' } }),
        method: await statusOf({ method: 'GET', body: '' }),
        path: await statusOf({ target: `${path}/` }),
      }).to.deep.equal({
        ...{ plain: 200, full: 200, long: 299, odd: 299, host: 299, method: 299, path: 299 },
      });
      isClosed = true;
      expect(await statusOf({})).to.equal(299);
    });

    it('reads a body that comes in pieces, and counts nobody whose body has not come', async () => {
      const socket = await openSocket(portOf());
      const [head = '', body = ''] = requestOf({ body: '{"a":1}' }).split('\r\n\r\n');
      socket.write(`${head}\r\n\r\n${body.slice(0, 3)}`);
      await statusOf({});
      expect(load.running.length).to.equal(0);
      const received = readUntil(socket, /"body":\{"a":1\}\}$/);
      socket.write(body.slice(3));
      await received;
      socket.destroy();
    });

    it('counts a request until it is answered, though its caller has gone', async () => {
      let answer = (_text: string) => {};
      const asked: (() => void)[] = [];
      act1.current = async () =>
        await new Promise<string>((resolve) => {
          answer = resolve;
          asked.shift()?.();
        });
      const socket = await openSocket(portOf());
      const isAsked = new Promise<void>((resolve) => asked.push(resolve));
      socket.write(requestOf({}));
      await isAsked;
      const closed = once(load.running[0]?.response as never, 'close');
      socket.destroy();
      await closed;
      // Who goes away and comes again must not get more done at once than others.
      expect(load.running.length).to.equal(1);
      answer('{}');
      act1.current = act;
      expect(await statusOf({})).to.equal(200);
      expect(load.running.length).to.equal(0);
    });

    it('ends the connection with an answer that is given while the service stops', async () => {
      isDraining = true;
      const socket = await openSocket(portOf());
      const received = readToEnd(socket);
      socket.write(requestOf({}));
      const [answer] = parseAnswers(await received);
      expect(answer?.status).to.equal(200);
      expect(answer?.headers['connection']).to.equal('close');
    });

    it('logs what an answer does not say', async () => {
      logs.length = 0;
      expect(await statusOf({ body: '{"crash":true}' })).to.equal(500);
      expect(logs).to.deep.equal([['c-1', '/home/secret/place, driver says no']]);
    });
  });
});
