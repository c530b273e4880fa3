import { mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import { Checkpointer } from '../../../../src/persistence/sqlite/file/checkpointer.js';
import { openDatabase } from '../../../../src/persistence/sqlite/file/open-database.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { mountSmall, remount, unmount } from './small-file-system.js';

describe('Checkpointer', () => {
  let folder: TemporaryFolder;
  let path: string;
  let writer: Connection;
  let checkpointer: Checkpointer;
  let fatal: unknown[];
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    fatal = [];
  });
  afterEach(async () => await folder.remove());

  function start(file: string): void {
    path = file;
    writer = openDatabase(path);
    writer.exec('CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)');
    checkpointer = new Checkpointer({ path, writer, onFatal: (error) => fatal.push(error) });
  }
  async function stop(): Promise<void> {
    await checkpointer.close();
    writer.close();
  }
  const write = async (n: number, text: string) => {
    writer.exec('BEGIN IMMEDIATE');
    writer.prepare('INSERT INTO t VALUES (?, ?)').run(n, text);
    await writer.commit();
  };
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await sleep(10);
  };

  describe('on a disk with room', () => {
    beforeEach(() => start(folder.file('a.db')));
    afterEach(stop);

    it('brings what was written into the database by itself, and what comes later too', async () => {
      for (const [n, text] of ['the first text', 'the second text'].entries()) {
        await write(n, text);
        await until(() => readFileSync(path).includes(text));
      }
      expect(checkpointer.hasRoom()).to.equal(true);
      expect(fatal).to.deep.equal([]);
    });

    it('brings what is in the log at its start into the database, before anything is written', async () => {
      await until(() => readFileSync(path).includes('CREATE TABLE t'));
    });

    it('brings a transaction into the database that was open when it looked', async () => {
      writer.exec('BEGIN IMMEDIATE');
      writer.prepare('INSERT INTO t VALUES (?, ?)').run(0, 'the open text');
      await sleep(700);
      await writer.commit();
      await until(() => readFileSync(path).includes('the open text'));
    });

    it('restartLog() has the log written again from its beginning', async () => {
      const logSize = () => statSync(`${path}-wal`).size;
      await write(0, 'x'.repeat(100_000));
      const size = logSize();
      // It does not wait for a run of the thread for longer than a tenth of a second.
      await until(() => checkpointer.restartLog(true));
      await write(1, 'y'.repeat(50_000));
      expect(logSize()).to.equal(size);
    });

    it("keeps the log's room that load needs, and gives back what a long reader made of it", async () => {
      const mebibyte = 1_048_576;
      const logSize = () => statSync(`${path}-wal`).size / mebibyte;
      const reader = new Connection(path, { readOnly: true });
      for (const [n, size] of [80, 120].entries()) {
        reader.exec('BEGIN');
        reader.prepare('SELECT count(*) FROM t').get();
        await write(2 * n, 'x'.repeat(size * mebibyte));
        expect(logSize()).to.be.within(size, size + 1);
        reader.exec('ROLLBACK');
        await until(() => checkpointer.restartLog(true));
        await write(2 * n + 1, 'written from the beginning of the log');
        expect(logSize()).to.be.within(Math.min(size, 96), Math.min(size + 1, 96));
      }
      reader.close();
    });

    it('removeLog() gives its room back', async () => {
      await write(0, 'x'.repeat(100_000));
      await until(() => checkpointer.removeLog());
      expect(statSync(`${path}-wal`).size).to.equal(0);
    });

    it('says so when the log cannot be read any more', async () => {
      // The run of the start is over.
      await until(() => readFileSync(path).includes('CREATE TABLE t'));
      await write(0, 'x'.repeat(100_000));
      truncateSync(`${path}-wal`, 50_000);
      await until(() => fatal.length > 0);
      expect(String(fatal[0])).to.match(/disk I\/O error/);
    });

    it('restartLog() says so when a reader needs the log, and waits with the next', async () => {
      const reader = new Connection(path, { readOnly: true });
      await write(0, 'before');
      reader.exec('BEGIN');
      reader.prepare('SELECT count(*) FROM t').get();
      await write(1, 'after');
      expect(checkpointer.restartLog()).to.equal(false);
      reader.exec('ROLLBACK');
      expect(checkpointer.restartLog()).to.equal(false);
      await until(() => checkpointer.restartLog(true));
      expect(checkpointer.restartLog()).to.equal(true);
      reader.close();
    });

    it('brings the log into the database by itself when a reader has ended', async () => {
      const reader = new Connection(path, { readOnly: true });
      reader.exec('BEGIN');
      reader.prepare('SELECT count(*) FROM t').get();
      await write(0, 'the only text');
      await sleep(700);
      expect(readFileSync(path).includes('the only text')).to.equal(false);
      reader.exec('ROLLBACK');
      await until(() => readFileSync(path).includes('the only text'));
      reader.close();
    });
  });

  it('hasRoom() is false while the disk has no room for what the log holds', async function () {
    const mounted = folder.file('small');
    mkdirSync(mounted);
    if (!mountSmall(mounted, 'size=4m')) this.skip();
    try {
      start(`${mounted}/a.db`);
      await write(0, 'x'.repeat(2_300_000));
      await until(() => !checkpointer.hasRoom());
      expect(writer.prepare('SELECT count(*) FROM t').get()).to.deep.equal([1]);
      remount(mounted, 'size=20m');
      await until(() => checkpointer.hasRoom());
      expect(statSync(path).size).to.be.above(2_300_000);
      expect(fatal).to.deep.equal([]);
      await stop();
    } finally {
      unmount(mounted);
    }
  });
});
