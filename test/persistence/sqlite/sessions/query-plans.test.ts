import { expect } from 'chai';
import { closeReasons, sessionKinds } from '../../../../src/data/version1/words.js';
import type { SessionFilter } from '../../../../src/domain/filter.js';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import { SlowQueries } from '../../../../src/persistence/sqlite/connection/slow-queries.js';
import { createSchema } from '../../../../src/persistence/sqlite/file/schema.js';
import { PendingEntries } from '../../../../src/persistence/sqlite/indexes/pending-entries.js';
import {
  countQuery,
  describeFilter,
  pageQuery,
  sessionPageColumns,
} from '../../../../src/persistence/sqlite/sessions/list-queries.js';
import { SessionLists } from '../../../../src/persistence/sqlite/sessions/session-lists.js';
import { t0 } from '../../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const filters: readonly SessionFilter[] = [
  {},
  { userId: 'ann' },
  { deviceId: 'laptop' },
  { client: 'shop' },
  { address: '127.0.0.1' },
  ...sessionKinds.map((kind) => ({ kind })),
].flatMap((filter) => [filter, { ...filter, active: true }, { ...filter, active: false }]);
const byNumbers = 'SCAN j VIRTUAL TABLE INDEX 1:';
const byRowNumber = 'SEARCH s USING INTEGER PRIMARY KEY (rowid=?)';
const places = { first: {}, later: { after: { openTime: t0, id: 'session' } } } as const;
/** Filters whose entries may wait, and the condition by which those that are merged are found. */
const waiting = [
  [{ id: 'session' }, /^SEARCH k USING PRIMARY KEY \(id=\?\)$/],
  [{ userId: 'ann' }, /^SEARCH k USING PRIMARY KEY \(user_id=\? AND active=\?/],
  [{ deviceId: 'laptop' }, /^SEARCH k USING PRIMARY KEY \(device_id=\? AND active=\?/],
  [{ address: '127.0.0.1' }, /^SEARCH k USING PRIMARY KEY \(address=\? AND active=\?/],
] as const satisfies readonly (readonly [SessionFilter, RegExp])[];
const reasons = closeReasons.map((closeReason) => ({ closeReason }));

describe('the plans of the queries of lists', () => {
  let folder: TemporaryFolder;
  let connection: Connection;
  before(async () => {
    folder = await createTemporaryFolder();
    connection = new Connection(folder.file('plans.db'));
    createSchema(connection);
  });
  after(async () => {
    connection.close();
    await folder.remove();
  });

  const planOf = (sql: string, values: readonly (string | number | Buffer | null)[]) =>
    connection
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...values)
      .map((row) => String(row.at(-1)));

  /** The texts that are asked of the connection until it is stopped. */
  const spyOnQueries = () => {
    const texts: string[] = [];
    const { prepare } = connection;
    connection.prepare = (sql) => {
      texts.push(sql);
      return prepare.call(connection, sql);
    };
    return {
      texts,
      stop: () => {
        connection.prepare = prepare;
      },
    };
  };

  it('a reason finds no rows by itself: what is due and unswept has none yet', () => {
    expect(describeFilter({ closeReason: 'idle' })).to.deep.equal({ residual: false });
    expect(describeFilter({ closeReason: 'idle', kind: 'web' })).to.deep.equal({ residual: true });
    expect(describeFilter({ closeReason: 'idle', client: 'shop' })).to.deep.equal({
      driver: { sql: 'FROM sessions WHERE client = ?', values: ['shop'] },
      residual: true,
    });
  });

  for (const filter of [...filters, ...reasons]) {
    for (const place of Object.keys(places)) {
      it(`a ${place} page is read in the order of an index: ${JSON.stringify(filter)}`, () => {
        const query = { filter, now: t0, selective: false, pending: [] };
        const page = pageQuery(query, pageOf(place));
        const plan = planOf(page?.sql ?? '', page?.values ?? []);
        // What is due and unswept comes in the order of its deadlines, and is sorted.
        const sorts = plan.filter((step) => /TEMP B-TREE FOR ORDER BY/.test(step)).length;
        const byDeadline = plan.filter((step) => step.includes('INDEX live_due')).length;
        expect(sorts, plan.join('\n')).to.equal(byDeadline);
        expect(plan.filter((step) => step.startsWith('SCAN'))).to.deep.equal([]);
      });
    }

    it(`a count looks at no other rows: ${JSON.stringify(filter)}`, () => {
      const count = countQuery({ filter, now: t0, selective: false, pending: [] });
      const scans = planOf(count?.sql ?? '', count?.values ?? []).filter((step) =>
        /^SCAN (?!CONSTANT)/.test(step),
      );
      expect(scans).to.deep.equal([]);
    });
  }

  for (const filter of [{}, { userId: 'ann' }, { deviceId: 'laptop' }, { client: 'shop' }]) {
    it(`a page without what beats move does not look for it: ${JSON.stringify(filter)}`, () => {
      const query = { filter, now: t0, selective: true, pending: [7, 8, 9] };
      const reads = (columns?: readonly string[]) => {
        const page = pageQuery(query, { take: 20 }, columns);
        return planOf(page?.sql ?? '', page?.values ?? []).filter((step) => / l /.test(step))
          .length;
      };
      expect(reads()).to.be.at.least(2);
      expect(reads(sessionPageColumns)).to.equal(0);
    });
  }

  it('the total of a slow page is asked at once, not after the wait: a commit may be under way', async () => {
    const pending = new PendingEntries(1);
    const slow = new SlowQueries({
      path: folder.file('plans.db'),
      timeoutMs: 2_000,
      queueLimit: 1,
    });
    const asked = spyOnQueries();
    const lists = new SessionLists(connection, { slow, pending, quickRows: 100 });
    const query = { filter: { userId: 'ann' }, now: t0, take: 20, skip: 2_000, total: true };
    const page = lists.page(query);
    const atOnce = [...asked.texts];
    expect((await page).total).to.equal(0);
    asked.stop();
    await slow.close();
    expect(atOnce.length).to.equal(2);
    expect(asked.texts).to.deep.equal(atOnce);
  });

  it('the look whether few rows are merged is at few rows, however many wait', async () => {
    const pending = new PendingEntries(1_000);
    for (let n = 1; n <= 300; n += 1) pending.recover(n, { id: `s${n}`, userId: 'ann' });
    const slow = new SlowQueries({ path: folder.file('plans.db'), timeoutMs: 100, queueLimit: 1 });
    const asked = spyOnQueries();
    const lists = new SessionLists(connection, { slow, pending, quickRows: 100 });
    await lists.page({ filter: { userId: 'ann' }, now: t0, take: 20 });
    asked.stop();
    await slow.close();
    // SQLite takes a limit below zero for none.
    expect(asked.texts.filter((sql) => sql.includes('LIMIT -'))).to.deep.equal([]);
  });

  for (const [condition, merged] of waiting) {
    for (const active of [{}, { active: true }, { active: false }]) {
      const filter: SessionFilter = { ...condition, ...active };
      const query = { filter, now: t0, selective: false, pending: [7, 8, 9] };
      const steps = (name: string) => {
        const found = name === 'count' ? countQuery(query) : pageQuery(query, pageOf(name));
        return planOf(found?.sql ?? '', found?.values ?? []);
      };

      for (const name of [...Object.keys(places), 'count']) {
        it(`of what waits only its numbers are read, ${name}: ${JSON.stringify(filter)}`, () => {
          const plan = steps(name);
          const scans = plan.filter((step) => /^SCAN (?!CONSTANT)/.test(step));
          expect(new Set(scans), plan.join('\n')).to.deep.equal(new Set([byNumbers]));
          const rows = plan.filter((step) => /^(SEARCH|SCAN) s /.test(step));
          expect(new Set(rows)).to.deep.equal(new Set([byRowNumber]));
          const entries = plan.filter((step) => /^(SEARCH|SCAN) k /.test(step));
          expect(entries.length).to.be.at.least(1);
          expect(entries.filter((step) => !merged.test(step))).to.deep.equal([]);
          // A count has no order, and neither has the one session of an id.
          if (name === 'count' || filter.id !== undefined) return;
          // What is merged comes in the order of its primary key, and is not sorted.
          const sorts = plan.filter((step) => step === 'USE TEMP B-TREE FOR ORDER BY').length;
          const byDeadline = plan.filter((step) => step.includes('INDEX live_due')).length;
          expect(sorts, plan.join('\n')).to.equal(scans.length + byDeadline);
        });
      }
    }
  }
});

function pageOf(name: string) {
  return { take: 20, ...places[name as keyof typeof places] };
}
