import { copyFileSync } from 'node:fs';
import { expect } from 'chai';
import type { SessionFilter } from '../../../../src/domain/filter.js';
import { Connection } from '../../../../src/persistence/sqlite/connection/connection.js';
import { verifyDatabase } from '../../../../src/persistence/sqlite/file/verify-database.js';
import { failureOf } from '../../../support/failure.js';
import { idsOf, openedSession, t0 } from '../../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { flipBitAt, offsetsOf, rootPageOf } from '../file/file-damage.js';
import { copyAsKilled, openFileStore, openLogged } from '../file-store.js';
import { indexStateOf } from './index-state.js';

const names = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const damaged = { code: 'STORE_DAMAGED' };
/** Odd, so that every kind of place in a row has its turn. */
const step = 37;
const passedOver = 'A damaged session was passed over';

/** A field, and a place in its text where no index of SQLite has it. */
const fields = [
  { field: 'its id', text: 'session-seven', at: 9 },
  { field: 'its user', text: 'user-seven', at: 6 },
  { field: 'its device', text: 'device-seven', at: 8 },
  { field: 'its address', text: 'address-seven', at: 9 },
] as const;

describe('damage to a session whose entries of indexes wait', () => {
  let folder: TemporaryFolder;
  let path: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = folder.file('killed.db');
    const open = folder.file('sessions.db');
    const store = await openFileStore(open);
    for (const name of names) await openedSession(store, fieldsOf(name));
    copyAsKilled(open, path);
    await store.close('test');
    // Into the database, where SQLite has no checksum of its own.
    const connection = new Connection(path);
    connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    connection.close();
    expect(indexStateOf(path).mark).to.equal(0);
  });
  afterEach(async () => await folder.remove());
  const flip = ({ text, at }: (typeof fields)[number]) => {
    const offsets = offsetsOf(path, text);
    expect(offsets.length).to.equal(1);
    flipBitAt(path, Number(offsets[0]) + at);
  };

  for (const one of fields) {
    it(`a flipped bit in ${one.field} is in the log of the start, and in what verify says`, async () => {
      flip(one);
      expect((await verifyDatabase(path)).findings).to.deep.equal([
        'sessions 7: The checksum of session 7 does not match',
      ]);
      const { store, lines } = await openLogged(path);
      expect(lines).to.deep.equal([passedOver]);
      await store.close('test');
    });

    it(`a flipped bit in ${one.field} is never served, and leaves all other sessions`, async () => {
      flip(one);
      const store = await openFileStore(path);
      const get = store.getSession('session-seven', t0);
      // By an id that is not there any more nothing is found, which is why the start says it.
      if (one.field === 'its id') expect(await get).to.equal(null);
      else expect(await failureOf(get)).to.deep.equal(damaged);
      const everything = store.listSessions({ filter: {}, now: t0, take: 9 });
      expect(await failureOf(everything)).to.deep.equal(damaged);
      for (const name of names.filter((other) => other !== 'seven')) {
        const { data: _data, ...own } = fieldsOf(name);
        expect(await store.getSession(own.id, t0)).to.deep.include(fieldsOf(name));
        for (const filter of filtersOf(name)) {
          const page = await store.listSessions({ filter, now: t0, take: 9 });
          expect(idsOf(page.sessions)).to.deep.equal([own.id]);
        }
      }
      await store.close('test');
    });

    it(`a flipped bit in ${one.field} is what it was after a merge, and for the next start`, async () => {
      flip(one);
      await (await openFileStore(path)).close('test');
      expect(indexStateOf(path).mark).to.equal(names.length);
      const { damagedRows, findings } = await verifyDatabase(path);
      expect({ damagedRows, findings }).to.deep.equal({
        damagedRows: 1,
        findings: ['sessions 7: The checksum of session 7 does not match'],
      });
      const store = await openFileStore(path);
      expect((await store.getSession('session-one', t0))?.id).to.equal('session-one');
      await store.close('test');
    });
  }

  it('no flipped bit in its page ends the process, changes a session, or hides one that no log tells of', async () => {
    const unflipped = folder.file('unflipped.db');
    copyFileSync(path, unflipped);
    const sound = (await answersOf(unflipped)).answers;
    const seen = new Set<string>();
    const page = rootPageOf(path, 'sessions');
    for (let offset = page; offset < page + 4_096; offset += step) {
      // Another file each time: a start writes to it, and this process keeps it open for a while.
      const copy = folder.file(`flipped-${offset}.db`);
      copyFileSync(path, copy);
      flipBitAt(copy, offset);
      const { answers, lines, refused } = await answersOf(copy);
      const told = lines.length > 0;
      seen.add(refused ?? (told ? 'told' : 'sound'));
      for (const [key, answer] of Object.entries(answers)) {
        if (answer === 'STORE_DAMAGED') continue;
        const isHidden = told && (answer === null || JSON.stringify(answer) === '[]');
        if (!isHidden) expect(answer, `${key}, ${offset}`).to.deep.equal(sound[key]);
      }
    }
    expect([...seen].toSorted()).to.deep.equal(['INVALID_CONFIG', 'sound', 'told']);
  });
});

function fieldsOf(name: string) {
  return {
    id: `session-${name}`,
    userId: `user-${name}`,
    deviceId: `device-${name}`,
    address: `address-${name}`,
    data: JSON.stringify(`the cart of ${name}`),
  };
}

function filtersOf(name: string): readonly SessionFilter[] {
  const { id, userId, deviceId, address } = fieldsOf(name);
  return [{ id }, { userId }, { deviceId }, { address }];
}

/** What a start refuses or says, and what is answered then; a code where that is refused. */
async function answersOf(path: string) {
  const answers: Record<string, unknown> = {};
  const [opening] = await Promise.allSettled([openLogged(path)]);
  if (opening.status === 'rejected') {
    return { answers, lines: [], refused: String(opening.reason.code) };
  }
  const { store, lines } = opening.value;
  const answer = async (key: string, asked: Promise<unknown>) => {
    const [outcome] = await Promise.allSettled([asked]);
    answers[key] = outcome.status === 'fulfilled' ? outcome.value : outcome.reason.code;
  };
  const said = [...lines];
  for (const name of names) {
    await answer(name, store.getSession(fieldsOf(name).id, t0));
    for (const filter of filtersOf(name)) {
      const page = store.listSessions({ filter, now: t0, take: 9 });
      await answer(
        JSON.stringify(filter),
        page.then(({ sessions }) => sessions),
      );
    }
  }
  await store.close('test');
  return { answers, lines: said, refused: undefined };
}
