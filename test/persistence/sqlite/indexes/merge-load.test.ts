import { expect } from 'chai';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import { verifyDatabase } from '../../../../src/persistence/sqlite/file/verify-database.js';
import type { SqliteSessionPersistence } from '../../../../src/persistence/sqlite/sqlite-session-persistence.js';
import { settle } from '../../../support/failure.js';
import { openInput, t0 } from '../../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { openFileStore, openLogged } from '../file-store.js';
import { indexStateOf } from './index-state.js';

const mergeRows = 64;
const settings = { 'options.merge_rows': mergeRows };

describe('merges of entries of indexes under load', () => {
  let folder: TemporaryFolder;
  let path: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = folder.file('sessions.db');
  });
  afterEach(async () => await folder.remove());

  for (const waiting of [0, 40, 63, 70]) {
    it(`close() with ${waiting} sessions that wait loses none that are opened meanwhile`, async () => {
      const { store, lines } = await openLogged(path, settings);
      await Promise.all(open(store, 'waits', waiting));
      const opening = settle(open(store, 'late', 200));
      await store.close('test');
      expect((await opening).failures).to.deep.equal([]);
      expect((await verifyDatabase(path)).findings).to.deep.equal([]);
      expect(lines).to.deep.equal([]);
      const again = await openFileStore(path, settings);
      for (const [name, count] of [
        ['waits', waiting],
        ['late', 200],
      ] as const) {
        for (let n = 0; n < count; n += 1) {
          expect((await again.getSession(`${name}-${n}`, t0))?.id).to.equal(`${name}-${n}`);
          const filter = { userId: `user-of-${name}-${n}` };
          expect(await again.countSessions(filter, t0), filter.userId).to.equal(1);
        }
      }
      await again.close('test');
    });
  }

  it('openSession() is answered when the part that it made due has begun', async () => {
    const store = await openFileStore(path, settings);
    const events: string[] = [];
    const { transact } = Connection.prototype;
    Connection.prototype.transact = async function (sql) {
      events.push('begun');
      await transact.call(this, sql);
    };
    try {
      for (const name of ['first', 'second']) {
        await Promise.all(open(store, name, mergeRows / 2));
        events.push(name);
      }
    } finally {
      Connection.prototype.transact = transact;
    }
    expect(events.slice(0, 3)).to.deep.equal(['first', 'begun', 'second']);
    await store.close('test');
  });

  it('all that is acknowledged is found, by id and in lists, while parts are written', async () => {
    const store = await openFileStore(path, settings);
    const opened = new Set<string>();
    let asked = 0;
    const { transact } = Connection.prototype;
    const lookFor = async (id: string) => {
      asked += 1;
      const filters = [
        { userId: `user-of-${id}` },
        { deviceId: `device-of-${id}` },
        { address: id },
      ];
      const pages = filters.map(
        async (filter) => await store.listSessions({ filter, now: t0, take: 9 }),
      );
      const session = await store.getSession(id, t0);
      const found = [
        session?.id,
        ...(await Promise.all(pages)).map((page) => page.sessions[0]?.id),
      ];
      expect(found).to.deep.equal([id, id, id, id]);
    };
    const looks: Promise<unknown>[] = [];
    Connection.prototype.transact = async function (sql) {
      const done = transact.call(this, sql);
      for (const id of [...opened].slice(-12))
        looks.push(lookFor(id).catch((error: unknown) => error));
      await done;
    };
    try {
      for (let round = 0; round < 24; round += 1) {
        const sessions = await Promise.all(open(store, `round-${round}`, 16));
        for (const session of sessions) if (session !== null) opened.add(session.id);
      }
      const failures = (await Promise.all(looks)).filter((error) => error !== undefined);
      expect(failures).to.deep.equal([]);
    } finally {
      Connection.prototype.transact = transact;
    }
    expect(asked).to.be.above(50);
    await store.close('test');
  });

  for (const together of [1, 16, 100]) {
    it(`openSession() of ${together} together leaves no more to wait than its setting says`, async () => {
      const store = await openFileStore(path, settings);
      let most = 0;
      for (let round = 0; round * together < 24 * mergeRows + 30 * together; round += 1) {
        await Promise.all(open(store, `round-${round}`, together));
        const { mark, last } = indexStateOf(path);
        most = Math.max(most, last - mark);
      }
      // A batch that is merged and one that fills, and what comes during their parts.
      expect(most).to.be.at.most(4 * mergeRows + 30 * together);
      await store.close('test');
    });
  }
});

function open(store: SqliteSessionPersistence, name: string, count: number) {
  return Array.from({ length: count }, async (_, n) => {
    const id = `${name}-${n}`;
    const rest = { userId: `user-of-${id}`, deviceId: `device-of-${id}`, address: id };
    return await store.openSession(openInput({ id, ...rest }));
  });
}
