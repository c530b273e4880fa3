import { randomBytes } from 'node:crypto';
import type { Context } from 'mocha';
import { MongoClient } from 'mongodb';
import { type MongoServer, startMongoServer } from './mongo-server.js';

/** A database of a test's own, on a server that the whole run shares. */
export interface MongoDatabase {
  /** Name of the database; no other test has it. */
  readonly name: string;
  /** Of the server, with the database. */
  readonly uri: string;
  /** Removes it with all it holds. */
  drop(): Promise<void>;
}

/** The databases of a suite: there once its `before` hooks have run. */
export interface MongoDatabases {
  /** A new database, empty; each is dropped when the suite ends. */
  create(): MongoDatabase;
}

let shared: Promise<string> | undefined;

/**
 * For a suite that needs a MongoDB: the one that `MONGO_SERVICE_URI` names, or a
 * mongo-java-server. Without either the suite is skipped, by name; with `REQUIRE_ALL` it fails.
 */
export function useMongoDatabases(): MongoDatabases {
  const created: MongoDatabase[] = [];
  let uri = '';
  before('a MongoDB server', async function () {
    this.timeout(300_000);
    shared ??= findServer();
    uri = await orSkip(this, shared);
  });
  after(async () => {
    for (const database of created) await database.drop();
  });
  return {
    create() {
      const database = createDatabase(uri);
      created.push(database);
      return database;
    },
  };
}

/** For a suite that ends and restarts its server: one of its own, started before it. */
export function useOwnMongoServer(): () => MongoServer {
  let server: MongoServer | undefined;
  before('a MongoDB server', async function () {
    this.timeout(300_000);
    server = await orSkip(this, startMongoServer());
  });
  after(async () => await server?.stop());
  return () => {
    if (server === undefined) throw new Error('the server is there in tests only');
    return server;
  };
}

async function findServer(): Promise<string> {
  const given = process.env['MONGO_SERVICE_URI'];
  if (given) {
    console.log(`MongoDB: the server of MONGO_SERVICE_URI (${given.replace(/\/\/[^@/]*@/, '//')})`);
    return given;
  }
  const { uri } = await startMongoServer();
  console.log(`MongoDB: mongo-java-server, started for these tests (${uri})`);
  return uri;
}

async function orSkip<Value>(context: Context, wanted: Promise<Value>): Promise<Value> {
  try {
    return await wanted;
  } catch (caught) {
    if (process.env['REQUIRE_ALL']) throw caught;
    console.log(`    no MongoDB server (needs Java 17 and Maven, or MONGO_SERVICE_URI): ${caught}`);
    return context.skip();
  }
}

function createDatabase(server: string): MongoDatabase {
  const name = `sessions_test_${randomBytes(6).toString('hex')}`;
  const uri = withDatabase(server, name);
  return {
    name,
    uri,
    async drop() {
      const client = new MongoClient(uri, { serverSelectionTimeoutMS: 2_000 });
      try {
        await client.db(name).dropDatabase();
      } finally {
        await client.close();
      }
    },
  };
}

/** The address of a server, which may be several hosts, with another database. */
function withDatabase(server: string, name: string): string {
  const [, hosts, database, options] = /^([^/]+\/\/[^/?]+)\/?([^?]*)\??(.*)$/.exec(server) ?? [];
  const parameters = new URLSearchParams(options);
  if (hosts?.includes('@') && !parameters.has('authSource')) {
    parameters.set('authSource', database || 'admin');
  }
  return `${hosts}/${name}?${parameters}`;
}
