import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { expect } from 'chai';
import { ConfigParams } from 'pip-services3-commons-nodex';
import { SessionError } from '../../../src/errors/session-error.js';
import { Connection } from '../../../src/persistence/sqlite/connection/connection.js';
import { openFileSource } from '../../../src/persistence/sqlite/file/copy-file.js';
import { schemaVersion } from '../../../src/persistence/sqlite/file/schema.js';
import { SqliteSessionPersistence } from '../../../src/persistence/sqlite/sqlite-session-persistence.js';
import { openedSession, openInput, t0 } from '../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { mountSmall, unmount } from './file/small-file-system.js';
import { openFileStore } from './file-store.js';

describe('the start of the file store', () => {
  let folder: TemporaryFolder;
  let path: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = folder.file('sessions.db');
  });
  afterEach(async () => await folder.remove());

  it('open() makes the database, and a reserve that takes up its room', async () => {
    const store = await openFileStore(path, { 'options.reserve_bytes': 1_048_576 });
    expect(statSync(`${path}.reserve`).blocks * 512).to.be.at.least(1_048_576);
    expect(store.isOpen()).to.equal(true);
    expect(store.describe()).to.equal(`file ${path}`);
    await store.close('test');
    expect(store.isOpen()).to.equal(false);
  });

  it('open() and close() may be called again', async () => {
    const store = await openFileStore(path);
    await store.open('test');
    await store.close('test');
    await store.close('test');
    await new SqliteSessionPersistence().close('test');
  });

  it('close() during work writes what was asked for before, and refuses the rest', async () => {
    const store = await openFileStore(path);
    const opening = store.openSession(openInput({ id: 'early' }));
    const closing = store.close('test');
    expect((await opening)?.id).to.equal('early');
    await closing;
    await store.open('test');
    expect((await store.getSession('early', t0))?.id).to.equal('early');
    await store.close('test');
  });

  it('open() refuses a folder that does not exist, and makes none', async () => {
    const missing = folder.file('missing/sessions.db');
    expect(await refusal(missing)).to.match(/missing\/sessions\.db: its folder does not exist/);
    expect(existsSync(folder.file('missing'))).to.equal(false);
  });

  it('open() refuses a folder that cannot be written', async function () {
    // The superuser may write everywhere but on a file system that is read-only.
    const superuser = process.getuid?.() === 0;
    if (superuser && !mountSmall(folder.path, 'ro')) this.skip();
    if (!superuser) chmodSync(folder.path, 0o500);
    try {
      expect(await refusal(path)).to.match(/its folder cannot be written/);
    } finally {
      if (superuser) unmount(folder.path);
      else chmodSync(folder.path, 0o700);
    }
  });

  it('open() refuses a path that is a folder', async () => {
    mkdirSync(path);
    expect(await refusal(path)).to.match(/it is not a file/);
  });

  it('open() refuses a file that another store serves, until that one closes', async () => {
    const first = await openFileStore(path);
    expect(await refusal(path)).to.match(/another process serves it/);
    await openedSession(first, { id: 'kept' });
    await first.close('test');
    const second = await openFileStore(path);
    expect((await second.getSession('kept', t0))?.id).to.equal('kept');
    await second.close('test');
  });

  for (const [kind, makeTarget] of [
    ['a file', async (target: string) => await makeStore(target)],
    ['nothing yet', async () => undefined],
  ] as const) {
    it(`open() follows a link to ${kind}: its log, lock and reserve are beside the file`, async () => {
      mkdirSync(folder.file('real/inner'), { recursive: true });
      const target = folder.file('real/sessions.db');
      await makeTarget(target);
      symlinkSync('real/inner', folder.file('inner'));
      symlinkSync('inner/../sessions.db', folder.file('first.db'));
      symlinkSync('first.db', path);
      const store = await openFileStore(path, { 'options.reserve_bytes': 1_048_576 });
      await openedSession(store, { id: 'kept' });
      expect(readdirSync(folder.path).toSorted()).to.deep.equal([
        'first.db',
        'inner',
        'real',
        'sessions.db',
      ]);
      expect(readdirSync(folder.file('real')).toSorted()).to.deep.equal([
        'inner',
        ...['', '-shm', '-wal', '.lock', '.reserve'].map((end) => `sessions.db${end}`),
      ]);
      expect(await refusal(target)).to.match(/another process serves it/);
      expect(() => openFileSource(path)).to.throw(/a process serves or copies it/);
      await store.close('test');
      const again = await openFileStore(target);
      expect((await again.getSession('kept', t0))?.id).to.equal('kept');
      await again.close('test');
    });
  }

  it('open() refuses a link to itself', async () => {
    symlinkSync('sessions.db', path);
    expect(await refusal(path)).to.include('sessions.db');
  });

  it('open() refuses what is no database, and leaves it alone', async () => {
    writeFileSync(path, 'user,password\n');
    expect(await refusal(path)).to.match(/it is no SQLite database, or its header is damaged/);
    expect(readFileSync(path, 'utf8')).to.equal('user,password\n');
  });

  it('open() refuses a database of something else, and leaves it alone', async () => {
    const foreign = new Connection(path);
    foreign.exec('CREATE TABLE customers (name TEXT)');
    foreign.close();
    const before = readFileSync(path);
    expect(await refusal(path)).to.match(/it is a database of something else/);
    expect(readFileSync(path).equals(before)).to.equal(true);
  });

  it('open() refuses a newer schema, and says what reads it', async () => {
    await makeStore(path);
    const newer = new Connection(path);
    newer.exec('PRAGMA user_version = 7');
    newer.close();
    expect(await refusal(path)).to.include(
      `its schema has version 7, this service reads up to ${schemaVersion}; ` +
        'start the version of service-sessions that wrote it',
    );
  });

  it('open() refuses a truncated file', async () => {
    await makeStore(path);
    truncateSync(path, statSync(path).size - 8_192);
    expect(await refusal(path)).to.match(/the database is damaged .*restore a backup/);
  });

  it('open() refuses a file that is empty though its reserve is there, until that is removed', async () => {
    writeFileSync(path, '');
    writeFileSync(`${path}.reserve`, 'room');
    expect(await refusal(path)).to.match(
      /it is empty, and sessions\.db\.reserve .*restore a backup/,
    );
    rmSync(`${path}.reserve`);
    await makeStore(path);
  });

  it('open() makes a database that is gone, though its reserve is there', async () => {
    writeFileSync(`${path}.reserve`, 'room');
    await makeStore(path);
  });

  it('open() takes an empty file for a new database', async () => {
    writeFileSync(path, '');
    await makeStore(path);
  });

  for (const [part, offset] of [
    ['magic', 3],
    ['page size', 16],
    ['application id', 69],
    ['schema page', 105],
  ] as const) {
    it(`open() refuses a header with a flipped bit: ${part}`, async () => {
      await makeStore(path);
      flipBit(path, offset);
      expect(await refusal(path)).to.match(/damaged|something else|no SQLite database/);
    });
  }

  it('configure() names a setting that does not fit', () => {
    const store = new SqliteSessionPersistence();
    const configure = () =>
      store.configure(ConfigParams.fromTuples('options.reserve_bytes', 'much'));
    expect(configure).to.throw(
      SessionError,
      /^service-sessions:persistence:file: options\.reserve_bytes: "much" is not a whole number/,
    );
  });

  it('open() leaves no file of its own but the database beside what it found', async () => {
    await makeStore(path);
    const known = /^sessions\.db(-wal|-shm|\.lock|\.reserve)?$/;
    expect(readdirSync(folder.path).filter((name) => !known.test(name))).to.deep.equal([]);
  });
});

async function makeStore(path: string): Promise<void> {
  const store = await openFileStore(path);
  for (let count = 0; count < 50; count += 1) await openedSession(store, { data: '"kept"' });
  await store.close('test');
}

/** The line that refuses a start. */
async function refusal(path: string): Promise<string> {
  const store = new SqliteSessionPersistence();
  store.configure(ConfigParams.fromTuples('path', path));
  try {
    await store.open('test');
  } catch (caught) {
    expect(caught).to.be.instanceOf(SessionError);
    const { code, message } = caught as SessionError;
    expect(code).to.equal('INVALID_CONFIG');
    expect(message).to.match(/^service-sessions:persistence:file: path: [^\n]+$/);
    return message;
  }
  await store.close('test');
  throw new Error('A refusal was expected.');
}

function flipBit(path: string, offset: number): void {
  const byte = readFileSync(path)[offset] ?? 0;
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from([byte ^ 1]), 0, 1, offset);
}
