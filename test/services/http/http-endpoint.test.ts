import { expect } from 'chai';
import { ConfigParams, ObjectSchema, TypeCode } from 'pip-services3-commons-nodex';
import { documentTooLarge, storeUnavailable } from '../../../src/errors/makers.js';
import { SessionError } from '../../../src/errors/session-error.js';
import { sendResult } from '../../../src/services/http/http-answers.js';
import { HttpEndpoint } from '../../../src/services/http/http-endpoint.js';
import { createEndpoint, type OpenEndpoint, openEndpoint } from './open-endpoint.js';

const json = { 'content-type': 'application/json' };

/** Routes that do what a test may want of one. */
function addRoutes(endpoint: HttpEndpoint): void {
  endpoint.registerRouteWithAuth('post', 'echo', null, 'public', (request, reply) => {
    sendResult(reply, { id: request.id, body: request.body ?? 'none' });
  });
  endpoint.registerRouteWithAuth('get', '/items/:item', null, 'public', (request, reply) => {
    sendResult(reply, request.params);
  });
  endpoint.registerRouteWithAuth('del', '/items/:item', null, 'public', (_request, reply) => {
    sendResult(reply, null);
  });
  endpoint.registerRouteWithAuth('post', '/fail/:how', null, 'public', (request) => {
    throw failures[(request.params as { how: string }).how];
  });
  endpoint.registerRouteWithAuth('post', '/later', null, 'public', (_request, reply) => {
    setTimeout(() => sendResult(reply, 'later'), 5);
  });
}

const failures: Readonly<Record<string, unknown>> = {
  unknown: new Error('ENOENT: /home/secret/place, driver says no'),
  text: 'a text with /home/secret/place',
  unavailable: storeUnavailable(new Error('/home/secret/place is gone')),
  large: documentTooLarge('data', 300_000, 262_144),
};

describe('HttpEndpoint', () => {
  let opened: OpenEndpoint;

  before(async () => {
    opened = await openEndpoint({ routes: addRoutes });
  });

  after(async () => {
    await opened.endpoint.close('test');
  });

  async function post(url: string, payload?: string, headers: Record<string, string> = json) {
    const body = payload === undefined ? {} : { payload };
    const answer = await opened.endpoint.inject({ method: 'POST', url, headers, ...body });
    return { status: answer.statusCode, headers: answer.headers, body: parse(answer.body) };
  }

  describe('registerRouteWithAuth()', () => {
    it('serves paths with parts, with and without a leading slash', async () => {
      const { endpoint } = opened;
      const item = await endpoint.inject({ method: 'GET', url: '/items/a%20b?x=1' });
      expect(item.json()).to.deep.equal({ item: 'a b' });
      expect((await post('/echo', '{"a":1}')).body).to.deep.include({ body: { a: 1 } });
    });

    it('takes del for DELETE, and answers 204 without a body for null', async () => {
      const answer = await opened.endpoint.inject({ method: 'DELETE', url: '/items/a' });
      expect([answer.statusCode, answer.body]).to.deep.equal([204, '']);
      expect(answer.headers).to.not.have.any.keys('content-type', 'content-length');
    });

    it('waits for an action that answers after it returned', async () => {
      expect(await post('/later')).to.deep.include({ status: 200, body: 'later' });
    });

    it('asks its schema for params, query and body', async () => {
      const schema = new ObjectSchema()
        .withRequiredProperty('item', TypeCode.String)
        .withOptionalProperty('limit', TypeCode.String)
        .withRequiredProperty('body', new ObjectSchema().withRequiredProperty('a', TypeCode.Long));
      const { endpoint } = await openEndpoint({
        routes: (own) =>
          own.registerRouteWithAuth('post', '/items/:item', schema, 'public', (_, reply) => {
            sendResult(reply, 'fine');
          }),
      });
      const url = '/items/x?limit=5';
      const good = await endpoint.inject({ method: 'POST', url, payload: { a: 1 } });
      const bad = await endpoint.inject({ method: 'POST', url, payload: { b: 1 } });
      await endpoint.close('test');
      expect(good.json()).to.equal('fine');
      expect(bad.statusCode).to.equal(400);
      expect(bad.json().code).to.equal('INVALID_DATA');
      expect(bad.json().details.problems[0].path).to.equal('/body/a');
    });

    it('lets a function say whom to let through', async () => {
      const { endpoint } = await openEndpoint({
        routes: (own) =>
          own.registerRouteWithAuth(
            'get',
            '/door',
            null,
            async (request, _reply, next) => {
              if (request.headers['x-pass'] !== 'yes') throw new SessionError('FORBIDDEN');
              await next();
            },
            (_request, reply) => sendResult(reply, 'in'),
          ),
      });
      const inside = await endpoint.inject({ url: '/door', headers: { 'x-pass': 'yes' } });
      const outside = await endpoint.inject({ url: '/door' });
      await endpoint.close('test');
      expect(inside.json()).to.equal('in');
      expect([outside.statusCode, outside.json().code]).to.deep.equal([403, 'FORBIDDEN']);
    });
  });

  describe('registerRoute()', () => {
    const routes = (endpoint: HttpEndpoint) =>
      endpoint.registerRoute('get', '/open', null, (_request, reply) => sendResult(reply, 1));

    it('ends the start when nobody said who may use the route', async () => {
      const { endpoint } = createEndpoint({ routes });
      expect(await failureOf(endpoint.open('test'))).to.equal(
        'pip-services:endpoint:http: options.default_access: GET /open has no access rule',
      );
      expect(endpoint.isOpen()).to.equal(false);
    });

    it('takes the rule of options.default_access', async () => {
      const settings = { 'options.default_access': 'admin' };
      const { endpoint } = await openEndpoint({ routes, settings });
      const route = endpoint.routes.find(({ path }) => path === '/open');
      await endpoint.close('test');
      expect(route).to.deep.equal({ method: 'GET', path: '/open', access: 'admin' });
    });

    it('is refused outside of a registration', () => {
      expect(() => routes(new HttpEndpoint())).to.throw('The HTTP endpoint is not open.');
    });
  });

  describe('registerInterceptor()', () => {
    it('sees the requests to its route, and may refuse them', async () => {
      const seen: string[] = [];
      const { endpoint } = await openEndpoint({
        routes: (own) => {
          addRoutes(own);
          own.registerInterceptor('/items', (request, _reply, next) => {
            seen.push(request.url);
            next(request.url.endsWith('b') ? new SessionError('FORBIDDEN') : undefined);
          });
        },
      });
      const statuses: number[] = [];
      for (const url of ['/items/a', '/items/b', '/livez']) {
        statuses.push((await endpoint.inject({ url })).statusCode);
      }
      await endpoint.close('test');
      expect(statuses).to.deep.equal([200, 403, 200]);
      expect(seen).to.deep.equal(['/items/a', '/items/b']);
    });
  });

  describe('register()', () => {
    it('adds the routes at each opening; unregister() ends that', async () => {
      let calls = 0;
      const registration = { register: () => (calls += 1) };
      const { endpoint } = createEndpoint();
      endpoint.register(registration);
      for (let round = 0; round < 2; round += 1) {
        await endpoint.open('test');
        await endpoint.open('test');
        await endpoint.close('test');
      }
      endpoint.unregister(registration);
      await endpoint.open('test');
      await endpoint.close('test');
      expect(calls).to.equal(2);
    });
  });

  describe('correlation id', () => {
    const cases: readonly [
      title: string,
      url: string,
      headers: object,
      expected: string | RegExp,
    ][] = [
      [
        'the query',
        '/echo?correlation_id=q',
        { correlation_id: 'h', 'x-correlation-id': 'x' },
        'q',
      ],
      ['the header', '/echo?other=1', { correlation_id: 'h', 'x-correlation-id': 'x' }, 'h'],
      ['x-correlation-id', '/echo', { 'x-correlation-id': 'x' }, 'x'],
      ['the header for an empty query', '/echo?correlation_id=', { correlation_id: 'h' }, 'h'],
      ['128 characters', '/echo', { correlation_id: '~'.repeat(128) }, '~'.repeat(128)],
      ['a new one for none', '/echo', {}, /^[0-9a-f-]{36}$/],
      [
        'a new one for 129 characters',
        '/echo',
        { correlation_id: 'a'.repeat(129) },
        /^[0-9a-f-]{36}$/,
      ],
      ['a new one for a space', '/echo?correlation_id=a+b', {}, /^[0-9a-f-]{36}$/],
      ['a new one for a line break', '/echo?correlation_id=a%0d%0ab', {}, /^[0-9a-f-]{36}$/],
      ['a new one for other letters', '/echo?correlation_id=%C3%A9', {}, /^[0-9a-f-]{36}$/],
    ];
    for (const [title, url, headers, expected] of cases) {
      it(`is ${title}, in the request and in the answer`, async () => {
        const { body, headers: answered } = await post(url, undefined, { ...headers });
        expect(answered['x-correlation-id']).to.match(
          expected instanceof RegExp ? expected : new RegExp(`^${expected}$`),
        );
        expect(body.id).to.equal(answered['x-correlation-id']);
      });
    }

    it('stands in the body of an error', async () => {
      const { body } = await post('/none?correlation_id=mine');
      expect(body.correlation_id).to.equal('mine');
    });
  });

  describe('errors', () => {
    it('answers 404 NO_ROUTE with the whole public form', async () => {
      const { body, status } = await post('/none?correlation_id=c', '{"no json');
      expect(status).to.equal(404);
      expect(body).to.deep.equal({
        code: 'NO_ROUTE',
        status: 404,
        name: 'SessionError',
        category: 'NotFound',
        message: 'There is no such route.',
        correlation_id: 'c',
      });
    });

    it('answers 405 WRONG_METHOD and which methods there are', async () => {
      const answers = [
        await opened.endpoint.inject({ method: 'PUT', url: '/items/a?b=c' }),
        await opened.endpoint.inject({ method: 'OPTIONS', url: '/echo' }),
        await opened.endpoint.inject({ method: 'TRACE' as 'GET', url: '/livez' }),
      ];
      expect(answers.map(({ statusCode }) => statusCode)).to.deep.equal([405, 405, 405]);
      expect(answers.map(({ headers }) => headers['allow'])).to.deep.equal([
        'DELETE, GET, HEAD',
        'POST',
        'GET, HEAD',
      ]);
      expect(answers[0]?.json().code).to.equal('WRONG_METHOD');
    });

    it('answers a failure nobody foresaw with one fixed sentence, and logs the rest', async () => {
      for (const how of ['unknown', 'text']) {
        const { body, status } = await post(`/fail/${how}?correlation_id=c`);
        expect(status).to.equal(500);
        expect(body).to.deep.equal({
          code: 'INTERNAL',
          status: 500,
          name: 'SessionError',
          category: 'Unknown',
          message: 'An unexpected error happened. The log has the details.',
          correlation_id: 'c',
        });
      }
      expect(opened.logger.lines).to.deep.include({
        level: 'error',
        correlationId: 'c',
        message: 'POST /fail/:how answered INTERNAL',
        error: failures['unknown'],
      });
    });

    it('keeps the cause of a known failure to itself, and says when to try again', async () => {
      const { body, headers, status } = await post('/fail/unavailable');
      expect([status, headers['retry-after']]).to.deep.equal([503, '1']);
      expect(JSON.stringify(body)).to.not.contain('secret');
      expect((await post('/fail/large')).body.details).to.deep.equal({
        field: 'data',
        bytes: 300_000,
        limit: 262_144,
      });
    });

    it('answers 400 BAD_REQUEST for a target that cannot be decoded', async () => {
      const answer = await opened.endpoint.inject({ url: '/items/%zz' });
      expect([answer.statusCode, answer.json().code]).to.deep.equal([400, 'BAD_REQUEST']);
      expect(answer.headers).to.include({ 'x-content-type-options': 'nosniff' });
    });
  });

  describe('bodies', () => {
    it('takes an absent or empty body for none at all', async () => {
      expect((await post('/echo', undefined, {})).body.body).to.equal('none');
      expect((await post('/echo', '', json)).body.body).to.deep.equal({});
    });

    it('refuses JSON that is not strict, and keeps the connection', async () => {
      for (const payload of ['{', '{"a":1,"a":2}', '1e400', '\uFEFF{}', 'nul', '[1,]']) {
        const { body, headers, status } = await post('/echo', payload);
        expect([status, body.code], payload).to.deep.equal([400, 'INVALID_JSON']);
        expect(headers['connection']).to.not.equal('close');
      }
    });

    it('refuses other media types and any content coding', async () => {
      const refused: Record<string, string>[] = [
        {},
        { 'content-type': '' },
        { 'content-type': 'text/plain' },
        { 'content-type': 'application/x-www-form-urlencoded' },
        { 'content-type': 'application/json5' },
        { 'content-type': 'application/merge-patch+json' },
        { 'content-type': 'application/json; charset=latin1' },
        { 'content-type': 'application/json; charset=utf-16' },
        { 'content-type': 'text/plain; application/json' },
        { ...json, 'content-encoding': 'gzip' },
        { ...json, 'content-encoding': 'identity' },
      ];
      for (const headers of refused) {
        const { body, status } = await post('/echo', '{}', headers);
        const title = JSON.stringify(headers);
        expect([status, body.code], title).to.deep.equal([415, 'UNSUPPORTED_MEDIA_TYPE']);
      }
    });

    it('takes JSON under all its names', async () => {
      const types = [
        'application/json',
        'Application/JSON',
        'application/json;charset=utf-8',
        'application/json; charset="UTF-8"',
        'application/json ; charset = utf-8',
        'application/json; odata=verbose; charset=utf-8',
      ];
      for (const type of types) {
        const { status } = await post('/echo', '{}', { 'content-type': type });
        expect(status, type).to.equal(200);
      }
    });

    it('refuses a body above the limit with 413, and takes one at it', async () => {
      const { endpoint } = await openEndpoint({
        routes: addRoutes,
        settings: { 'options.request_max_size': 1_024 },
      });
      const statuses: number[] = [];
      for (const length of [1_022, 1_023]) {
        const payload = JSON.stringify('x'.repeat(length));
        const answer = await endpoint.inject({
          method: 'POST',
          url: '/echo',
          headers: json,
          payload,
        });
        statuses.push(answer.statusCode);
      }
      await endpoint.close('test');
      expect(statuses).to.deep.equal([200, 413]);
    });
  });

  describe('answers', () => {
    it('carry their length, their type and the security headers', async () => {
      const answer = await opened.endpoint.inject({ url: '/items/%C3%A9' });
      expect(answer.headers).to.include({
        'content-type': 'application/json; charset=utf-8',
        'content-length': '13',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      });
      expect(answer.json()).to.deep.equal({ item: 'é' });
    });
  });

  describe('open()', () => {
    it('names the port that is in use', async () => {
      const { endpoint } = createEndpoint({ settings: { 'connection.port': opened.port } });
      expect(await failureOf(endpoint.open('test'))).to.equal(
        `pip-services:endpoint:http: connection.port (HTTP_PORT): 127.0.0.1:${opened.port} is in use`,
      );
      expect(endpoint.isOpen()).to.equal(false);
    });

    it('names a host that is not of this machine', async () => {
      const settings = { 'connection.host': '192.0.2.1', 'options.auth': 'none' };
      const { endpoint } = createEndpoint({ settings });
      expect(await failureOf(endpoint.open('test'))).to.equal(
        'pip-services:endpoint:http: connection.host (HTTP_HOST): 192.0.2.1:0 is no address of this machine',
      );
    });

    it('is loopback without keys, whatever the host, and says so loudly', async () => {
      const { endpoint, logger } = await openEndpoint({
        settings: { 'connection.host': '0.0.0.0' },
      });
      const { uri } = endpoint;
      const access = endpoint.describeAccess();
      await endpoint.close('test');
      expect(uri).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(access).to.equal('no keys are set: only requests of this machine are served');
      const [warning] = logger.lines.filter(({ level }) => level === 'warn');
      expect(warning?.message).to.match(
        /127\.0\.0\.1 instead of 0\.0\.0\.0.*API_KEYS_FILE.*AUTH=none/,
      );
    });

    it('listens as configured with AUTH=none', async () => {
      const settings = { 'connection.host': '0.0.0.0', 'options.auth': 'none' };
      const { endpoint, logger } = await openEndpoint({ settings });
      const { uri } = endpoint;
      await endpoint.close('test');
      expect(uri).to.match(/^http:\/\/0\.0\.0\.0:\d+$/);
      expect(logger.lines.filter(({ level }) => level === 'warn')).to.deep.equal([]);
    });
  });

  describe('configure()', () => {
    it("starts with every key of the original's endpoint", () => {
      const settings = {
        'connection.protocol': 'http',
        'connection.host': '0.0.0.0',
        'connection.port': 3000,
        'credential.ssl_key_file': null,
        'credential.ssl_crt_file': null,
        'credential.ssl_ca_file': null,
        'options.maintenance_enabled': false,
        'options.request_max_size': 1_048_576,
        'options.file_max_size': 209_715_200,
        'options.connect_timeout': 60_000,
        'options.debug': true,
        'options.protocol_upgrade_enabled': false,
        cors_headers: 'x-a, x-b',
        cors_origins: '*',
      };
      new HttpEndpoint().configure(ConfigParams.fromValue(settings));
    });

    it('refuses an unknown key and a bad value, by name', () => {
      const configure = (settings: object) => () =>
        new HttpEndpoint().configure(ConfigParams.fromValue(settings));
      expect(configure({ 'options.timeout': 1 })).to.throw(
        /^pip-services:endpoint:http: options\.timeout: unknown setting/,
      );
      expect(configure({ 'connection.port': '80a' })).to.throw(
        'pip-services:endpoint:http: connection.port: "80a" is not a whole number from 0 to 65535',
      );
    });
  });
});

function parse(text: string) {
  return text === '' ? null : JSON.parse(text);
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (caught) {
    return caught instanceof Error ? caught.message : String(caught);
  }
  return 'no failure';
}
