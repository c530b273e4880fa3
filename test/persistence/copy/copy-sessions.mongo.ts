import { existsSync, renameSync } from 'node:fs';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { storeUnavailable } from '../../../src/errors/makers.js';
import type { SessionPersistence } from '../../../src/logic/session-persistence.js';
import { copySessions } from '../../../src/persistence/copy/copy-sessions.js';
import type { CopyPart, CopySource, CopyTarget } from '../../../src/persistence/copy/copy-store.js';
import {
  openDatabaseSource,
  openDatabaseTarget,
} from '../../../src/persistence/mongodb/copy/copy-database.js';
import { openFileSource, openFileTarget } from '../../../src/persistence/sqlite/file/copy-file.js';
import { failureOf } from '../../support/failure.js';
import { useMongoDatabases } from '../../support/mongo-database.js';
import { populate, populatedAt } from '../../support/population.js';
import {
  minute,
  openedSession,
  openInput,
  second,
  t0,
  touchInput,
} from '../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { openMongodbStore } from '../mongodb/mongodb-store.js';
import { openFileStore } from '../sqlite/file-store.js';

const request = { requestId: 'r', fingerprint: 'f', expireTime: t0 + 1_000 * minute };
const collection = 'sessions';
const idleTimeoutMs = minute;

describe('copySessions()', () => {
  const databases = useMongoDatabases();
  let folder: TemporaryFolder;
  let uri: string;
  let open: (CopySource | CopyTarget)[];
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    ({ uri } = databases.create());
    open = [];
  });
  afterEach(async () => {
    await closeAll();
    await folder.remove();
  });

  async function closeAll(): Promise<void> {
    for (const store of open.splice(0)) await store.close();
  }
  function keep<Store extends CopySource>(store: Store): Store {
    open.push(store);
    return store;
  }
  const settings = () => ({ 'connection.uri': uri });
  const mongoSource = async () =>
    keep(await openDatabaseSource({ settings: settings(), collection, idleTimeoutMs }));
  const mongoTarget = async () =>
    keep(await openDatabaseTarget({ settings: settings(), collection, writer: 'a test' }));
  const fileSource = (name: string) => keep(openFileSource(folder.file(name)));
  const fileTarget = (name: string) => keep(openFileTarget(folder.file(name)));

  it('copySessions() moves a store as it is: the target answers what the source answered', async () => {
    const store = await openFileStore(folder.file('a.db'));
    await fill(store);
    const before = await answersOf(store);
    await store.close('test');

    const there = await copySessions(fileSource('a.db'), await mongoTarget());
    expect(there).to.deep.include({ resumed: false, damagedCount: 0, damaged: [] });
    expect(there.parts.sessions.count).to.be.above(60);
    expect(there.parts.stretches.count).to.be.above(0);
    expect(there.parts.requests.count).to.equal(1);
    await closeAll();
    const moved = await openMongodbStore(uri);
    expect(await answersOf(moved)).to.deep.equal(before);
    await moved.close('test');

    const back = await copySessions(await mongoSource(), fileTarget('b.db'));
    await closeAll();
    const again = await openFileStore(folder.file('b.db'));
    expect(await answersOf(again)).to.deep.equal(before);
    await again.close('test');
    // What was only asked has changed nothing but the ends that were written down.
    expect(back.parts.requests).to.deep.equal(there.parts.requests);
    expect(existsSync(folder.file('b.db.copying'))).to.equal(false);
  });

  it('copySessions() leaves a store in which sessions go on', async () => {
    const store = await openFileStore(folder.file('a.db'));
    await fill(store);
    await store.close('test');
    await copySessions(fileSource('a.db'), await mongoTarget());
    await closeAll();
    const moved = await openMongodbStore(uri);
    const late = populatedAt + 20 * second;
    const duplicate = await moved.touchSession(touchInput('beaten', { epoch: 1, seq: 2 }, late));
    expect(duplicate?.outcome.duplicate).to.equal(true);
    await moved.touchSession(touchInput('beaten', { epoch: 1, seq: 3 }, late));
    await moved.closeSession({ sessionId: 'beaten', reason: 'logout', now: late });
    const stretches = await moved.getStretches('beaten');
    // The stretch that was open in the file ends in the database.
    expect(stretches.map(({ from, to }) => [from, to])).to.deep.include([t0 + 10 * second, late]);
    await moved.close('test');
  });

  it('copySessions() moves request ids: an open that is repeated makes no second session', async () => {
    const store = await openFileStore(folder.file('a.db'));
    await fill(store);
    await store.close('test');
    await copySessions(fileSource('a.db'), await mongoTarget());
    await closeAll();
    const moved = await openMongodbStore(uri);
    const repeated = await moved.openSession({ ...openInput({ id: 'x' }), request });
    expect(repeated?.id).to.equal('asked');
    await moved.close('test');
  });

  it('copySessions() goes on after any page, in both directions', async () => {
    const store = await openFileStore(folder.file('a.db'));
    for (let n = 0; n < 1_200; n += 1) await openedSession(store, { data: String(n) });
    await fill(store);
    await store.close('test');
    for (const [source, target] of [
      [() => fileSource('a.db'), mongoTarget],
      [mongoSource, () => fileTarget('b.db')],
    ] as const) {
      for (const pages of [0, 1, 1, 1]) {
        const copying = copySessions(await source(), breakAfter(pages, await target()));
        expect((await failureOf(copying)).code).to.equal('STORE_UNAVAILABLE');
        await closeAll();
      }
      const report = await copySessions(await source(), await target());
      await closeAll();
      expect(report).to.deep.include({ resumed: true, damagedCount: 0 });
      expect(report.parts.sessions.count).to.be.above(1_200);
    }
  });

  it('copySessions() refuses a target that holds something, or an unfinished copy of another', async () => {
    for (const name of ['a.db', 'c.db']) {
      const store = await openFileStore(folder.file(name));
      await openedSession(store);
      await store.close('test');
    }
    const source = fileSource('a.db');
    const { code } = await failureOf(copySessions(source, breakAfter(0, await mongoTarget())));
    expect(code).to.equal('STORE_UNAVAILABLE');
    const other = copySessions(fileSource('c.db'), await mongoTarget());
    expect(await messageOf(other)).to.match(/unfinished copy of file .*a\.db; .* --restart/);
    const read = mongoSource();
    expect(await messageOf(read)).to.match(/is an unfinished copy of file .*a\.db/);
    await copySessions(source, await mongoTarget());
    const twice = copySessions(source, await mongoTarget());
    expect(await messageOf(twice)).to.match(
      /is the finished copy of file .*a\.db, and a store of its own/,
    );
    expect(() => fileTarget('a.db')).to.throw('a process serves or copies it');
    await source.close();
    expect(() => fileTarget('a.db')).to.throw('it exists already');
  });

  it('a file that was complete but had not got its name is compared again, and gets it', async () => {
    for (const [name, userId] of [
      ['a.db', 'ann'],
      ['c.db', 'eve'],
    ] as const) {
      const store = await openFileStore(folder.file(name));
      await openedSession(store, { userId });
      await store.close('test');
    }
    await copySessions(fileSource('a.db'), fileTarget('b.db'));
    await closeAll();
    renameSync(folder.file('b.db'), folder.file('b.db.copying'));
    const other = copySessions(fileSource('c.db'), fileTarget('b.db'));
    expect(await messageOf(other)).to.match(/its sessions are not those of file .*c\.db/);
    await closeAll();
    renameSync(folder.file('b.db.copying'), folder.file('x.db'));
    await copySessions(fileSource('a.db'), fileTarget('b.db'));
    await closeAll();
    renameSync(folder.file('b.db'), folder.file('b.db.copying'));
    const report = await copySessions(fileSource('a.db'), fileTarget('b.db'));
    expect([report.resumed, report.parts.sessions.count]).to.deep.equal([true, 1]);
    await closeAll();
    expect([
      existsSync(folder.file('b.db')),
      existsSync(folder.file('b.db.copying')),
    ]).to.deep.equal([true, false]);
  });

  it('a service does not start on an unfinished copy', async () => {
    const store = await openFileStore(folder.file('a.db'));
    await openedSession(store);
    await store.close('test');
    await failureOf(copySessions(fileSource('a.db'), breakAfter(0, await mongoTarget())));
    const { code } = await failureOf(openMongodbStore(uri));
    expect(code).to.equal('INVALID_CONFIG');
  });

  it('a store that is served is not copied', async () => {
    const store = await openFileStore(folder.file('a.db'));
    expect(() => fileSource('a.db')).to.throw('a process serves or copies it; stop it first');
    await store.close('test');
  });

  it('a target that is a store already, even an empty one, is refused', async () => {
    for (const name of ['a.db', 'c.db']) {
      const store = await openFileStore(folder.file(name));
      await openedSession(store);
      await store.close('test');
    }
    const served = await openMongodbStore(uri);
    await served.close('test');
    const onto = copySessions(fileSource('a.db'), await mongoTarget());
    expect(await messageOf(onto)).to.match(/it is a store already, perhaps an empty one/);
    const { uri: other } = databases.create();
    const client = await MongoClient.connect(other);
    await client.db().collection(collection).insertOne({ user_id: 'u' });
    await client.close();
    uri = other;
    const foreign = copySessions(fileSource('c.db'), await mongoTarget());
    expect(await messageOf(foreign)).to.match(/it holds something already/);
  });

  it('a target that was changed meanwhile is not finished; discard() begins anew', async () => {
    const store = await openFileStore(folder.file('a.db'));
    for (let n = 0; n < 3; n += 1) await openedSession(store, { id: `s${n}` });
    await store.close('test');
    const source = fileSource('a.db');
    await failureOf(copySessions(source, breakAfter(1, await mongoTarget())));
    const client = await MongoClient.connect(uri);
    const sessions = client.db().collection<{ _id: string }>(collection);
    await sessions.updateOne({ _id: 's1' }, { $set: { user_id: 'eve' } });
    const wrong = copySessions(source, await mongoTarget());
    expect(await messageOf(wrong)).to.match(/its sessions are not those of .*\(3 and 3, checksums/);
    const target = await mongoTarget();
    await target.discard();
    const report = await copySessions(source, target);
    expect(report).to.deep.include({ resumed: false });
    await client.close();
  });

  it('stretches that a crash left in their session come along, once', async () => {
    const served = await openMongodbStore(uri);
    await openedSession(served, { id: 'beaten' });
    await beat(served, 'beaten');
    const before = await served.getStretches('beaten');
    await served.close('test');
    const client = await MongoClient.connect(uri);
    const ledger = client.db().collection<{ _id: string }>(`${collection}_stretches`);
    const texts = before.map((stretch) => JSON.stringify(stretch));
    await client
      .db()
      .collection<{ _id: string }>(collection)
      .updateOne({ _id: 'beaten' }, { $set: { pending: texts, pending_at: t0 } });
    const [first] = await ledger.find({}).toArray();
    await ledger.deleteOne({ _id: first?._id ?? '' });
    await client.close();
    const { parts } = await copySessions(await mongoSource(), fileTarget('b.db'));
    expect(parts.stretches.count).to.equal(before.length);
    await closeAll();
    const store = await openFileStore(folder.file('b.db'));
    expect(await store.getStretches('beaten')).to.deep.equal(before);
    await store.close('test');
  });

  it('stretches in a session that are damaged are named and left out, the others come along', async () => {
    const served = await openMongodbStore(uri);
    for (const id of ['beaten', 'removed', 'no list']) await openedSession(served, { id });
    await beat(served, 'beaten');
    await beat(served, 'removed');
    const [kept, gone] = [
      await served.getStretches('beaten'),
      await served.getStretches('removed'),
    ];
    await served.close('test');
    const client = await MongoClient.connect(uri);
    const sessions = client.db().collection<{ _id: string }>(collection);
    const texts = [...kept, ...gone].map((stretch) => JSON.stringify(stretch));
    const pendingAt = t0;
    await sessions.updateOne(
      { _id: 'beaten' },
      {
        $set: {
          pending: ['{"sessionId":', ...texts.slice(0, kept.length), 7],
          pending_at: pendingAt,
        },
      },
    );
    await sessions.updateOne(
      { _id: 'removed' },
      {
        $set: {
          pending: [...texts.slice(kept.length), '{}'],
          pending_at: pendingAt,
          removing_at: t0,
        },
        $unset: { active: '' },
      },
    );
    await sessions.updateOne({ _id: 'no list' }, { $set: { pending: 'x', pending_at: pendingAt } });
    await client.db().collection(`${collection}_stretches`).deleteMany({});
    await client.close();
    const report = await copySessions(await mongoSource(), fileTarget('b.db'));
    const words = 'A stretch that waits in a session is damaged';
    expect(report.damagedCount).to.equal(4);
    expect(report.damaged).to.deep.equal([
      ...[`${words} (beaten…)`, `${words} (beaten…)`],
      ...[`${words} (no lis…)`, `${words} (remove…)`],
    ]);
    expect(report.parts.stretches.count).to.equal(texts.length);
    await closeAll();
    const store = await openFileStore(folder.file('b.db'));
    expect(await store.getStretches('beaten')).to.deep.equal(kept);
    await store.close('test');
  });
});

/** Sessions of every sort, one of a request id, and one with contexts, time and changed data. */
async function fill(store: SessionPersistence): Promise<void> {
  await populate(store);
  await store.openSession({ ...openInput({ id: 'asked' }), request });
  await openedSession(store, { id: 'beaten', kind: 'web', data: '{"a":1}', user: '"u"' });
  await beat(store, 'beaten');
  await store.changeSession('beaten', { type: 'data', data: '{"a":2}' }, t0 + 12 * second);
}

/** Two contexts, a closed stretch in the ledger and an open one. */
async function beat(store: SessionPersistence, id: string): Promise<void> {
  const touch = async (fields: object, now: number) =>
    await store.touchSession(touchInput(id, fields, now));
  await touch({ epoch: 1, seq: 1, status: 'busy', path: ['one'] }, t0);
  await touch({ epoch: 1, seq: 2, path: ['two'] }, t0 + 10 * second);
  await touch({ contextId: 'other', visible: false }, t0 + 11 * second);
}

/** All that a store answers of its sessions. */
async function answersOf(store: SessionPersistence): Promise<readonly unknown[]> {
  const now = populatedAt;
  const { sessions } = await store.listSessions({ filter: {}, now, take: 1_000 });
  const details = sessions.map(async ({ id }) => [
    await store.getSession(id, now),
    await store.getStretches(id),
  ]);
  return [sessions, ...(await Promise.all(details))];
}

/** A target that is gone after some pages, as if the process had been ended there. */
function breakAfter(pages: number, target: CopyTarget): CopyTarget {
  let left = pages;
  return {
    name: target.name,
    begin: async (source) => await target.begin(source),
    count: async (part) => await target.count(part),
    read: async (part, after, limit) => await target.read(part, after, limit),
    async write<Part extends CopyPart>(...args: Parameters<typeof target.write<Part>>) {
      if (left === 0) throw storeUnavailable();
      left -= 1;
      await target.write(...args);
    },
    finish: async () => await target.finish(),
    discard: async () => await target.discard(),
    close: async () => await target.close(),
  };
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const [outcome] = await Promise.allSettled([promise]);
  return outcome.status === 'rejected' ? String(outcome.reason) : '';
}
