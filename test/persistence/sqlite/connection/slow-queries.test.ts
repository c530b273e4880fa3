import { expect } from 'chai';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import { SlowQueries } from '../../../../src/persistence/sqlite/connection/slow-queries.js';
import { failureOf, settle } from '../../../support/failure.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { openFileStore } from '../file-store.js';

const countTo = (last: number) => ({
  sql: `WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < ${last})
        SELECT count(*) FROM c`,
  values: [],
});
/** Runs until it is stopped, for all practical purposes. */
const endless = countTo(Number.MAX_SAFE_INTEGER);
/** Runs for seconds: a test whose turns it takes fails, and does not hang. */
const long = countTo(20_000_000);
const quick = { sql: 'SELECT ? + 1', values: [41] };
const unavailable = { code: 'STORE_UNAVAILABLE' };

describe('SlowQueries', () => {
  let folder: TemporaryFolder;
  let path: string;
  let queries: SlowQueries | undefined;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = folder.file('sessions.db');
    await (await openFileStore(path)).close('test');
  });
  afterEach(async () => {
    await queries?.close();
    await folder.remove();
  });
  const create = (timeoutMs: number, queueLimit: number) => {
    queries = new SlowQueries({ path, timeoutMs, queueLimit });
    return queries;
  };

  it('value() answers the first value', async () => {
    expect(await create(60_000, 8).value(quick)).to.equal(42);
  });

  it('value() lets others have their turn while it runs', async () => {
    const open = create(10_000, 8);
    const running = failureOf(open.value(long));
    const turns = (async () => {
      for (let turn = 0; turn < 4; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return 'turns';
    })();
    expect(await Promise.race([running, turns])).to.equal('turns');
    await open.close();
    expect(await running).to.deep.equal(unavailable);
  });

  it('value() keeps no commit waiting, however many run', async () => {
    const writer = new Connection(path);
    const stores = [1, 2].map(() => new SlowQueries({ path, timeoutMs: 2_000, queueLimit: 8 }));
    const running = stores.flatMap((store) => [store.value(endless), store.value(endless)]);
    const failures = settle(running);
    await new Promise((resolve) => setTimeout(resolve, 100));
    writer.exec('BEGIN IMMEDIATE; PRAGMA user_version = 1');
    const committed = writer.commit().then(() => 'committed');
    expect(await Promise.race([committed, failures])).to.equal('committed');
    await Promise.all(stores.map(async (store) => await store.close()));
    expect((await failures).failures.length).to.equal(4);
    writer.close();
  });

  it('value() stops a query at its deadline, and goes on with what waits', async () => {
    const many = create(500, 8);
    const three = [many.value(endless), many.value(endless), many.value(endless)];
    const { failures } = await settle(three);
    expect(failures).to.deep.equal([unavailable, unavailable, unavailable]);
    expect(await many.value(quick)).to.equal(42);
  });

  it('value() refuses what the queue has no place for', async () => {
    const few = create(60_000, 2);
    const all = [endless, endless, quick, quick].map(async (query) => await few.value(query));
    const settled = settle(all);
    expect(await failureOf(few.value(quick))).to.deep.equal({ code: 'OVERLOADED' });
    await few.close();
    expect((await settled).failures.length).to.equal(4);
  });

  it('close() stops what runs and refuses what comes after', async () => {
    const open = create(60_000, 8);
    const running = failureOf(open.value(endless));
    await open.close();
    expect(await running).to.deep.equal(unavailable);
    expect(await failureOf(open.value(quick))).to.deep.equal(unavailable);
  });

  it('value() cannot write', async () => {
    const writing = { sql: 'DELETE FROM sessions RETURNING n', values: [] };
    expect(await failureOf(create(60_000, 8).value(writing))).to.deep.equal(unavailable);
  });
});
