import { expect } from 'chai';
import { verifyDatabase } from '../../../../src/persistence/sqlite/file/verify-database.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { copyAsKilled, openFileStore } from '../file-store.js';
import { KeptSessions } from '../kept-sessions.js';
import { type IndexState, indexStateOf, untilMerged } from './index-state.js';

/** What a kill at some moment leaves, and what was acknowledged before. */
interface Killed {
  readonly path: string;
  readonly kept: KeptSessions;
}

const settings = { 'options.merge_rows': 6 };

describe('a kill while entries of indexes are merged', () => {
  let folder: TemporaryFolder;
  let killed: Killed[];
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    killed = await copiesOf(folder);
  });
  afterEach(async () => await folder.remove());

  it('was tried before, during and after merges, with some sessions that wait and with none', () => {
    const states = killed.map(({ path }) => indexStateOf(path));
    const count = (condition: (state: IndexState) => boolean) => states.filter(condition).length;
    expect(count(({ mark, merged }) => mark === 0 && merged === 0)).to.be.at.least(5);
    expect(count(({ mark, merged }) => mark < merged)).to.be.at.least(5);
    expect(count(({ merged, last }) => merged < last)).to.be.at.least(5);
    expect(count(({ mark, last }) => mark >= last)).to.be.at.least(1);
  });

  it('open() has all that was acknowledged, by id, in every list and for whole users', async () => {
    for (const { path, kept } of killed) {
      const store = await openFileStore(path, settings);
      await kept.assertIn(store);
      await kept.closeUser(store, 'ann');
      await kept.removeUser(store, 'bob');
      await kept.assertIn(store);
      await store.close('test');
      expect((await verifyDatabase(path)).findings).to.deep.equal([]);
    }
  });

  it('a second kill, soon after the start that followed, loses nothing either', async () => {
    const first = killed.filter((_, index) => index % 3 === 0);
    for (const [index, { path, kept }] of first.entries()) {
      const store = await openFileStore(path, settings);
      await kept.open(store, 2);
      const copy = folder.file(`second-${index}.db`);
      copyAsKilled(path, copy);
      await store.close('test');
      const again = await openFileStore(copy, settings);
      await kept.assertIn(again);
      await again.close('test');
      expect((await verifyDatabase(copy)).findings).to.deep.equal([]);
    }
  });
});

/** Opens, closes and deletes, and keeps what a kill after each acknowledgement would leave. */
async function copiesOf(folder: TemporaryFolder): Promise<Killed[]> {
  const path = folder.file('sessions.db');
  const store = await openFileStore(path, settings);
  const kept = new KeptSessions();
  const killed: Killed[] = [];
  const keep = () => {
    const copy = folder.file(`killed-${killed.length}.db`);
    copyAsKilled(path, copy);
    killed.push({ path: copy, kept: kept.copy() });
  };
  for (let step = 0; step < 32; step += 1) {
    await kept.open(store);
    const [closed, removed] = [kept.ids.at(-2), kept.ids.at(-step)];
    if (step % 6 === 4 && closed !== undefined) await kept.close(store, [closed]);
    if (step % 8 === 5 && removed !== undefined) await kept.remove(store, [removed]);
    keep();
  }
  await untilMerged(path);
  keep();
  await store.close('test');
  return killed;
}
