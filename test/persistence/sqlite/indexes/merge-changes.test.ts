import { expect } from 'chai';
import type { SessionFilter } from '../../../../src/domain/filter.js';
import type { SessionSummary } from '../../../../src/domain/session.js';
import { verifyDatabase } from '../../../../src/persistence/sqlite/file/verify-database.js';
import type { SqliteSessionPersistence } from '../../../../src/persistence/sqlite/sqlite-session-persistence.js';
import { minute, openedSession, openInput, t0 } from '../../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { openFileStore } from '../file-store.js';
import { KeptSessions } from '../kept-sessions.js';
import { type IndexState, indexStateOf, openUntilMerged, openUntilSpread } from './index-state.js';

type Change = (
  kept: KeptSessions,
  store: SqliteSessionPersistence,
  state: IndexState,
) => Promise<void>;

/** One session whose entries are merged, one whose are being merged, two that wait. */
function oneOfEach(kept: KeptSessions, { mark, merged }: IndexState): readonly string[] {
  return [mark - 1, merged - 1, merged, merged + 1].map((index) => kept.ids[index] as string);
}

const changes: Readonly<Record<string, Change>> = {
  'closeSession()': async (kept, store, state) => await kept.close(store, oneOfEach(kept, state)),
  'deleteSession()': async (kept, store, state) => await kept.remove(store, oneOfEach(kept, state)),
  'closeSession() and then deleteSession()': async (kept, store, state) => {
    await kept.close(store, oneOfEach(kept, state));
    await kept.remove(store, oneOfEach(kept, state));
  },
  'closeUserSessions()': async (kept, store) => {
    await kept.closeUser(store, 'ann');
    await kept.closeUser(store, 'bob');
  },
  'deleteUserSessions()': async (kept, store) => {
    await kept.removeUser(store, 'ann');
    await kept.removeUser(store, 'cy');
  },
  'closeExpired()': async (kept, store) => {
    kept.now = t0 + 30 * minute;
    await kept.assertIn(store);
    await kept.sweep(store);
  },
  'prune()': async (kept, store, state) => {
    await kept.close(store, oneOfEach(kept, state));
    kept.now += minute;
    await kept.prune(store);
  },
};

describe('changes of sessions whose entries of indexes are merged, are being merged, and wait', () => {
  let folder: TemporaryFolder;
  let path: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = folder.file('sessions.db');
  });
  afterEach(async () => await folder.remove());
  const findings = async () => (await verifyDatabase(path)).findings;

  for (const settings of [
    { 'options.merge_rows': 8 },
    { 'options.merge_rows': 8, 'options.quick_rows': 0 },
  ]) {
    describe(`with ${JSON.stringify(settings)}`, () => {
      for (const [name, change] of Object.entries(changes)) {
        it(`${name} is seen at once, after the merge, and after a start`, async () => {
          const store = await openFileStore(path, settings);
          const kept = new KeptSessions();
          const state = await openUntilSpread(store, path, { kept });
          await change(kept, store, state);
          await kept.assertIn(store);
          await openUntilMerged(store, path, { kept, mark: state.last });
          await kept.assertIn(store);
          expect(await findings()).to.deep.equal([]);
          await store.close('test');
          const again = await openFileStore(path, settings);
          await kept.assertIn(again);
          await again.close('test');
          expect(await findings()).to.deep.equal([]);
        });
      }
    });
  }

  it('openSession() with a limit counts and ends sessions that wait', async () => {
    const store = await openFileStore(path, { 'options.merge_rows': 8 });
    const kept = new KeptSessions();
    await openUntilSpread(store, path, { kept });
    const anns = kept.list({ userId: 'ann', active: true }).map(({ id }) => id);
    const limit = { max: anns.length, policy: 'end_oldest', kinds: ['rpc'] } as const;
    for (const id of ['new-1', 'new-2', 'new-3']) {
      await store.openSession(openInput({ id }, { now: kept.now, limit }));
    }
    const filter = { userId: 'ann', active: true };
    const page = await store.listSessions({ filter, now: kept.now, take: 100, total: true });
    const left = [...anns.slice(0, -3), 'new-1', 'new-2', 'new-3'].toSorted();
    expect(page.sessions.map(({ id }) => id).toSorted()).to.deep.equal(left);
    expect(page.total).to.equal(anns.length);
    await store.close('test');
    expect(await findings()).to.deep.equal([]);
  });

  it('openSession() takes the id of a deleted session again, wherever its entry was', async () => {
    const store = await openFileStore(path, { 'options.merge_rows': 8 });
    const kept = new KeptSessions();
    const ids = oneOfEach(kept, await openUntilSpread(store, path, { kept }));
    await kept.remove(store, ids);
    for (const id of ids) await openedSession(store, { id, userId: 'dora' }, kept.now);
    const dora = async (of: SqliteSessionPersistence) => {
      const found = await Promise.all(ids.map(async (id) => await of.getSession(id, kept.now)));
      return found.map((session) => session?.userId);
    };
    expect(await dora(store)).to.deep.equal(ids.map(() => 'dora'));
    const { last } = indexStateOf(path);
    await openUntilMerged(store, path, { kept, mark: last });
    expect(await dora(store)).to.deep.equal(ids.map(() => 'dora'));
    expect(await store.countSessions({ userId: 'dora' }, kept.now)).to.equal(ids.length);
    await store.close('test');
    expect(await findings()).to.deep.equal([]);
  });

  for (const quickRows of [256, 0]) {
    for (const filter of [{ userId: 'ann' }, { deviceId: 'laptop' }, { address: '127.0.0.1' }]) {
      const paged = `${JSON.stringify(filter)}, quick_rows ${quickRows}`;
      it(`listSessions() neither misses nor repeats a session while merges go on: ${paged}`, async () => {
        const settings = { 'options.merge_rows': 8, 'options.quick_rows': quickRows };
        const store = await openFileStore(path, settings);
        const kept = new KeptSessions();
        const { entries } = await openUntilSpread(store, path, { kept, least: 40 });
        const all = kept.list(filter);
        const pages = await readWhile(store, { filter, now: kept.now }, async () => {
          await openedSession(store, { userId: 'dora' }, kept.now);
        });
        expect(pages).to.deep.equal(all);
        expect(indexStateOf(path).entries).to.be.above(entries + 20);
        await store.close('test');
      });
    }
  }
});

/** All pages of two sessions, with something that is done between them. */
async function readWhile(
  store: SqliteSessionPersistence,
  query: { readonly filter: SessionFilter; readonly now: number },
  between: () => Promise<void>,
): Promise<readonly SessionSummary[]> {
  const rows: SessionSummary[] = [];
  for (;;) {
    const last = rows.at(-1);
    const after = last === undefined ? {} : { after: { openTime: last.openTime, id: last.id } };
    const page = await store.listSessions({ ...query, ...after, take: 2 });
    rows.push(...page.sessions);
    if (!page.more) return rows;
    for (let count = 0; count < 3; count += 1) await between();
  }
}
