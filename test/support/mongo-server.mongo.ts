import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { useMongoDatabases, useOwnMongoServer } from './mongo-database.js';

describe('The MongoDB server of the tests', () => {
  const databases = useMongoDatabases();

  it('create() gives databases that have nothing in common', async () => {
    const [one, other] = [databases.create(), databases.create()];
    const client = await MongoClient.connect(one.uri);
    await client.db().collection('things').insertOne({ name: 'one' });
    expect(await client.db(one.name).collection('things').countDocuments({})).to.equal(1);
    expect(await client.db(other.name).collection('things').countDocuments({})).to.equal(0);
    await client.close();
  });
});

describe('A MongoDB server of a test’s own', () => {
  const server = useOwnMongoServer();

  it('restart() serves on the same port what was there before stop()', async () => {
    const client = await MongoClient.connect(server().uri);
    await client.db('test').collection('things').insertOne({ name: 'one' });
    await server().stop();
    await server().restart();
    expect(await client.db('test').collection('things').countDocuments({})).to.equal(1);
    await client.close();
  });

  it('kill() ends it, and restart() opens its file again', async () => {
    const client = await MongoClient.connect(server().uri);
    await server().kill();
    await server().restart();
    expect(await client.db('test').command({ ping: 1 })).to.deep.include({ ok: 1 });
    await client.close();
  });
});
