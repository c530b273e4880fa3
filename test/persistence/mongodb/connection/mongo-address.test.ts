import { expect } from 'chai';
import { ConfigParams, Descriptor, References } from 'pip-services3-commons-nodex';
import { MemoryCredentialStore, MemoryDiscovery } from 'pip-services3-components-nodex';
import { SessionError } from '../../../../src/errors/session-error.js';
import { resolveAddress } from '../../../../src/persistence/mongodb/connection/mongo-address.js';
import {
  readUseSettings,
  withoutConnection,
} from '../../../../src/persistence/mongodb/connection/mongo-connection-settings.js';

const component = 'a:store';

async function resolve(config: unknown, references?: References) {
  return await resolveAddress(component, ConfigParams.fromValue(config), references);
}

describe('resolveAddress()', () => {
  it('composes host, port, database and user, as the original’s configuration has them', async () => {
    const address = await resolve({
      connection: { uri: '', host: 'db.local', port: 27_018, database: 'app' },
      credential: { username: 'ann', password: 'p@ss:/w' },
    });
    expect(address).to.deep.equal({
      uri: 'mongodb://ann:p%40ss%3A%2Fw@db.local:27018/app',
      database: 'app',
      hosts: 'db.local:27018',
      isUnnamed: false,
    });
  });

  it('leaves out a user who is empty', async () => {
    const { uri, auth } = await resolve({
      connection: { host: 'db.local', database: 'app' },
      credential: { username: '', password: '' },
    });
    expect({ uri, auth }).to.deep.equal({ uri: 'mongodb://db.local:27017/app', auth: undefined });
  });

  it('composes several hosts and options of TLS', async () => {
    const { uri, hosts } = await resolve({
      connections: [
        { host: 'one', port: 1, database: 'app', tls: true, tlsCAFile: '/etc/my ca.pem' },
        { host: 'two', port: 2, database: 'app' },
      ],
    });
    expect(uri).to.equal('mongodb://one:1,two:2/app?tls=true&tlsCAFile=%2Fetc%2Fmy+ca.pem');
    expect(hosts).to.equal('one:1,two:2');
  });

  it('takes a connection string before host and port, and its database before the other', async () => {
    const { uri, database, hosts } = await resolve({
      connection: { uri: 'mongodb://one,two/mine?w=1', host: 'x', port: 1, database: 'app' },
    });
    expect({ uri, database, hosts }).to.deep.equal({
      uri: 'mongodb://one,two/mine?w=1',
      database: 'mine',
      hosts: 'one,two',
    });
  });

  it('takes database and user from their settings beside a string that names none', async () => {
    const address = await resolve({
      connection: { uri: 'mongodb+srv://cluster.local', database: 'app' },
      credential: { username: 'ann', password: 'secret' },
    });
    expect(address).to.deep.equal({
      uri: 'mongodb+srv://cluster.local/app',
      database: 'app',
      hosts: 'cluster.local',
      isUnnamed: true,
      auth: { username: 'ann', password: 'secret' },
    });
  });

  it('asks discovery services and credential stores', async () => {
    const discovery = new MemoryDiscovery(
      ConfigParams.fromTuples('db.host', 'found', 'db.port', 5, 'db.database', 'app'),
    );
    const store = new MemoryCredentialStore(
      ConfigParams.fromTuples('login.username', 'ann', 'login.password', 'secret'),
    );
    const references = References.fromTuples(
      new Descriptor('pip-services', 'discovery', 'memory', 'default', '1.0'),
      discovery,
      new Descriptor('pip-services', 'credential-store', 'memory', 'default', '1.0'),
      store,
    );
    const { uri } = await resolve(
      { connection: { discovery_key: 'db' }, credential: { store_key: 'login' } },
      references,
    );
    expect(uri).to.equal('mongodb://ann:secret@found:5/app');
  });

  const refused = [
    ['no connection at all', {}, 'a:store: connection'],
    ['no host', { connection: { port: 1, database: 'app' } }, 'a:store: connection'],
    ['no database', { connection: { uri: 'mongodb://one' } }, 'a:store: connection.database'],
    ['another scheme', { connection: { uri: 'http://ann:secret@x/' } }, 'a:store: connection.uri'],
  ] as const;
  for (const [name, config, setting] of refused) {
    it(`refuses ${name}, naming the setting`, async () => {
      const [outcome] = await Promise.allSettled([resolve(config)]);
      expect(outcome).to.include({ status: 'rejected' });
      const { code, details, message } = SessionError.from('reason' in outcome && outcome.reason);
      expect({ code, details }).to.deep.equal({ code: 'INVALID_CONFIG', details: { setting } });
      expect(message).to.not.include('secret');
    });
  }
});

describe('readUseSettings()', () => {
  const read = (config: unknown) => readUseSettings(component, ConfigParams.fromValue(config));

  it('reads what is there, and leaves the rest to its defaults', () => {
    const config = {
      connections: [{ host: 'one' }],
      options: { max_pool_size: 5 },
      collection: 'x',
    };
    expect(read(config)).to.deep.equal({
      maxPoolSize: 5,
      connectTimeoutMs: 2_000,
      requestTimeoutMs: 2_200,
      retryWrites: true,
      replicaSet: undefined,
      authSource: undefined,
    });
  });

  it('refuses a key of a connection that it does not know, and a port that is none', () => {
    expect(() => read({ connection: { hots: 'one' } })).to.throw(/connection\.hots: unknown/);
    expect(() => read({ connections: [{ port: 0 }] })).to.throw(/connection\.port: "0" is not/);
  });

  it('withoutConnection() leaves what is the store’s own', () => {
    const config = ConfigParams.fromTuples(
      ...['connection.host', 'one', 'credentials.0.username', 'ann'],
      ...['options.max_pool_size', '5', 'options.sweep', '1', 'collection', 'x'],
    );
    expect(withoutConnection(config).getKeys()).to.have.members(['options.sweep', 'collection']);
  });
});
