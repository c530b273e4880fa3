import { expect } from 'chai';
import { sessionEnded } from '../../../../src/errors/makers.js';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import {
  type WriteKind,
  WriteQueue,
} from '../../../../src/persistence/sqlite/connection/write-queue.js';
import { failureOf } from '../../../support/failure.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const ended = sessionEnded('logout', 0);

describe('WriteQueue', () => {
  let folder: TemporaryFolder;
  let connection: Connection;
  let fatal: Error[];
  let room: { has: boolean; toMake: number; restarted?: boolean };
  let queue: WriteQueue;

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    connection = new Connection(folder.file('writes.db'));
    connection.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER PRIMARY KEY)');
    fatal = [];
    room = { has: true, toMake: 0 };
    queue = new WriteQueue({
      connection,
      hasRoom: () => room.has,
      restartLog: () => room.restarted ?? false,
      makeRoom: async () => {
        room.toMake -= 1;
        return room.toMake >= 0;
      },
      onFatal: (error) => fatal.push(error),
    });
  });
  afterEach(async () => {
    connection.close();
    await folder.remove();
  });

  const insert = (n: number) => () => connection.prepare('INSERT INTO t VALUES (?)').run(n);
  const write = async (n: number, kind: WriteKind = 'growing') => await queue.add(kind, insert(n));
  const throwing = (error: unknown, first?: () => unknown) => () => {
    first?.();
    throw error;
  };
  const rows = () => connection.prepare('SELECT n FROM t ORDER BY n').all().flat();

  it('add() answers after the commit, and shares it within a turn', async () => {
    const other = new Connection(folder.file('writes.db'), { readOnly: true });
    const version = () => Number(other.pragma('data_version'));
    const before = version();
    const seen = await Promise.all(
      [1, 2, 3].map(async (n) => {
        await write(n);
        return [other.prepare('SELECT count(*) FROM t').get()?.[0], version() - before];
      }),
    );
    expect(seen).to.deep.equal([
      [3, 1],
      [3, 1],
      [3, 1],
    ]);
    other.close();
  });

  it('add() lets the writes share a commit that come during the one before', async () => {
    const commit = connection.commit.bind(connection);
    let commits = 0;
    let later: Promise<unknown> | undefined;
    connection.commit = async () => {
      commits += 1;
      const committed = commit();
      later ??= Promise.all([write(2), write(3)]);
      await committed;
    };
    await write(1);
    await later;
    expect(commits).to.equal(2);
    expect(rows()).to.deep.equal([1, 2, 3]);
  });

  it('add() refuses what a rule refuses, and nothing else of the turn', async () => {
    const refused = failureOf(queue.add('growing', throwing(ended)));
    await Promise.all([write(1), write(2)]);
    expect((await refused).code).to.equal('SESSION_ENDED');
    expect(rows()).to.deep.equal([1, 2]);
  });

  it('add() keeps nothing of a write that fails halfway, and all others of the turn', async () => {
    const halfway = failureOf(queue.add('growing', throwing(ended, insert(7))));
    const broken = failureOf(queue.add('growing', throwing(new TypeError('a bug'), insert(8))));
    await Promise.all([write(1), write(2)]);
    expect((await halfway).code).to.equal('SESSION_ENDED');
    expect((await broken).code).to.equal('INTERNAL');
    expect(rows()).to.deep.equal([1, 2]);
  });

  it('add() writes more than a transaction has place for, in the order it was asked', async () => {
    const order: number[] = [];
    const numbers = Array.from({ length: 1_000 }, (_, n) => n);
    const writes = numbers.map(async (n) => {
      await write(n);
      order.push(n);
    });
    await Promise.all(writes);
    expect(order).to.deep.equal(numbers);
    expect(rows().length).to.equal(1_000);
  });

  it('add() refuses growing writes while there is no room, and does ending ones', async () => {
    room.has = false;
    const full = failureOf(write(1));
    await write(2, 'ending');
    expect(await full).to.deep.equal({ code: 'STORAGE_FULL' });
    expect(rows()).to.deep.equal([2]);
  });

  it('add() writes when nothing can be said of the room', async () => {
    room = {
      get has(): boolean {
        throw new Error('The folder is not there');
      },
      toMake: 0,
    };
    await write(1);
    expect(rows()).to.deep.equal([1]);
  });

  it('add() makes room for an ending write, as often as it can', async () => {
    const error = Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
    let failures = 2;
    const sometimes = () => {
      failures -= 1;
      if (failures >= 0) throw error;
      return 'done';
    };
    room.toMake = 2;
    expect(await queue.add('ending', sometimes)).to.equal('done');
    failures = 9;
    expect(await failureOf(queue.add('ending', sometimes))).to.deep.equal({ code: 'STORAGE_FULL' });
    expect(fatal).to.deep.equal([]);
  });

  it('add() answers what goes wrong in making room, and goes on', async () => {
    const error = Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
    room = {
      has: true,
      get toMake(): number {
        throw new Error('The reserve cannot be removed');
      },
    };
    expect(await failureOf(queue.add('ending', throwing(error)))).to.have.property('code');
    await write(1, 'ending');
    expect(rows()).to.deep.equal([1]);
  });

  it('add() stops acknowledging after an I/O error, and says so once', async () => {
    const error = Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
    const unavailable = { code: 'STORE_UNAVAILABLE' };
    const group = [failureOf(write(1)), failureOf(queue.add('ending', throwing(error)))];
    expect(await Promise.all(group)).to.deep.equal([unavailable, unavailable]);
    expect(await failureOf(write(2, 'ending'))).to.deep.equal(unavailable);
    expect(fatal).to.deep.equal([error]);
    expect(queue.failure).to.equal(error);
    expect(rows()).to.deep.equal([]);
  });

  it('add() acknowledges nothing that was committed after an I/O error beside the queue', async () => {
    const commit = connection.commit.bind(connection);
    connection.commit = async () => {
      queue.fail(new Error('disk I/O error'));
      await commit();
    };
    const group = [1, 2].map(async (n) => await failureOf(write(n)));
    const unavailable = { code: 'STORE_UNAVAILABLE' };
    expect(await Promise.all(group)).to.deep.equal([unavailable, unavailable]);
  });

  it('add() leaves others their turn between groups that cannot be written', async () => {
    room.has = false;
    const turns: number[] = [];
    let refused = 0;
    setImmediate(function next() {
      turns.push(refused);
      if (refused < 600) setImmediate(next);
    });
    const writes = Array.from({ length: 600 }, async (_, n) => {
      await failureOf(write(n));
      refused += 1;
    });
    await Promise.all(writes);
    expect(turns.some((count) => count > 0 && count < 600)).to.equal(true);
  });

  it('add() answers STORE_UNAVAILABLE while another process writes, at once for all', async () => {
    const other = new Connection(folder.file('writes.db'));
    other.exec('BEGIN IMMEDIATE');
    const group = [1, 2, 3].map(async (n) => await failureOf(write(n)));
    const unavailable = { code: 'STORE_UNAVAILABLE' };
    expect(await Promise.all(group)).to.deep.equal([unavailable, unavailable, unavailable]);
    other.close();
    await write(4);
    expect(rows()).to.deep.equal([4]);
    expect(fatal).to.deep.equal([]);
  });

  it('transact() has a transaction of its own, in its turn', async () => {
    const order: (number | string)[] = [];
    const { commit, transact } = Connection.prototype;
    connection.commit = async () => {
      order.push('commit');
      await commit.call(connection);
    };
    connection.transact = async (sql) => {
      order.push(sql);
      await transact.call(connection, sql);
    };
    const inserting = 'INSERT INTO t SELECT max(n) + 10 FROM t';
    await Promise.all([
      write(1),
      write(2),
      queue.transact('growing', inserting),
      write(3),
      queue.transact('growing', inserting),
      queue.transact('growing', inserting),
    ]);
    expect(order).to.deep.equal(['commit', inserting, 'commit', inserting, inserting]);
    expect(rows()).to.deep.equal([1, 2, 3, 12, 22, 32]);
  });

  it('transact() keeps nothing of what fails, and the others go on', async () => {
    const failing = queue.transact('growing', 'INSERT INTO t VALUES (7); INSERT INTO t VALUES (7)');
    const failure = failureOf(failing);
    await Promise.all([write(1), write(2)]);
    expect(await failure).to.have.property('code');
    expect(rows()).to.deep.equal([1, 2]);
    expect([fatal, connection.isOccupied]).to.deep.equal([[], false]);
  });

  it('transact() refuses growing writes while there is no room, and does ending ones', async () => {
    room.has = false;
    const full = failureOf(queue.transact('growing', 'INSERT INTO t VALUES (1)'));
    await queue.transact('ending', 'INSERT INTO t VALUES (2)');
    expect(await full).to.deep.equal({ code: 'STORAGE_FULL' });
    expect(rows()).to.deep.equal([2]);
  });

  it('transact() stops all acknowledging after an I/O error, and says so once', async () => {
    const error = Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
    connection.transact = async () => await Promise.reject(error);
    const unavailable = { code: 'STORE_UNAVAILABLE' };
    const writes = [queue.transact('growing', 'SELECT 1'), write(1), queue.transact('ending', '')];
    expect(await Promise.all(writes.map(failureOf))).to.deep.equal(writes.map(() => unavailable));
    expect(fatal).to.deep.equal([error]);
    expect(rows()).to.deep.equal([]);
  });

  it('transact() answers STORE_UNAVAILABLE while another process writes, and the next one writes', async () => {
    const other = new Connection(folder.file('writes.db'));
    other.exec('BEGIN IMMEDIATE');
    const inserting = async (n: number) =>
      await queue.transact('growing', `INSERT INTO t VALUES (${n})`);
    expect(await failureOf(inserting(1))).to.deep.equal({ code: 'STORE_UNAVAILABLE' });
    other.exec('ROLLBACK');
    await inserting(2);
    expect([rows(), fatal]).to.deep.equal([[2], []]);
    other.close();
  });

  it('transact() is done again when the log of a full disk was given up', async () => {
    const error = Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
    const transact = connection.transact.bind(connection);
    let refusals = 1;
    connection.transact = async (sql) => {
      refusals -= 1;
      if (refusals >= 0) throw error;
      await transact(sql);
    };
    room.restarted = true;
    await queue.transact('growing', 'INSERT INTO t VALUES (1)');
    refusals = 2;
    const full = failureOf(queue.transact('growing', 'INSERT INTO t VALUES (2)'));
    expect(await full).to.deep.equal({ code: 'STORAGE_FULL' });
    expect(rows()).to.deep.equal([1]);
  });

  it('close() writes what waits, in whatever way', async () => {
    const writes = [write(1), queue.transact('growing', 'INSERT INTO t VALUES (2)'), write(3)];
    await queue.close();
    await Promise.all(writes);
    expect(rows()).to.deep.equal([1, 2, 3]);
  });

  it('close() writes what waits, and refuses what comes after', async () => {
    const waiting = write(1);
    const closed = queue.close();
    const refused = failureOf(write(2));
    await closed;
    expect(rows()).to.deep.equal([1]);
    await waiting;
    expect(await refused).to.deep.equal({ code: 'STORE_UNAVAILABLE' });
    expect(await failureOf(write(3))).to.deep.equal({ code: 'STORE_UNAVAILABLE' });
  });
});
