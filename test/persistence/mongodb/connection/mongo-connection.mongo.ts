import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type Db, MongoNetworkError } from 'mongodb';
import { ConfigParams } from 'pip-services3-commons-nodex';
import { invalidConfig } from '../../../../src/errors/makers.js';
import { SessionError } from '../../../../src/errors/session-error.js';
import { MongoConnection } from '../../../../src/persistence/mongodb/connection/mongo-connection.js';
import { errorReply, FaultProxy, type WireFault } from '../../../faults/mongodb/fault-proxy.js';
import { failureOf } from '../../../support/failure.js';
import { useOwnMongoServer } from '../../../support/mongo-database.js';
import { RecordingLogger } from './recording-logger.js';

const unavailable = { code: 'STORE_UNAVAILABLE' };

interface Options {
  readonly prepare?: (db: Db) => Promise<void>;
  readonly config?: Readonly<Record<string, unknown>>;
}

describe('MongoConnection', () => {
  const server = useOwnMongoServer();
  let proxy: FaultProxy;
  let logger: RecordingLogger;
  let fatal: SessionError[];
  let connection: MongoConnection;

  beforeEach(async () => {
    proxy = await FaultProxy.start(server().port);
    logger = new RecordingLogger();
    fatal = [];
  });

  afterEach(async () => {
    await connection.close();
    await proxy.refuse();
  });

  function connect({ prepare = async () => undefined, config = {} }: Options = {}): void {
    const onFatal = (error: SessionError) => void fatal.push(error);
    connection = new MongoConnection({ component: 'a:store', logger, prepare, onFatal });
    connection.configure(
      ConfigParams.fromValue({ connection: { uri: proxy.uri('app') }, ...config }),
    );
  }

  async function count(): Promise<number> {
    const { db } = connection;
    return await connection.run(() => db.collection('things').countDocuments({}));
  }

  it('open() begins each attempt with new connections', async () => {
    const topologies: unknown[] = [];
    connect({
      prepare: async (db) => {
        topologies.push((db.client as unknown as { readonly topology: unknown }).topology);
        if (topologies.length === 1) throw new MongoNetworkError('cut off');
      },
    });
    await connection.open();
    while (
      !(await connection.checkReady().then(
        () => true,
        () => false,
      ))
    )
      await sleep(20);
    expect(topologies.length).to.equal(2);
    expect(topologies[0]).to.not.equal(topologies[1]);
  });

  it('open() prepares the database, once, and run() answers what the work does', async () => {
    const names: string[] = [];
    connect({ prepare: async (db) => void names.push(db.databaseName) });
    await connection.open();
    await connection.open();
    expect(names).to.deep.equal(['app']);
    expect(await count()).to.equal(0);
    await connection.checkReady();
    expect(connection.describe()).to.match(/^mongodb 127\.0\.0\.1:\d+\/app$/);
  });

  it('open() goes on without a server, says why, and serves when there is one', async () => {
    connect();
    await proxy.refuse();
    await connection.open();
    expect(await failureOf(connection.checkReady())).to.deep.equal(unavailable);
    expect(await failureOf(connection.run(async () => 1))).to.deep.equal(unavailable);
    await proxy.listen();
    await eventually(async () => await connection.checkReady());
    expect(logger.lines[0]).to.match(/^Warn MongoDB is not there \(mongodb .*ECONNREFUSED/);
    expect(logger.lines).to.include(`Info MongoDB is there now: ${connection.describe()}`);
  });

  it('close() ends the waiting for a server', async () => {
    connect();
    await proxy.refuse();
    await connection.open();
    await connection.close();
    await connection.close();
    expect(await failureOf(connection.run(async () => 1))).to.deep.equal(unavailable);
  });

  it('open() refuses a wrong password, naming the setting and not the password', async () => {
    connect({ config: { credential: { username: 'ann', password: 'hidden' } } });
    const rejected = errorReply(18, 'AuthenticationFailed', 'Authentication failed for hidden');
    proxy.inject(({ name }) => (name === 'saslStart' ? rejected : undefined));
    const [outcome] = await Promise.allSettled([connection.open()]);
    const error = SessionError.from('reason' in outcome && outcome.reason);
    expect(error.details).to.deep.equal({ setting: 'a:store: credential' });
    expect(error.message)
      .to.match(/refuses this user/)
      .and.not.include('hidden');
    expect(connection.isOpen()).to.equal(false);
  });

  it('open() refuses a user who may not do what it needs', async () => {
    connect({ prepare: async (db) => void (await db.command({ create: 'things' })) });
    proxy.inject(({ name }) =>
      name === 'create' ? errorReply(13, 'Unauthorized', 'not allowed') : undefined,
    );
    const failure = await failureOf(connection.open());
    const details = { setting: 'a:store: credential' };
    expect(failure).to.deep.equal({ code: 'INVALID_CONFIG', details });
  });

  it('a database that comes later and cannot be served is fatal', async () => {
    connect({ prepare: async () => await Promise.reject(invalidConfig('schema', 'is newer')) });
    await proxy.refuse();
    await connection.open();
    await proxy.listen();
    await eventually(async () => expect(fatal).to.have.lengthOf(1));
    expect(fatal[0]).to.include({ code: 'INVALID_CONFIG', message: 'schema: is newer' });
  });

  it('open() refuses an option that the driver does not know, without a password', async () => {
    connect({ config: { connection: { uri: 'mongodb://ann:hidden@one/app?hidden=1' } } });
    const [outcome] = await Promise.allSettled([connection.open()]);
    const error = SessionError.from('reason' in outcome && outcome.reason);
    expect(error.details).to.deep.equal({ setting: 'a:store: connection' });
    expect(error.message).to.not.include('hidden');
  });

  it('run() ends at the deadline and tells the work so', async () => {
    connect({ config: { options: { request_timeout: 100 } } });
    await connection.open();
    let seen: AbortSignal | undefined;
    const endless = connection.run(async ({ signal }) => {
      seen = signal;
      await new Promise(() => undefined);
    });
    expect(await failureOf(endless)).to.deep.equal(unavailable);
    expect(seen?.aborted).to.equal(true);
  });

  it('checkReady() fails while the server is silent, and succeeds again', async () => {
    connect({ config: { options: { request_timeout: 300 } } });
    await connection.open();
    proxy.inject(() => ({ kind: 'silence' }));
    expect(await failureOf(connection.checkReady())).to.deep.equal(unavailable);
    proxy.inject();
    await eventually(async () => await connection.checkReady());
  });

  it('the loss of all servers is said once, and their return', async () => {
    connect();
    await connection.open();
    await proxy.refuse();
    await eventually(async () =>
      expect(logger.lines.join()).to.include('does not answer any more'),
    );
    expect(await failureOf(connection.checkReady())).to.deep.equal(unavailable);
    await proxy.listen();
    await eventually(async () => await connection.checkReady());
    const said = logger.lines.filter((line) => line.includes('answer'));
    expect(said.map((line) => line.split(':')[0])).to.deep.equal([
      'Warn MongoDB does not answer any more',
      'Info MongoDB answers again',
    ]);
  });

  it('1,000 faults leave no socket, timer or listener behind', async () => {
    connect({ config: { options: { request_timeout: 300, max_pool_size: 50 } } });
    await connection.open();
    await count();
    const conflict = errorReply(112, 'WriteConflict', 'conflict');
    const faults: readonly WireFault[] = [
      { kind: 'drop before' },
      { kind: 'drop after' },
      errorReply(10_107, 'NotWritablePrimary', 'not primary'),
      { kind: 'silence' },
      ...Array.from({ length: 8 }, () => ({ kind: 'slow', delayMs: 350 }) as const),
      ...Array.from({ length: 28 }, () => conflict),
    ];
    const before = timersOf();
    let injected = 0;
    proxy.inject(({ name }) => {
      if (name !== 'aggregate') return undefined;
      injected += 1;
      return faults[injected % faults.length];
    });
    while (injected < 1_000) {
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          await count().catch((caught: unknown) => expect(caught).to.include(unavailable));
        }),
      );
      // The pool, and what watches the server.
      expect(proxy.socketCount).to.be.at.most(50 + 2);
    }
    proxy.inject();
    await eventually(async () => expect(await count()).to.equal(0));
    await eventually(async () => expect(timersOf()).to.be.at.most(before + 2));
    await connection.close();
    await eventually(async () => expect(proxy.socketCount).to.equal(0));
  });
});

function timersOf(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

/** Tries until it succeeds, for as long as a recovery may take, and a slow machine beside. */
async function eventually(attempt: () => Promise<unknown>): Promise<void> {
  for (const deadline = Date.now() + 10_000; ; ) {
    try {
      await attempt();
      return;
    } catch (caught) {
      if (Date.now() > deadline) throw caught;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
