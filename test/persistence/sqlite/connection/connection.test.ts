import { expect } from 'chai';
import { SessionError } from '../../../../src/errors/session-error.js';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

describe('Connection', () => {
  let folder: TemporaryFolder;
  let connection: Connection;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    connection = new Connection(folder.file('values.db'));
  });
  afterEach(async () => {
    connection.close();
    await folder.remove();
  });

  for (const value of [true, undefined, new Date(), new Uint8Array(1), {}, [], Number.NaN, 1n]) {
    const name = Object.prototype.toString.call(value);
    it(`prepare() refuses a parameter that would end the process: ${name}`, () => {
      const statement = connection.prepare('SELECT ?');
      expect(() => statement.get(value as never)).to.throw(TypeError, 'SQLite cannot hold');
    });
  }

  for (const value of ['a\0b', 'a\ud800b']) {
    it(`prepare() refuses text that SQLite would change: ${JSON.stringify(value)}`, () => {
      const statement = connection.prepare('SELECT ?');
      expect(() => statement.get(value))
        .to.throw(SessionError)
        .with.property('code', 'INVALID_DATA');
    });
  }

  it('prepare() gives back what it was given', () => {
    const values = ['Zoë 😀', '', 9_007_199_254_740_991, -1, 0.5, null, Buffer.from([0, 255])];
    const statement = connection.prepare('SELECT ?');
    expect(values.map((value) => statement.get(value)?.[0])).to.deep.equal(values);
  });

  it('a commit that failed is not over until it is rolled back: nobody may read what was lost', async () => {
    connection.exec(`PRAGMA foreign_keys = ON;
      CREATE TABLE one (n INTEGER PRIMARY KEY);
      CREATE TABLE other (n REFERENCES one DEFERRABLE INITIALLY DEFERRED)`);
    connection.exec('BEGIN IMMEDIATE; INSERT INTO other VALUES (1)');
    const caught = await connection.commit().catch((error: unknown) => error);
    expect(String(caught)).to.match(/FOREIGN KEY/i);
    expect([connection.inTransaction, connection.isOccupied]).to.deep.equal([true, true]);
    connection.rollBack();
    expect([connection.inTransaction, connection.isOccupied]).to.deep.equal([false, false]);
    expect(connection.commits).to.equal(0);
  });

  it('transact() has it all in one transaction, on another thread', async () => {
    connection.exec('CREATE TABLE t (n INTEGER PRIMARY KEY)');
    const done = connection.transact('INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)');
    expect(connection.isOccupied).to.equal(true);
    await done;
    expect([connection.inTransaction, connection.isOccupied]).to.deep.equal([false, false]);
    const failing = connection.transact('INSERT INTO t VALUES (3); INSERT INTO t VALUES (1)');
    expect(String(await failing.catch((error: unknown) => error))).to.match(/UNIQUE/);
    expect([connection.inTransaction, connection.isOccupied]).to.deep.equal([true, true]);
    connection.rollBack();
    expect([connection.inTransaction, connection.isOccupied]).to.deep.equal([false, false]);
    expect(connection.prepare('SELECT n FROM t').all()).to.deep.equal([[1], [2]]);
    expect(connection.commits).to.equal(1);
  });

  it('a read-only connection does not write, and makes no file', () => {
    const path = folder.file('absent.db');
    expect(() => new Connection(path, { readOnly: true })).to.throw(/Unable to open/);
    const reading = new Connection(folder.file('values.db'), { readOnly: true });
    expect(() => reading.exec('CREATE TABLE t (n)')).to.throw(/readonly/);
    reading.close();
  });

  it('opens a file whose name would mean something in a URI', () => {
    const name = 'mode=ro&a%20b?c#d.db';
    new Connection(folder.file(name)).close();
    new Connection(folder.file(name), { readOnly: true }).close();
  });
});
