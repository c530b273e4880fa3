import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { ConfigParams, Descriptor, References } from 'pip-services3-commons-nodex';
import { MemoryDiscovery } from 'pip-services3-components-nodex';
import { type RunningService, runService } from '../../../../test/support/run-service.js';
import { createTemporaryFolder } from '../../../../test/support/temporary-folder.js';
import { SessionsCommandableHttpClientV1 } from '../../src/pip/index.js';

/** Opens a client, asks it once, and closes it: what that came to. */
async function outcomeOf(client: SessionsCommandableHttpClientV1): Promise<unknown> {
  try {
    await client.open('test');
    return await client.getSessionById('test', 'absent');
  } catch (caught) {
    const { category, code, details } = caught as { readonly [key: string]: unknown };
    return { category, code, details };
  } finally {
    await client.close('test');
  }
}

describe('SessionsCommandableHttpClientV1 with its settings', () => {
  let service: RunningService;
  before(async () => {
    service = await runService({ store: 'memory', endpoint: { 'options.drain_delay': 0 } });
  });
  after(async () => {
    await service.close();
  });

  const refusal = (setting: string) => ({
    category: 'Misconfiguration',
    code: 'INVALID_CONFIG',
    details: { setting },
  });
  const unreachable = { category: 'NoResponse', code: 'UNREACHABLE', details: undefined };

  it('finds the service by all that names an address', async () => {
    const { hostname: host, port } = new URL(service.url);
    for (const config of [
      { connection: { uri: service.url } },
      { connection: { protocol: 'http', host, port } },
      { connection: { host: '0.0.0.0', port: Number(port) } },
      { connections: { a: { host, port }, b: { host: 'nobody', port: 1 } } },
      { connections: [{ discovery_key: 'unused' }, { host, port }] },
      { connection: { uri: service.url }, base_route: 'sessions' },
      { connection: { uri: service.url }, options: { timeout: '5000', retries: 0, debug: true } },
    ]) {
      const byConstructor = new SessionsCommandableHttpClientV1(config);
      const byConfigure = new SessionsCommandableHttpClientV1();
      byConfigure.configure(ConfigParams.fromValue(config));
      const outcomes = [await outcomeOf(byConstructor), await outcomeOf(byConfigure)];
      expect(outcomes, JSON.stringify(config)).to.deep.equal([null, null]);
    }
  });

  it('finds the service by discovery', async () => {
    const discovery = new MemoryDiscovery();
    discovery.readConnections(ConfigParams.fromTuples('sessions.uri', service.url));
    const client = new SessionsCommandableHttpClientV1({
      connection: { discovery_key: 'sessions' },
    });
    expect(await outcomeOf(client)).to.deep.equal(refusal('connection'));
    const descriptor = new Descriptor('pip-services', 'discovery', 'memory', 'default', '1.0');
    client.setReferences(References.fromTuples(descriptor, discovery));
    expect(await outcomeOf(client)).to.equal(null);
  });

  it('refuses settings that cannot be used, and names them', async () => {
    const uri = service.url;
    const settings = {
      'connection.protocol': { connection: { protocol: 'ftp', host: 'x', port: 1 } },
      url: { connection: { uri: 'no address' } },
      'options.timeout': { connection: { uri }, options: { timeout: 'soon' } },
      'options.retries': { connection: { uri }, options: { retries: -1 } },
    };
    for (const [setting, config] of Object.entries(settings)) {
      const client = new SessionsCommandableHttpClientV1(config);
      expect(await outcomeOf(client)).to.deep.equal(refusal(setting));
    }
  });

  it('says UNREACHABLE where nobody listens, in the category of their ConnectionException', async () => {
    const client = new SessionsCommandableHttpClientV1({ connection: { port: 1 } });
    expect(await outcomeOf(client)).to.deep.equal(unreachable);
  });

  it('sends credential.access_key as the API key', async () => {
    const folder = await createTemporaryFolder();
    const key = 'a-key-that-only-this-test-knows';
    const sha256 = createHash('sha256').update(key).digest('hex');
    const keys = [{ id: 'reader', sha256, roles: ['read'] }];
    await writeFile(folder.file('keys.json'), JSON.stringify({ keys }));
    const guarded = await runService({
      store: 'memory',
      endpoint: { options: { drain_delay: 0, api_keys_file: folder.file('keys.json') } },
    });
    const connection = { uri: guarded.url };
    const open = async (credential: object) =>
      await outcomeOf(new SessionsCommandableHttpClientV1({ connection, credential }));
    const outcomes = [await open({ access_key: key }), await open({})];
    await guarded.close();
    await folder.remove();
    expect(outcomes).to.deep.equal([
      null,
      { category: 'Unauthorized', code: 'UNAUTHORIZED', details: undefined },
    ]);
  });

  it('refuses calls while it is not open, and can be opened again', async () => {
    const client = new SessionsCommandableHttpClientV1({ connection: { uri: service.url } });
    const notOpen = async () => {
      const [outcome] = await Promise.allSettled([client.getSessionById('test', 'absent')]);
      return outcome;
    };
    expect(client.isOpen()).to.equal(false);
    expect(await notOpen()).to.have.nested.property('reason.code', 'NOT_OPENED');
    await client.open('test');
    await client.open('test');
    expect(client.isOpen()).to.equal(true);
    expect(await client.getSessionById('test', 'absent')).to.equal(null);
    await client.close('test');
    await client.close('test');
    expect([client.isOpen(), (await notOpen())?.status]).to.deep.equal([false, 'rejected']);
    expect(await outcomeOf(client)).to.equal(null);
  });
});
