import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { SessionError } from '../../../../src/errors/session-error.js';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import { WriteQueue } from '../../../../src/persistence/sqlite/connection/write-queue.js';
import { createSchema } from '../../../../src/persistence/sqlite/file/schema.js';
import {
  entryFindings,
  entryTables,
} from '../../../../src/persistence/sqlite/indexes/index-entries.js';
import { readMark } from '../../../../src/persistence/sqlite/indexes/index-mark.js';
import { IndexMerge } from '../../../../src/persistence/sqlite/indexes/index-merge.js';
import { PendingEntries } from '../../../../src/persistence/sqlite/indexes/pending-entries.js';
import { SessionTable } from '../../../../src/persistence/sqlite/sessions/session-table.js';
import { recordOf } from '../../../support/records.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const longestMs = 10_000;

describe('IndexMerge', () => {
  let folder: TemporaryFolder;
  let connection: Connection;
  let pending: PendingEntries;
  let queue: WriteQueue;
  let table: SessionTable;
  let failures: SessionError[];
  let merge: IndexMerge;
  let opened: number;

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    connection = new Connection(folder.file('sessions.db'));
    connection.exec('PRAGMA journal_mode = WAL');
    createSchema(connection);
    const refused = () => false;
    queue = new WriteQueue({
      connection,
      hasRoom: () => true,
      restartLog: refused,
      makeRoom: async () => refused(),
      onFatal: (error) => {
        throw error;
      },
    });
    failures = [];
    opened = 0;
  });
  afterEach(async () => {
    await merge.finish(0);
    await queue.close();
    connection.close();
    await folder.remove();
  });

  const create = (batchSize: number) => {
    pending = new PendingEntries(batchSize);
    table = new SessionTable(connection, { pending });
    const onFailure = (error: SessionError) => failures.push(error);
    merge = new IndexMerge({ connection, queue, pending, onFailure });
    return merge;
  };
  const open = async (count: number, userId?: string) => {
    for (let index = 0; index < count; index += 1) {
      opened += 1;
      const id = `id-${(opened * 37) % 101}-${opened}`;
      const session = recordOf({
        id,
        userId: userId ?? `user-${opened % 7}`,
        address: `${opened}`,
      });
      await queue.add('growing', () => {
        table.insert(session);
        merge.look();
      });
    }
  };
  const counts = () =>
    Object.values(entryTables).map(({ table: name }) =>
      Number(connection.prepare(`SELECT count(*) FROM ${name}`).get()?.[0]),
    );
  const until = async (condition: () => boolean) => {
    while (connection.isOccupied || !condition()) await sleep(5);
  };
  const fillDisk = () =>
    connection.exec(`PRAGMA max_page_count = ${Number(connection.pragma('page_count'))}`);

  it('look() begins nothing before a batch is full', async () => {
    create(8);
    await open(7);
    expect({ counts: counts(), mark: readMark(connection) }).to.deep.equal({
      counts: [0, 0, 0, 0],
      mark: 0,
    });
  });

  it('look() merges a full batch field by field, in the order of the values, while others open', async () => {
    const merged: (readonly number[])[] = [];
    const transact = connection.transact.bind(connection);
    connection.transact = async (sql) => {
      const [, numbers = ''] = /json_each\('(.*?)'\)/.exec(sql) ?? [];
      merged.push(JSON.parse(numbers) as number[]);
      await transact(sql);
    };
    create(8);
    await open(8);
    const batch = Array.from({ length: 8 }, (_, index) => index + 1);
    const by = (column: string) =>
      connection
        .prepare(`SELECT n FROM sessions WHERE n <= 8 ORDER BY ${column}, n`)
        .all()
        .map(([n]) => n);
    while (pending.fresh < 7 || readMark(connection) < 8) {
      await open(1);
      await until(() => true);
    }
    const ofBatch = merged.flat().slice(0, 3 * batch.length);
    expect(ofBatch).to.deep.equal([...by('id'), ...by('user_id'), ...by('address')]);
    expect(readMark(connection)).to.equal(8);
    expect(entryFindings(connection, 9)).to.deep.equal([]);
  });

  it('finish() merges all that waits, and the mark is at the last number', async () => {
    create(100);
    await open(30);
    await merge.finish(longestMs);
    expect({ counts: counts(), mark: readMark(connection), size: pending.size }).to.deep.equal({
      ...{ counts: [30, 30, 0, 30], mark: 30, size: 0 },
    });
    expect(entryFindings(connection, 9)).to.deep.equal([]);
  });

  it('finish() begins nothing after its time: that waits for the next start', async () => {
    create(100);
    await open(30);
    await merge.finish(0);
    expect({ counts: counts(), mark: readMark(connection), size: pending.size }).to.deep.equal({
      ...{ counts: [0, 0, 0, 0], mark: 0, size: 30 },
    });
  });

  it('merges what waits once nothing is written between two looks', async () => {
    await withTimers(async (timers) => {
      create(100);
      await open(3);
      await queue.add('growing', () => undefined);
      timers[0]?.run();
      expect({ counts: counts(), looks: timers.length }).to.deep.equal({
        ...{ counts: [0, 0, 0, 0], looks: 2 },
      });
      timers[1]?.run();
      while (timers.length < 3) await nextTurn();
      expect(counts()).to.deep.equal([3, 0, 0, 0]);
      expect(timers[2]?.ms).to.be.below(timers[1]?.ms ?? 0);
    });
  });

  it('merges what waits at the first look when one session was added, and nothing since', async () => {
    await withTimers(async (timers) => {
      create(100);
      await open(1);
      timers[0]?.run();
      while (timers.length < 2) await nextTurn();
      expect(counts()).to.deep.equal([1, 0, 0, 0]);
    });
  });

  it('writes part after part, unasked, while the next batch is nearly full', async () => {
    await withTimers(async () => {
      create(8);
      await open(15);
      await until(() => readMark(connection) === 8);
      expect(counts()).to.deep.equal([8, 8, 0, 8]);
    });
  });

  it('has all entries of sessions whose first transaction was lost when a merge began in it', async () => {
    create(8);
    await open(7);
    const add = (id: string) => () => {
      table.insert(recordOf({ id, userId: 'user-lost' }));
      merge.look();
    };
    const broken = () => {
      table.insert(recordOf({ id: 'broken' }));
      throw new Error('broken');
    };
    const writes = [add('one'), broken, add('two')].map(
      async (run) => await queue.add('growing', run).catch(() => undefined),
    );
    await Promise.all(writes);
    await open(20);
    await merge.finish(longestMs);
    expect(entryFindings(connection, 9)).to.deep.equal([]);
    expect(counts().slice(0, 2)).to.deep.equal([29, 29]);
    expect([table.has('one'), table.has('broken'), table.has('two')]).to.deep.equal([
      ...[true, false, true],
    ]);
    const last = Number(connection.prepare('SELECT max(n) FROM sessions').get()?.[0]);
    expect(readMark(connection)).to.equal(last);
  });

  it('merges what waits when nothing more is written', async () => {
    create(100);
    await open(10);
    await until(() => pending.size === 0);
    expect({ counts: counts(), mark: readMark(connection) }).to.deep.equal({
      ...{ counts: [10, 10, 0, 10], mark: 10 },
    });
  });

  it('the mark passes sessions that were removed, or whose transaction was lost', async () => {
    create(100);
    await open(5);
    await queue.add('ending', () => table.remove(2));
    const lost = () => {
      table.insert(recordOf({ id: 'lost' }));
      throw new Error('lost');
    };
    await queue.add('growing', lost).catch(() => undefined);
    await merge.finish(longestMs);
    expect(counts()).to.deep.equal([4, 4, 0, 4]);
    expect(readMark(connection)).to.be.above(5);
    expect(entryFindings(connection, 9)).to.deep.equal([]);
  });

  it('goes on where it was when the disk was full, and says it once', async () => {
    create(4_000);
    const long = 'x'.repeat(200);
    for (let n = 0; n < 40; n += 1) await open(8, `${long}${n}`);
    fillDisk();
    await merge.finish(longestMs);
    expect(failures.map(({ code }) => code)).to.deep.equal(['STORAGE_FULL']);
    expect(readMark(connection)).to.equal(0);
    await merge.finish(longestMs);
    expect(failures.length).to.equal(1);
    connection.exec('PRAGMA max_page_count = 1000000');
    await merge.finish(longestMs);
    expect({ counts: counts(), mark: readMark(connection) }).to.deep.equal({
      ...{ counts: [320, 320, 0, 320], mark: 320 },
    });
    expect(entryFindings(connection, 9)).to.deep.equal([]);
  });

  it('tries again by itself what a full disk refused, when there is room', async () => {
    create(4_000);
    await open(300);
    fillDisk();
    await until(() => failures.length > 0);
    connection.exec('PRAGMA max_page_count = 1000000');
    await until(() => pending.size === 0);
    expect(readMark(connection)).to.equal(300);
    expect(failures.length).to.equal(1);
  });

  it('entries of a value with a long list are written with their session', async () => {
    create(4_000);
    await open(256, 'many');
    expect(counts()).to.deep.equal([0, 0, 0, 0]);
    await open(3, 'many');
    expect(counts()).to.deep.equal([0, 3, 0, 0]);
    await merge.finish(longestMs);
    expect(counts()).to.deep.equal([259, 259, 0, 259]);
    expect(entryFindings(connection, 9)).to.deep.equal([]);
  });
});

/** A timer that was set; it does not run by itself. */
interface Timer {
  readonly run: () => void;
  readonly ms: number;
}

async function withTimers(body: (timers: readonly Timer[]) => Promise<void>): Promise<void> {
  const timers: Timer[] = [];
  const { setTimeout: timeout } = globalThis;
  globalThis.setTimeout = ((run: () => void, ms: number) => {
    timers.push({ run, ms });
    return { unref: () => timers };
  }) as never;
  try {
    await body(timers);
  } finally {
    globalThis.setTimeout = timeout;
  }
}

async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
