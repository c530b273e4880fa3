import { expect } from 'chai';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import { PendingEntries } from '../../../../src/persistence/sqlite/indexes/pending-entries.js';
import { recoverPending } from '../../../../src/persistence/sqlite/indexes/recover-pending.js';
import { openInput } from '../../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { copyAsKilled, openFileStore } from '../file-store.js';
import { indexStateOf } from './index-state.js';

/** From here on the entries of a value are written at once. */
const longestList = 256;

describe('recoverPending()', () => {
  let folder: TemporaryFolder;
  let killed: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    killed = folder.file('killed.db');
    const path = folder.file('sessions.db');
    const store = await openFileStore(path);
    const open = async (_: unknown, n: number) =>
      await store.openSession(openInput({ id: `s${n}`, userId: 'ann', address: `a${n}` }));
    await Promise.all(Array.from({ length: longestList + 50 }, open));
    copyAsKilled(path, killed);
    await store.close('test');
    expect(indexStateOf(killed)).to.deep.include({ mark: 0, entries: 50 });
  });
  afterEach(async () => await folder.remove());
  const recovered = (batchSize: number) => {
    const pending = new PendingEntries(batchSize);
    const connection = new Connection(killed);
    recoverPending(connection, pending, (error) => {
      throw error;
    });
    connection.close();
    return pending;
  };

  it('lets wait what has no entry, and nothing that has one', () => {
    const pending = recovered(1_000);
    expect(pending.numbers('userId', 'ann').length).to.equal(longestList);
    expect(pending.size).to.equal(longestList + 50);
    for (const n of [0, longestList + 49]) {
      expect(pending.numbers('id', `s${n}`)).to.deep.equal([n + 1]);
      expect(pending.numbers('address', `a${n}`)).to.deep.equal([n + 1]);
    }
  });

  it('takes all that has no entry, also when more waits than may', () => {
    const pending = recovered(20);
    expect(pending.numbers('userId', 'ann').length).to.equal(longestList);
    expect(pending.numbers('id', `s${longestList}`)).to.deep.equal([longestList + 1]);
    expect(pending.beginMerge().lastNumber).to.equal(longestList + 50);
  });
});
