import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { collectionsOf } from '../../../src/persistence/mongodb/collections.js';
import { prepareDatabase } from '../../../src/persistence/mongodb/prepare-database.js';
import { indexPlans, schemaVersion } from '../../../src/persistence/mongodb/schema.js';
import { failureOf } from '../../support/failure.js';
import { useMongoDatabases } from '../../support/mongo-database.js';
import { present } from '../../support/sessions.js';
import { makeDatabase } from './mongodb-store.js';

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
  async function refusal(): Promise<string> {
    const preparing = prepareDatabase(client.db(), use);
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
    await Promise.all([1, 2, 3, 4].map(async () => await prepareDatabase(client.db(), use)));
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
});
