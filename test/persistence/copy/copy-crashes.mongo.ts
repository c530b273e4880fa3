import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { copySessions } from '../../../src/persistence/copy/copy-sessions.js';
import type { CopySource, CopyTarget } from '../../../src/persistence/copy/copy-store.js';
import {
  openDatabaseSource,
  openDatabaseTarget,
} from '../../../src/persistence/mongodb/copy/copy-database.js';
import { openFileSource, openFileTarget } from '../../../src/persistence/sqlite/file/copy-file.js';
import { errorReply, FaultProxy } from '../../faults/mongodb/fault-proxy.js';
import type { WireCommand } from '../../faults/mongodb/wire-messages.js';
import { failureOf } from '../../support/failure.js';
import { useOwnMongoServer } from '../../support/mongo-database.js';
import { minute, openedSession, t0 } from '../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { openMongodbStore } from '../mongodb/mongodb-store.js';
import { openFileStore } from '../sqlite/file-store.js';

const count = 3;
const collection = 'sessions';
/** Longer than a client of the service waits for an answer. */
const slow = { kind: 'slow', delayMs: 2_800 } as const;
const writes = new Set(['insert', 'update', 'delete', 'createIndexes', 'findAndModify']);

describe('copySessions() to MongoDB, cut off', () => {
  const server = useOwnMongoServer();
  let folder: TemporaryFolder;
  let proxy: FaultProxy;
  let source: CopySource;
  before(async () => {
    folder = await createTemporaryFolder();
    proxy = await FaultProxy.start(server().port);
    const store = await openFileStore(folder.file('a.db'));
    for (let n = 0; n < count; n += 1) await openedSession(store);
    await store.close('test');
    source = openFileSource(folder.file('a.db'));
  });
  after(async () => {
    await source.close();
    await proxy.refuse();
    await folder.remove();
  });

  const openTarget = async (database: string) => {
    const settings = { 'connection.uri': proxy.uri(database) };
    return await openDatabaseTarget({ settings, collection, writer: 'a test' });
  };
  const direct = (database: string) => `${server().uri}/${database}`;

  /** What the command does: with `--restart` it discards first. */
  async function copy(database: string, { restart = false } = {}): Promise<void> {
    const target = await openTarget(database);
    try {
      if (restart) await target.discard();
      await copySessions(source, target);
    } finally {
      await target.close();
    }
  }

  /** Lets so many writes through, and ends the run at the next one; whether there was a next one. */
  async function cutOff(after: number, run: () => Promise<void>): Promise<boolean> {
    let left = after;
    let isCut = false;
    proxy.inject(({ name }: WireCommand) => {
      if (writes.has(name)) left -= 1;
      isCut ||= left < 0;
      return isCut ? errorReply(1, 'InternalError', 'the run was ended here') : undefined;
    });
    await Promise.allSettled([run()]);
    proxy.inject();
    return isCut;
  }

  /** How many sessions a service serves; `undefined` when it does not start, by INVALID_CONFIG. */
  async function served(database: string): Promise<number | undefined> {
    const opening = openMongodbStore(direct(database));
    const [outcome] = await Promise.allSettled([opening]);
    if (outcome.status === 'rejected') {
      expect((await failureOf(opening)).code).to.equal('INVALID_CONFIG');
      return undefined;
    }
    const sessions = await outcome.value.countSessions({}, t0);
    await outcome.value.close('test');
    return sessions;
  }

  const runs = {
    'a copy': { prepare: async () => undefined, run: copy },
    'a copy that goes on': { prepare: begun, run: copy },
    'a copy that begins anew': {
      prepare: begun,
      run: async (database: string) => await copy(database, { restart: true }),
    },
  };

  /** Leaves an unfinished copy with all records. */
  async function begun(database: string): Promise<void> {
    const target = await openTarget(database);
    const { records } = await source.read('sessions', undefined, 10);
    await target.begin(source.name);
    await target.write('sessions', records, { part: 'stretches' });
    await target.close();
  }

  for (const [name, { prepare, run }] of Object.entries(runs)) {
    it(`${name}: at each write a service serves nothing or all, and a further run does no harm`, async function () {
      this.timeout(120_000);
      const outcomes = new Set<number | undefined>();
      for (let after = 0, isCut = true; isCut; after += 1) {
        const database = `copy_${randomBytes(6).toString('hex')}`;
        await prepare(database);
        isCut = await cutOff(after, async () => await run(database));
        const isNew = after === 0 && name === 'a copy';
        // Nothing is written yet: a service would make it its own.
        if (isNew) continue;
        const sessions = await served(database);
        outcomes.add(sessions);
        if (sessions === undefined) await copy(database, { restart: after % 2 === 1 });
        else expect(sessions, `after ${after} writes`).to.be.oneOf([0, count]);
        if (sessions === 0) continue;
        expect(await served(database), `after ${after} writes and once more`).to.equal(count);
        await expectKept(database);
      }
      expect([...outcomes]).to.include.members([undefined, count]);
    });
  }

  /** What a service has opened since a copy is finished stays, whatever is asked for. */
  async function expectKept(database: string): Promise<void> {
    const store = await openMongodbStore(direct(database));
    const { id } = await openedSession(store);
    for (const restart of [false, true]) {
      const { code } = await failureOf(copy(database, { restart }));
      expect(code).to.equal('INVALID_CONFIG');
    }
    expect(await store.getSession(id, t0)).to.deep.include({ id });
    expect(await served(database)).to.equal(count + 1);
    await store.close('test');
  }

  it('finish() whose answer is lost is done once, and said to be done', async () => {
    const database = 'lost_answer';
    // The driver asks again once; after that the copy does.
    proxy.injectFirst(
      2,
      ({ name, document }) => name === 'update' && JSON.stringify(document).includes('copied'),
      { kind: 'drop after' },
    );
    await copy(database);
    expect(await served(database)).to.equal(count);
  });

  it('a run that another one took over fails, and makes no store of what the other removed', async () => {
    const database = 'taken_over';
    const [one, other] = [await openTarget(database), await openTarget(database)];
    const finish = one.finish.bind(one);
    one.finish = async () => {
      await other.discard();
      await other.begin(source.name);
      await finish();
    };
    const copying = copySessions(source, one);
    expect((await failureOf(copying)).code).to.equal('INVALID_CONFIG');
    expect(await copying.catch(String)).to.include('another copy has taken over');
    expect(await served(database)).to.equal(undefined);
    await one.close();
    await other.close();
  });

  it('discard() removes what the last insert of another run brings late', async () => {
    const database = 'late_insert';
    const [one, other] = [await openTarget(database), await openTarget(database)];
    const { records } = await source.read('sessions', undefined, 10);
    await one.begin(source.name);
    const inserting = new Promise<void>((resolve) => {
      proxy.inject(({ name }) => {
        if (name !== 'insert') return undefined;
        resolve();
        return { kind: 'slow', delayMs: 250 };
      });
    });
    const writing = failureOf(one.write('sessions', records, { part: 'stretches' }));
    await inserting;
    await other.discard();
    expect((await writing).code).to.equal('INVALID_CONFIG');
    proxy.inject();
    await one.close();
    await copySessions(source, other);
    expect(await served(database)).to.equal(count);
    await other.close();
  });

  it('discard() keeps the mark when records come back again and again, and says what to do', async () => {
    const database = 'written_to';
    await begun(database);
    const client = await MongoClient.connect(direct(database));
    const stretches = client.db().collection(`${collection}_stretches`);
    const inserts: Promise<unknown>[] = [];
    // The last that is emptied.
    proxy.inject(({ name, document }) => {
      const isLast = name === 'delete' && document['delete'] === `${collection}_limits`;
      if (isLast) inserts.push(stretches.insertOne({ n: inserts.length }));
      return undefined;
    });
    const target = await openTarget(database);
    expect(await target.discard().catch(String)).to.match(/stop that one, .* with --restart again/);
    proxy.inject();
    await Promise.all(inserts);
    expect(await served(database)).to.equal(undefined);
    // As it says: nobody writes any more.
    await target.discard();
    await copySessions(source, target);
    expect(await served(database)).to.equal(count);
    await target.close();
    await client.close();
  });

  it('a count of the source, an answer and a removal may take longer than a request', async function () {
    this.timeout(120_000);
    await begun('slow');
    proxy.inject(({ name, document }) =>
      name === 'delete' && document['delete'] === collection ? slow : undefined,
    );
    const target = await openTarget('slow');
    await target.discard();
    proxy.inject();
    expect(await target.begin(source.name)).to.equal(undefined);
    await target.close();

    const client = await MongoClient.connect(direct('original'));
    const at = new Date(t0);
    const entry = { user_id: 'u', active: true, open_time: at, request_time: at };
    const ids = ['1', '2'].map((_id) => ({ _id, ...entry }));
    await client.db().collection<{ _id: string }>(collection).insertMany(ids);
    await client.close();
    proxy.inject(({ name }) => (name === 'aggregate' ? slow : undefined));
    const settings = { 'connection.uri': proxy.uri('original') };
    const original: CopySource = await openDatabaseSource({
      settings,
      collection,
      idleTimeoutMs: minute,
    });
    const file: CopyTarget = openFileTarget(folder.file('o.db'));
    const report = await copySessions(original, file);
    expect(report.parts.sessions.count).to.equal(2);
    proxy.inject();
    await original.close();
    await file.close();
  });
});
