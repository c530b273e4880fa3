import { expect } from 'chai';
import { type Collection, type Db, MongoClient, MongoServerError } from 'mongodb';
import { ConfigParams, Descriptor, References } from 'pip-services3-commons-nodex';
import { collectionsOf } from '../../../src/persistence/mongodb/collections.js';
import { MongodbSessionPersistence } from '../../../src/persistence/mongodb/mongodb-session-persistence.js';
import { prepareDatabase } from '../../../src/persistence/mongodb/prepare-database.js';
import { indexPlans, schemaVersion } from '../../../src/persistence/mongodb/schema.js';
import { FaultProxy } from '../../faults/mongodb/fault-proxy.js';
import { failureOf } from '../../support/failure.js';
import { useMongoDatabases, useOwnMongoServer } from '../../support/mongo-database.js';
import { openedSession, present } from '../../support/sessions.js';
import { RecordingLogger } from './connection/recording-logger.js';
import { makeDatabase, pastOwnFault } from './mongodb-store.js';

const use = { component: 'store', collection: 'sessions', writer: '9.9.9' };

describe('prepareDatabase()', () => {
  const databases = useMongoDatabases();
  let client: MongoClient;
  beforeEach(async () => {
    const { uri } = databases.create();
    await makeDatabase(uri);
    client = await MongoClient.connect(uri);
  });
  afterEach(async () => await client.close());

  /** The one line that ends a start. */
  async function refusal(db = client.db()): Promise<string> {
    const preparing = prepareDatabase(db, use);
    expect((await failureOf(preparing)).code).to.equal('INVALID_CONFIG');
    return await preparing.then(String, String);
  }

  it('makes every index as it is planned, and nothing at the second time', async () => {
    const db = client.db();
    await prepareDatabase(db, use);
    const read = async () => {
      const names = ['sessions', 'stretches', 'requests', 'limits'] as const;
      const lists = await Promise.all(
        names.map(async (collection) => {
          const indexes = await collectionsOf(db, use.collection)[collection].indexes();
          return indexes.map((index) => ({ collection, ...index }));
        }),
      );
      return lists.flat();
    };
    const before = await read();
    const made = before
      .filter(({ name }) => name !== '_id_')
      .map(({ collection, name, key, sparse = false }) => ({
        collection,
        name,
        keys: Object.entries(key).map(([field, order]) => [field, Number(order)]),
        sparse,
      }));
    expect(made).to.have.deep.members(
      indexPlans.map(({ collection, name, keys, sparse = false }) => ({
        collection,
        name,
        keys: Object.entries(keys),
        sparse,
      })),
    );
    await prepareDatabase(db, use);
    expect(await read()).to.deep.equal(before);
  });

  it('is done by several processes at once', async () => {
    const prepare = () => prepareDatabase(client.db(), use);
    await Promise.all([1, 2, 3, 4].map(async () => await pastOwnFault(prepare)));
    const { meta } = collectionsOf(client.db(), use.collection);
    expect(await meta.find().toArray()).to.deep.equal([
      { _id: 'schema', version: schemaVersion, writer: '9.9.9', starts: 4 },
    ]);
  });

  it('refuses a newer schema, and says which version reads it', async () => {
    const { meta } = collectionsOf(client.db(), use.collection);
    await meta.insertOne({ _id: 'schema', version: schemaVersion + 1, writer: '12.3.4' });
    expect(await refusal())
      .to.include('"sessions" has version 2')
      .and.to.include('service-sessions 12.3.4 or a later one');
  });

  it('refuses a collection of something else, and leaves it as it is', async () => {
    const foreign = client.db().collection('sessions');
    await foreign.insertOne({ user: { name: 'Ann' } });
    expect(await refusal()).to.include(
      'store: collection: "sessions" holds documents of something',
    );
    expect(await foreign.countDocuments({})).to.equal(1);
    expect((await foreign.indexes()).length).to.equal(1);
  });

  for (const other of [
    { key: { user_id: 1 }, name: 'list_user_id' },
    { key: { close_time: 1 }, name: 'closed', sparse: false },
    { key: { due_minute: 1 }, name: 'due', sparse: true, unique: true },
    { key: { close_time: 1 }, name: 'closed', sparse: true, expireAfterSeconds: 60 },
    { key: { close_time: 1 }, name: 'closed', sparse: true, expireAfterSeconds: 0 },
    { key: { close_time: 1 }, name: 'closed', sparse: true, hidden: true },
    { key: { close_time: 1 }, name: 'closed', sparse: true, collation: { locale: 'en' } },
  ] as const) {
    it(`refuses an index that is not the one it makes: ${JSON.stringify(other)}`, async () => {
      const { key, ...options } = other;
      const sessions = client.db().collection('sessions');
      await sessions.createIndex(key, options);
      const { meta } = collectionsOf(client.db(), use.collection);
      await meta.insertOne({ _id: 'schema', version: schemaVersion, writer: '0' });
      expect(await refusal()).to.include(`the index "${other.name}" of "sessions"`);
      const index = (await sessions.indexes()).find(({ name }) => name === other.name);
      expect(present(index).key).to.deep.equal(key);
    });
  }

  it('leaves indexes of others alone', async () => {
    const sessions = client.db().collection('sessions');
    await sessions.createIndex({ user_name: 1 }, { name: 'theirs' });
    await prepareDatabase(client.db(), use);
    expect((await sessions.indexes()).map(({ name }) => name)).to.include('theirs');
  });

  it('refuses an index that has the keys of one it makes, and names both', async () => {
    const sessions = client.db().collection('sessions');
    await sessions.createIndex({ kind: 1, active: 1, open_time: -1, _id: 1 }, { name: 'mine' });
    const { meta } = collectionsOf(client.db(), use.collection);
    await meta.insertOne({ _id: 'schema', version: schemaVersion, writer: '0' });
    expect(await refusal(conflicting(client.db()))).to.include(
      'the index "mine" of "sessions" has the keys of "list_kind"',
    );
  });

  it('refuses a collection with a collation of its own', async () => {
    const db = client.db();
    const { meta } = collectionsOf(db, use.collection);
    await meta.insertOne({ _id: 'schema', version: schemaVersion, writer: '0' });
    const folded = {
      name: '_id_',
      v: 2,
      key: { _id: 1 },
      collation: { locale: 'en', strength: 2 },
    };
    // The server of these tests knows no collation of a collection.
    const answering = changing(db, 'indexes', async () => [folded]);
    expect(await refusal(answering)).to.include('"sessions" was created with a collation');
  });

  it('refuses an unfinished copy whatever its version, also one that begins meanwhile', async () => {
    const db = client.db();
    const { meta } = collectionsOf(db, use.collection);
    const copy = { source: 'file a.db', owner: 'a run' };
    const mark = { _id: 'schema', version: schemaVersion, writer: '0', copy };
    let looks = 0;
    const racing = changing(db, 'findOne', async (collection, ...args) => {
      looks += 1;
      // Behind the look at the schema, which was not there.
      if (looks === 2) await meta.insertOne(mark);
      return await collection.findOne(...args);
    });
    for (const each of [racing, db]) {
      expect(await refusal(each)).to.include('"sessions" is an unfinished copy of file a.db;');
    }
  });
});

describe('prepareDatabase() over many records', () => {
  const server = useOwnMongoServer();

  it('waits for indexes for longer than for any answer, and says so', async () => {
    const proxy = await FaultProxy.start(server().port);
    const address = `${server().uri}/many`;
    const client = await MongoClient.connect(address);
    const first = new MongodbSessionPersistence();
    first.configure(ConfigParams.fromValue({ connection: { uri: address } }));
    await first.open('test');
    await openedSession(first);
    await first.close('test');
    await client.db().collection('sessions').dropIndex('due');
    let attempts = 0;
    proxy.inject(({ name }) => {
      if (name !== 'createIndexes') return undefined;
      attempts += 1;
      return { kind: 'slow', delayMs: 3_500 };
    });
    const store = new MongodbSessionPersistence();
    const logger = new RecordingLogger();
    store.setReferences(
      References.fromTuples(new Descriptor('pip', 'logger', 'test', 'default', '1.0'), logger),
    );
    store.configure(ConfigParams.fromValue({ connection: { uri: proxy.uri('many') } }));
    await store.open('test');
    await store.checkReady();
    expect([attempts, ...logger.lines]).to.deep.equal([
      1,
      'Warn Building indexes of sessions over what it holds: due. The start waits for them',
      'Info The indexes of sessions are built',
    ]);
    await store.close('test');
    await client.close();
    await proxy.refuse();
  });
});

/** A database whose collections do one thing in another way. */
function changing(
  db: Db,
  method: 'createIndexes' | 'findOne' | 'indexes',
  change: (collection: Collection, ...args: []) => Promise<unknown>,
): Db {
  const collection = (name: string) => {
    const found = db.collection(name);
    const changed = (...args: []) => change(found, ...args);
    return new Proxy(found, {
      get: (target, key) => {
        if (key === method) return changed;
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  return { collection } as unknown as Db;
}

/** As a real server answers for keys that are indexed under another name. */
function conflicting(db: Db): Db {
  return changing(db, 'createIndexes', async () => {
    const message = 'Index already exists with a different name: mine';
    throw new MongoServerError({ code: 85, codeName: 'IndexOptionsConflict', message });
  });
}
