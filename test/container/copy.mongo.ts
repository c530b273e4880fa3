import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { openRecord } from '../../src/domain/open.js';
import { absent } from '../../src/domain/presence.js';
import { longestLeaseMs } from '../../src/logic/lease-times.js';
import { copySessions } from '../../src/persistence/copy/copy-sessions.js';
import { openDatabaseSource } from '../../src/persistence/mongodb/copy/copy-database.js';
import { Connection } from '../../src/persistence/sqlite/connection/connection.js';
import { openFileTarget } from '../../src/persistence/sqlite/file/copy-file.js';
import { openFileStore } from '../persistence/sqlite/file-store.js';
import { failureOf } from '../support/failure.js';
import { useMongoDatabases } from '../support/mongo-database.js';
import { expectCommand } from '../support/rpc.js';
import { projectFolder, runMain, startServiceProcess } from '../support/service-process.js';
import { newSession, present, t0 } from '../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

describe('service-sessions copy', () => {
  const databases = useMongoDatabases();
  let folder: TemporaryFolder;
  let uri: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    ({ uri } = databases.create());
  });
  afterEach(async () => await folder.remove());

  const toMongo = (...more: readonly string[]) => [
    ...['copy', '--from', 'file', '--to', 'mongodb'],
    ...['--from-path', folder.file('a.db'), '--to-uri', uri, ...more],
  ];

  it('is ended by kill -9 in the middle, goes on, and leaves no session twice', async () => {
    const count = 4_000;
    await writeSessions(folder.file('a.db'), count);
    for (const share of [20, 60]) {
      expect(await killAt(toMongo(), share)).to.equal('SIGKILL');
    }
    const client = await MongoClient.connect(uri);
    const sessions = client.db().collection('sessions');
    expect(await sessions.countDocuments({})).to.be.within(0.6 * count, count - 1);
    const { code, stdout, stderr } = await runMain({ args: toMongo() });
    expect([code, stderr.split('\n').at(-2)]).to.deep.equal([0, 'verify requests: 100 % (0 of 0)']);
    const report = JSON.parse(stdout);
    expect(report).to.deep.include({ resumed: true, damagedCount: 0, damaged: [] });
    expect(report.parts.sessions.count).to.equal(count);
    expect(await sessions.countDocuments({})).to.equal(count);
    await client.close();
    const env = { MONGO_ENABLED: 'true', MONGO_SERVICE_URI: uri };
    const service = await startServiceProcess({ env });
    const page = await expectCommand<{ total: number }>(service.url, 'get_sessions', {
      paging: { total: true },
    });
    expect(page.total).to.equal(count);
    await service.stop();
  });

  it('names a damaged record, copies the rest, and ends with 1', async () => {
    await writeSessions(folder.file('a.db'), 5);
    const connection = new Connection(folder.file('a.db'));
    connection.exec("UPDATE sessions SET user_name = 'Mallory' WHERE n = 2");
    connection.close();
    const { code, stdout } = await runMain({ args: toMongo() });
    expect(code).to.equal(1);
    const { damaged, damagedCount, parts } = JSON.parse(stdout);
    expect([damaged, damagedCount, parts.sessions.count]).to.deep.equal([
      ['sessions [2]: The checksum of session 2 does not match'],
      1,
      4,
    ]);
  });

  it('takes the sessions that service-sessions-node wrote, and says which are none', async () => {
    const client = await MongoClient.connect(uri);
    const openTime = new Date(t0);
    const live = {
      ...{ _id: '1', user_id: 'u', user_name: 'U', active: true, open_time: openTime },
      ...{ request_time: openTime, close_time: null, address: '::1', client: 'c' },
      ...{ user: { login: 'l' }, data: { at: openTime, 'a.b': [1, null] } },
    };
    const ended = { ...live, _id: '2', active: false, close_time: new Date(t0 + 5) };
    const wrong = [
      { ...live, _id: '3', user_id: 7 },
      { ...live, _id: 4 },
    ];
    const documents = [live, ended, ...wrong] as unknown as { _id: string }[];
    await client.db().collection<{ _id: string }>('sessions').insertMany(documents);
    await client.close();
    const args = ['copy', '--from', 'mongodb', '--from-uri', uri, '--to', 'file'];
    const { code, stdout } = await runMain({
      args: [...args, '--to-path', folder.file('b.db'), '--idle-timeout', '60000'],
    });
    expect(code).to.equal(1);
    const { from, damaged, parts } = JSON.parse(stdout);
    expect(from).to.match(/^mongodb .*\.sessions of service-sessions-node$/);
    expect([damaged, parts.sessions.count]).to.deep.equal([
      ['session 3: its user_id is not acceptable', 'a document: its _id is no text'],
      2,
    ]);
    const store = await openFileStore(folder.file('b.db'));
    const fields = {
      ...{ userId: 'u', userName: 'U', kind: 'rpc', address: '::1', client: 'c', revision: 0 },
      ...{ openTime: t0, requestTime: t0, idleTimeoutMs: 60_000, contexts: [] },
    };
    expect(await store.getSession('1', t0)).to.deep.equal({
      ...fields,
      id: '1',
      active: true,
      user: '{"login":"l"}',
      data: `{"at":"${openTime.toISOString()}","a.b":[1,null]}`,
    });
    expect(await store.getSession('2', t0)).to.deep.equal({
      ...fields,
      id: '2',
      active: false,
      closeReason: 'logout',
      closeTime: t0 + 5,
    });
    await store.close('test');
  });

  it('refuses a collection that a process serves, to copy from and to copy into, and not one that a killed one left', async function () {
    this.timeout(120_000);
    const env = { MONGO_ENABLED: 'true', MONGO_SERVICE_URI: uri };
    const service = await startServiceProcess({ env });
    // As a service does that has been up for longer than any lease lasts.
    await sleep(longestLeaseMs + 1_000);
    const from = ['copy', '--from', 'mongodb', '--from-uri', uri, '--to', 'file'];
    const args = [...from, '--to-path', folder.file('b.db')];
    const source = await runMain({ args });
    expect([source.code, source.stdout]).to.deep.equal([78, '']);
    expect(source.stderr).to.match(/\.sessions: a process serves it: stop all of them first\n$/);
    await writeSessions(folder.file('a.db'), 1);
    const target = await runMain({ args: toMongo() });
    expect([target.code, target.stdout]).to.deep.equal([78, '']);
    expect(target.stderr).to.match(/\.sessions: a process serves it: stop all of them first\n$/);
    await service.stop('SIGKILL');
    // What it left moves no more: nobody has to mend anything by hand.
    const settings = { 'connection.uri': uri };
    const collection = 'sessions';
    const left = await openDatabaseSource({ settings, collection, idleTimeoutMs: 60_000 });
    const copied = openFileTarget(folder.file('b.db'));
    expect(await copySessions(left, copied)).to.deep.include({ resumed: false, damagedCount: 0 });
    await left.close();
    await copied.close();
  });

  it('does not finish a copy of a source that was served meanwhile', async function () {
    this.timeout(90_000);
    const env = { MONGO_ENABLED: 'true', MONGO_SERVICE_URI: uri };
    const settings = { 'connection.uri': uri };
    await (await startServiceProcess({ env })).stop();
    const collection = 'sessions';
    const source = await openDatabaseSource({ settings, collection, idleTimeoutMs: 60_000 });
    const target = openFileTarget(folder.file('b.db'));
    const served = async () => {
      const service = await startServiceProcess({ env });
      const session = { user_id: 'u' };
      await expectCommand(service.url, 'open_session', session);
      await service.stop();
    };
    // All is read and found to be the same when it happens.
    const unchanged = present(source.assertUnchanged?.bind(source));
    source.assertUnchanged = async () => {
      await served();
      await unchanged();
    };
    const copying = copySessions(source, target);
    expect((await failureOf(copying)).code).to.equal('INVALID_CONFIG');
    expect(await copying.catch(String)).to.match(/\.sessions: a process served it during the copy/);
    await source.close();
    await target.close();
    expect(existsSync(folder.file('b.db'))).to.equal(false);
  });

  it('refuses a file that is served, a database without sessions, and a server that is away', async () => {
    const env = { FILE_PATH: folder.file('a.db') };
    const service = await startServiceProcess({ env });
    const served = await runMain({ args: ['copy', '--from', 'file', '--to', 'mongodb'], env });
    expect([served.code, served.stdout]).to.deep.equal([78, '']);
    expect(served.stderr).to.match(/a\.db: a process serves or copies it; stop it first\n$/);
    await service.stop();
    const args = ['copy', '--from', 'mongodb', '--to', 'file', '--to-path', folder.file('b.db')];
    const empty = await runMain({ args, env: { MONGO_SERVICE_URI: uri } });
    expect(empty.code).to.equal(78);
    expect(empty.stderr).to.match(/\.sessions: it holds no sessions\n$/);
  });
});

/** A database of the file store with so many live sessions. */
async function writeSessions(path: string, count: number): Promise<void> {
  const target = openFileTarget(path);
  await target.begin('a test');
  const records = Array.from({ length: count }, (_, n) => {
    const fields = { userId: `user ${n % 50}`, data: JSON.stringify({ n }) };
    return { session: openRecord(newSession(fields), Date.now() - n), presence: absent };
  });
  await target.write('sessions', records, { part: 'sessions' });
  await target.finish();
  await target.close();
}

/** Ends a copy by SIGKILL when it says that so many percent are done; answers what ended it. */
async function killAt(args: readonly string[], share: number): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [`${projectFolder}bin/main.js`, ...args], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += String(chunk);
    const shares = [...text.matchAll(/copy sessions: (\d+) %/g)].map(([, done]) => Number(done));
    if (shares.some((done) => done >= share)) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return signal;
}
