import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { ConfigParams, Descriptor } from 'pip-services3-commons-nodex';
import { CompositeFactory } from 'pip-services3-components-nodex';
import { Container } from 'pip-services3-container-nodex';
import { SessionsServiceFactory } from '../../../../src/index.js';
import { type RunningService, runService } from '../../../../test/support/run-service.js';
import {
  createTemporaryFolder,
  type TemporaryFolder,
} from '../../../../test/support/temporary-folder.js';
import {
  type ISessionsClientV1,
  SessionsClientFactory,
  SessionsCommandableHttpClientV1,
  SessionsDirectClientV1,
  SessionsMockClientV1,
  SessionsNullClientV1,
} from '../../src/pip/index.js';

const kinds = {
  null: SessionsNullClientV1,
  mock: SessionsMockClientV1,
  direct: SessionsDirectClientV1,
  'commandable-http': SessionsCommandableHttpClientV1,
};

/** A container of Pip.Services that answers what it holds. */
class OpenContainer extends Container {
  find<Component>(kind: string): Component {
    return this._references.getOneRequired<Component>(
      new Descriptor('*', 'client', kind, '*', '*'),
    );
  }
}

describe('SessionsClientFactory', () => {
  const factory = new SessionsClientFactory();

  for (const [kind, type] of Object.entries(kinds)) {
    it(`makes ${type.name} for a descriptor of Pip.Services of kind ${kind}`, () => {
      const locator = new Descriptor('service-sessions', 'client', kind, 'default', '1.0');
      expect(String(factory.canCreate(locator))).to.equal(String(locator));
      expect(factory.create(locator)).to.be.instanceOf(type);
      expect(factory.create(locator)).not.to.equal(factory.create(locator));
    });
  }

  it('makes nothing else', () => {
    for (const locator of [
      new Descriptor('service-sessions', 'client', 'commandable-grpc', 'default', '1.0'),
      new Descriptor('service-sessions', 'client', 'null', 'default', '2.0'),
      new Descriptor('service-other', 'client', 'null', 'default', '1.0'),
      'service-sessions:client:null:default:1.0',
      null,
    ]) {
      expect([factory.canCreate(locator), factory.create(locator)]).to.deep.equal([null, null]);
    }
  });

  it('fits descriptors with wildcards, and makes what was registered', () => {
    const any = new Descriptor('*', 'client', 'mock', '*', '*');
    expect(factory.canCreate(any)).to.equal(SessionsClientFactory.MockClientV1Descriptor);
    const own = new SessionsClientFactory();
    own.registerAsType('mine', SessionsNullClientV1);
    expect(own.create('mine')).to.be.instanceOf(SessionsNullClientV1);
  });

  it('is a factory among others of Pip.Services', () => {
    const all = new CompositeFactory(new SessionsServiceFactory(), factory);
    const locator = new Descriptor('service-sessions', 'client', 'null', 'default', '1.0');
    expect(all.create(locator)).to.be.instanceOf(SessionsNullClientV1);
  });
});

describe('the clients in a container of Pip.Services', () => {
  let folder: TemporaryFolder;
  let service: RunningService;
  let container: OpenContainer;
  before(async () => {
    folder = await createTemporaryFolder();
    service = await runService({ store: 'memory', endpoint: { 'options.drain_delay': 0 } });
    const { hostname, port } = new URL(service.url);
    const config = folder.file('config.yml');
    await writeFile(
      config,
      `---
- descriptor: "service-sessions:persistence:memory:default:1.0"
- descriptor: "service-sessions:controller:default:other:1.0"
- descriptor: "service-sessions:controller:default:mine:1.0"
  options:
    max_sessions_per_user: 1
- descriptor: "service-sessions:client:null:default:1.0"
- descriptor: "service-sessions:client:mock:default:1.0"
- descriptor: "service-sessions:client:direct:default:1.0"
  dependencies:
    controller: "service-sessions:controller:default:mine:1.0"
- descriptor: "service-sessions:client:commandable-http:default:1.0"
  connection:
    protocol: "http"
    host: "${hostname}"
    port: ${port}
`,
    );
    container = new OpenContainer('test', 'A program with our clients');
    container.addFactory(new SessionsServiceFactory());
    container.addFactory(new SessionsClientFactory());
    container.readConfigFromFile('test', config, new ConfigParams());
    await container.open('test');
  });
  after(async () => {
    await container.close('test');
    await service.close();
    await folder.remove();
  });

  for (const kind of ['mock', 'direct', 'commandable-http']) {
    it(`${kind} is configured, referenced, opened and used`, async () => {
      const client = container.find<ISessionsClientV1>(kind);
      const session = await client.openSession('c', kind, 'Ann', 'here', 'test', null, null);
      expect(await client.getSessionById('c', session.id)).to.deep.equal(session);
    });
  }

  it('direct calls the controller that `dependencies` names', async () => {
    const client = container.find<ISessionsClientV1>('direct');
    await client.openSession('c', 'bob', 'Bob', 'here', 'test', null, null);
    const again = client.openSession('c', 'bob', 'Bob', 'here', 'test', null, null);
    const [outcome] = await Promise.allSettled([again]);
    expect(outcome).to.have.nested.property('reason.code', 'SESSION_LIMIT');
  });

  it('null keeps nothing and finds nothing', async () => {
    const client = container.find<ISessionsClientV1>('null');
    const session = await client.openSession('c', 'ann', 'Ann', 'here', 'test', { b: 1 }, [1]);
    const { id, open_time: openTime, request_time: requestTime, ...given } = session;
    expect(given).to.deep.equal({
      user_id: 'ann',
      user_name: 'Ann',
      active: true,
      address: 'here',
      client: 'test',
      user: { b: 1 },
      data: [1],
    });
    expect([typeof id, openTime.constructor, requestTime.constructor]).to.deep.equal([
      'string',
      Date,
      Date,
    ]);
    expect([
      await client.getSessions('c', null, null),
      await client.getSessionById('c', id),
      await client.storeSessionData('c', id, 1),
      await client.updateSessionUser('c', id, 1),
      await client.closeSession('c', id),
      await client.closeExpiredSessions('c'),
      await client.deleteSessionById('c', id),
    ]).to.deep.equal([{ data: [], total: 0 }, null, null, null, null, undefined, null]);
  });
});
