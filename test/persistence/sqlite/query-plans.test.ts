import { expect } from 'chai';
import { closeReasons, sessionKinds } from '../../../src/data/version1/words.js';
import type { SessionFilter } from '../../../src/domain/filter.js';
import { Connection } from '../../../src/persistence/sqlite/connection.js';
import {
  countQuery,
  describeFilter,
  pageQuery,
} from '../../../src/persistence/sqlite/list-queries.js';
import { createSchema } from '../../../src/persistence/sqlite/schema.js';
import { t0 } from '../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';

const filters: readonly SessionFilter[] = [
  {},
  { userId: 'ann' },
  { deviceId: 'laptop' },
  { client: 'shop' },
  { address: '127.0.0.1' },
  ...sessionKinds.map((kind) => ({ kind })),
].flatMap((filter) => [filter, { ...filter, active: true }, { ...filter, active: false }]);
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

  it('a reason finds no rows by itself: what is due and unswept has none yet', () => {
    expect(describeFilter({ closeReason: 'idle' })).to.deep.equal({ residual: false });
    expect(describeFilter({ closeReason: 'idle', kind: 'web' })).to.deep.equal({ residual: true });
    expect(describeFilter({ closeReason: 'idle', client: 'shop' })).to.deep.equal({
      driver: { sql: 's.client = ?', values: ['shop'] },
      residual: true,
    });
  });

  for (const filter of [...filters, ...reasons]) {
    for (const after of [undefined, { openTime: t0, id: 'session' }]) {
      const place = after === undefined ? 'first' : 'later';
      it(`a ${place} page is read in the order of an index: ${JSON.stringify(filter)}`, () => {
        const query = { filter, now: t0, selective: false };
        const page = pageQuery(query, { take: 20, ...(after === undefined ? {} : { after }) });
        const plan = planOf(page?.sql ?? '', page?.values ?? []);
        // What is due and unswept comes in the order of its deadlines, and is sorted.
        const sorts = plan.filter((step) => /TEMP B-TREE FOR ORDER BY/.test(step)).length;
        const byDeadline = plan.filter((step) => step.includes('INDEX live_due')).length;
        expect(sorts, plan.join('\n')).to.equal(byDeadline);
        expect(plan.filter((step) => step.startsWith('SCAN'))).to.deep.equal([]);
      });
    }

    it(`a count looks at no other rows: ${JSON.stringify(filter)}`, () => {
      const count = countQuery({ filter, now: t0, selective: false });
      const scans = planOf(count?.sql ?? '', count?.values ?? []).filter((step) =>
        /^SCAN (?!CONSTANT)/.test(step),
      );
      expect(scans).to.deep.equal([]);
    });
  }
});
