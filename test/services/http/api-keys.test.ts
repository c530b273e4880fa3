import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { ConfigParams } from 'pip-services3-commons-nodex';
import { findApiKey, readApiKeys } from '../../../src/services/http/api-keys.js';
import { sendResult } from '../../../src/services/http/http-answers.js';
import { HttpEndpoint } from '../../../src/services/http/http-endpoint.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { createEndpoint, openEndpoint } from './open-endpoint.js';

const roles = ['read', 'write', 'admin', 'system'] as const;

function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

describe('API keys', () => {
  let folder: TemporaryFolder;

  before(async () => {
    folder = await createTemporaryFolder();
  });

  after(async () => {
    await folder.remove();
  });

  async function writeKeys(content: unknown): Promise<string> {
    const path = folder.file('keys.json');
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  describe('readApiKeys()', () => {
    it('reads ids, digests and roles', async () => {
      const sha256 = digestOf('a key of some length');
      const keys = readApiKeys(
        await writeKeys({ keys: [{ id: 'one', sha256: sha256.toUpperCase(), roles: ['read'] }] }),
      );
      expect(keys).to.deep.equal([
        { id: 'one', digest: Buffer.from(sha256, 'hex'), roles: ['read'] },
      ]);
    });

    const entry = { id: 'one', sha256: digestOf('x'.repeat(20)), roles: ['read'] };
    const refused: Readonly<Record<string, readonly [content: unknown, reason: RegExp]>> = {
      'what is no JSON': ['{', /is not JSON/],
      'repeated keys': ['{"keys":[],"keys":[]}', /is not JSON.*repeated/],
      'no object': [[entry], /is no list of keys/],
      'no keys': [{ keys: [] }, /is no list of keys: \/keys/],
      'a key in the clear': [
        { keys: [{ ...entry, key: 'secret' }] },
        /is no list of keys: \/keys\/0/,
      ],
      'a digest that is none': [{ keys: [{ ...entry, sha256: 'abc' }] }, /\/keys\/0\/sha256/],
      'a role that is none': [{ keys: [{ ...entry, roles: ['root'] }] }, /\/keys\/0\/roles\/0/],
      'no role': [{ keys: [{ ...entry, roles: [] }] }, /\/keys\/0\/roles/],
      'one id twice': [
        { keys: [entry, { ...entry, sha256: digestOf('y'.repeat(20)) }] },
        /has two keys of one id/,
      ],
      'one key twice': [{ keys: [entry, { ...entry, id: 'two' }] }, /has one key twice/],
      'a key that anybody would guess': [
        { keys: [{ ...entry, sha256: digestOf('changeme') }] },
        /has a key that anybody would guess/,
      ],
      'the digest of nothing': [{ keys: [{ ...entry, sha256: digestOf('') }] }, /would guess/],
    };
    for (const [title, [content, reason]] of Object.entries(refused)) {
      it(`refuses ${title}, naming setting and file`, async () => {
        const path = await writeKeys(content);
        expect(() => readApiKeys(path))
          .to.throw(reason)
          .with.property('message')
          .that.matches(/^options\.api_keys_file \(API_KEYS_FILE\): .*keys\.json /);
      });
    }

    it('refuses a file that is not there', () => {
      expect(() => readApiKeys(folder.file('none.json'))).to.throw(/none\.json cannot be read$/);
    });
  });

  describe('findApiKey()', () => {
    const one = { id: 'one', digest: Buffer.from(digestOf('first'), 'hex'), roles: [] };
    const two = { id: 'two', digest: Buffer.from(digestOf('second'), 'hex'), roles: [] };
    const find = (headers: object) => findApiKey([one, two], { ...headers })?.id;

    it('finds a key in Authorization and in x-api-key', () => {
      expect(find({ authorization: 'Bearer first' })).to.equal('one');
      expect(find({ authorization: 'bearer  second' })).to.equal('two');
      expect(find({ 'x-api-key': 'second' })).to.equal('two');
      expect(find({ authorization: 'Basic Zm9v', 'x-api-key': 'first' })).to.equal('one');
    });

    it('finds none where none is shown or none is right', () => {
      const wrong = [{}, { authorization: 'first' }, { authorization: 'Bearer' }];
      const more = [
        { authorization: 'Bearer firs' },
        { 'x-api-key': '' },
        { 'x-api-key': 'first, x' },
      ];
      for (const headers of [...wrong, ...more]) expect(find(headers)).to.equal(undefined);
    });
  });

  describe('in front of routes', () => {
    const routes = (endpoint: HttpEndpoint) => {
      for (const access of [...roles, 'public'] as const) {
        endpoint.registerRouteWithAuth('get', `/${access}`, null, access, (_request, reply) => {
          sendResult(reply, access);
        });
      }
    };
    let endpoint: HttpEndpoint;

    before(async () => {
      const keys = [...roles.map((role) => [role]), roles].map((allowed) => ({
        id: allowed.join('-'),
        sha256: digestOf(`key-of-${allowed.join('-')}`),
        roles: allowed,
      }));
      const file = await writeKeys({ keys });
      const settings = { 'options.api_keys_file': file };
      ({ endpoint } = await openEndpoint({ routes, settings }));
    });

    after(async () => {
      await endpoint.close('test');
    });

    async function statusOf(url: string, key?: string): Promise<number> {
      const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
      return (await endpoint.inject({ url, headers })).statusCode;
    }

    for (const route of roles) {
      it(`let through to ${route} who has the role ${route}, and nobody else`, async () => {
        const url = `/${route}`;
        expect(await statusOf(url)).to.equal(401);
        expect(await statusOf(url, 'wrong')).to.equal(401);
        for (const role of roles) {
          expect(await statusOf(url, `key-of-${role}`), role).to.equal(role === route ? 200 : 403);
        }
        expect(await statusOf(url, `key-of-${roles.join('-')}`)).to.equal(200);
      });
    }

    it('are not asked for on public routes, probes and routes that do not exist', async () => {
      const urls = ['/public', '/livez', '/readyz', '/none'];
      expect(await Promise.all(urls.map((url) => statusOf(url)))).to.deep.equal([
        200, 200, 200, 404,
      ]);
    });

    it('are asked for with WWW-Authenticate, before a body is read', async () => {
      const answer = await endpoint.inject({ url: '/read', headers: { host: 'other.example' } });
      expect(answer.headers['www-authenticate']).to.equal('Bearer');
      expect(answer.json()).to.include({ code: 'UNAUTHORIZED', category: 'Unauthorized' });
    });

    it('stand in the description by their number', () => {
      expect(endpoint.describeAccess()).to.equal('5 API keys are set');
    });

    it('guard every route: none is without a rule', () => {
      for (const route of endpoint.routes) expect(route.access, route.path).to.be.a('string');
      expect(endpoint.routes.map(({ method, path }) => `${method} ${path}`)).to.include.members([
        'GET /livez',
        'HEAD /read',
        'GET /system',
      ]);
    });
  });

  it('contradict AUTH=none', async () => {
    const settings = { 'options.api_keys_file': folder.file('keys.json'), 'options.auth': 'none' };
    const { endpoint } = createEndpoint({ settings });
    let message = '';
    await endpoint.open('test').catch((caught: unknown) => {
      message = caught instanceof Error ? caught.message : '';
    });
    expect(message).to.equal('options.auth (AUTH): `none` contradicts options.api_keys_file');
  });

  it('are refused as a setting by another name', () => {
    const config = ConfigParams.fromTuples('options.api_keys', 'secret');
    expect(() => new HttpEndpoint().configure(config)).to.throw(
      /options\.api_keys: unknown setting/,
    );
  });
});
