import { expect } from 'chai';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import { verifyDatabase } from '../../../../src/persistence/sqlite/file/verify-database.js';
import { dueMinuteOf } from '../../../../src/persistence/sqlite/rows/session-rows.js';
import type { SqliteSessionPersistence } from '../../../../src/persistence/sqlite/sqlite-session-persistence.js';
import { minute, openedSession, present, t0, touchInput } from '../../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { openFileStore } from '../file-store.js';

const hour = 60 * minute;

describe('the index of deadlines of the file store', () => {
  let folder: TemporaryFolder;
  let path: string;
  let store: SqliteSessionPersistence;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = folder.file('sessions.db');
    store = await openFileStore(path);
  });
  afterEach(async () => {
    await store.close('test');
    await folder.remove();
  });

  /** The minutes under which live sessions are filed, in the order of their opening. */
  function filed(): readonly number[] {
    const connection = new Connection(path, { readOnly: true });
    const rows = connection.prepare('SELECT due_minute FROM live ORDER BY n').all();
    connection.close();
    return rows.flat().map(Number);
  }

  async function beat(id: string, now: number): Promise<void> {
    present(await store.touchSession(touchInput(id, {}, now)));
  }

  it('is written by few beats: not before half of the time to the deadline is gone', async () => {
    const { id } = await openedSession(store, { idleTimeoutMs: 2 * hour });
    const before = filed();
    for (let passed = minute; passed < hour; passed += minute) await beat(id, t0 + passed);
    expect(filed()).to.deep.equal(before);
    const later = t0 + hour + 2 * minute;
    await beat(id, later);
    expect(filed()).to.deep.equal([dueMinuteOf(later + 2 * hour)]);
  });

  it('never has a session behind its deadline, and a beat at the end keeps it alive', async () => {
    const { id } = await openedSession(store, { idleTimeoutMs: 90_000, absoluteTimeoutMs: hour });
    for (let now = t0; now < t0 + hour; now += 80_000) {
      await beat(id, now);
      const deadline = Math.min(now + 90_000, t0 + hour);
      expect(filed()[0]).to.be.at.most(dueMinuteOf(deadline));
      expect(await store.closeExpired(now, 10)).to.deep.equal({ count: 0, more: false });
    }
    const ended = await store.closeExpired(t0 + hour + 1, 10);
    expect(ended).to.deep.equal({ count: 1, more: false });
  });

  it('is set right by the sweep, which ends what is due and nothing else', async () => {
    const sessions = [];
    for (let n = 0; n < 700; n += 1) {
      sessions.push(await openedSession(store, { idleTimeoutMs: hour }));
    }
    const beaten = sessions.filter((_, n) => n % 2 === 0);
    const last = t0 + 20 * minute;
    await Promise.all(beaten.map(async ({ id }) => await beat(id, last)));
    const now = t0 + hour + minute;
    expect(await store.closeExpired(now, 1_000)).to.deep.equal({ count: 350, more: false });
    expect(new Set(filed())).to.deep.equal(new Set([dueMinuteOf(last + hour)]));
    const live = await store.countSessions({ active: true }, now);
    expect(live).to.equal(350);
    expect((await verifyDatabase(path)).findings).to.deep.equal([]);
    const end = last + hour + 1;
    expect(await store.closeExpired(end, 1_000)).to.deep.equal({ count: 350, more: false });
  });

  it('is set right by one call of the sweep, also when nothing is due', async () => {
    const last = t0 + 20 * minute;
    for (let n = 0; n < 100; n += 1) {
      const { id } = await openedSession(store, { idleTimeoutMs: hour });
      await beat(id, last);
    }
    const swept = await store.closeExpired(t0 + hour + minute, 500);
    expect(swept).to.deep.equal({ count: 0, more: false });
    expect(new Set(filed())).to.deep.equal(new Set([dueMinuteOf(last + hour)]));
  });
});
