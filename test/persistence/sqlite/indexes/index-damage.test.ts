import { expect } from 'chai';
import type { SessionFilter } from '../../../../src/domain/filter.js';
import { verifyDatabase } from '../../../../src/persistence/sqlite/file/verify-database.js';
import { failureOf } from '../../../support/failure.js';
import { openedSession, t0 } from '../../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { changeFile, flipBitAt, offsetsOf, rootPageOf, storedTime } from '../file/file-damage.js';
import { openFileStore } from '../file-store.js';

const names = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const number = names.indexOf('seven') + 1;
/** What follows the value in an entry of a list: when it was opened, its prefix, its number. */
const ordering = Buffer.concat([storedTime(t0), Buffer.from('id-sev')]);
const none = Buffer.alloc(0);
const pageBytes = 4_096;
/** A start that looks at little, as it does for large files. */
const unchecked = { 'options.start_check_bytes': 0 };

/** An entry of each index, found nowhere else in the file. */
const entries = [
  { table: 'index_ids', value: 'id-seven', rest: none },
  { table: 'index_users', value: 'user-seven', rest: ordering },
  { table: 'index_devices', value: 'device-seven', rest: ordering },
  { table: 'index_addresses', value: 'address-seven', rest: ordering },
] as const;

/** Where a bit is flipped in an entry, by its length. */
const places = {
  'the value': () => 3,
  'the time and the prefix': (length: number) => length - 5,
  'the row number': (length: number) => length - 1,
} as const;

/** What is done to the mark behind the back of the store. */
const marks = {
  'that was moved': 'UPDATE index_mark SET n = n - 1',
  'whose checksum is another': 'UPDATE index_mark SET checksum = checksum + 1',
  'that is gone': 'DELETE FROM index_mark',
} as const;

describe('damage to the indexes of entries', () => {
  let folder: TemporaryFolder;
  let path: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = folder.file('sessions.db');
    const store = await openFileStore(path);
    for (const name of names) await openedSession(store, fieldsOf(name));
    await store.close('test');
  });
  afterEach(async () => await folder.remove());
  const flip = (found: (typeof entries)[number], place: keyof typeof places) => {
    const bytes = Buffer.concat([Buffer.from(found.value), found.rest, Buffer.from([number])]);
    const offsets = offsetsOf(path, bytes);
    expect(offsets.length).to.equal(1);
    flipBitAt(path, Number(offsets[0]) + places[place](bytes.length));
  };
  const change = (sql: string) => changeFile(path, sql);

  for (const entry of entries) {
    const { table } = entry;
    for (const place of Object.keys(places) as (keyof typeof places)[]) {
      if (table === 'index_ids' && place === 'the time and the prefix') continue;
      const damage = `a flipped bit in ${place} of an entry of ${table}`;

      it(`${damage} is found by the start and by verify`, async () => {
        flip(entry, place);
        const { damagedRows, findings, indexMismatches } = await verifyDatabase(path);
        expect(damagedRows).to.equal(0);
        expect(indexMismatches).to.be.at.least(1);
        expect(findings.join('\n')).to.match(
          new RegExp(`(missing from|an entry of) index ${table}\\b`),
        );
        expect(await refusalOf(path)).to.match(/the database is damaged \(/);
      });

      it(`${damage} ends no process and changes no session, where no start looked`, async () => {
        const sound = await answersOf(path);
        flip(entry, place);
        for (const [asked, answer] of Object.entries(await answersOf(path, unchecked))) {
          if (answer === 'STORE_DAMAGED') continue;
          expect(Object.values(sound).flat(), asked).to.deep.include.members([answer].flat());
        }
      });
    }

    it(`an entry that is missing from ${table} is found by the start and by verify`, async () => {
      change(`DELETE FROM ${table} WHERE n = ${number}`);
      const finding = `session ${number} is missing from index ${table}`;
      expect((await verifyDatabase(path)).findings).to.deep.equal([finding]);
      expect(await refusalOf(path)).to.include(`the database is damaged (${finding})`);
    });

    it(`an entry of no session in ${table} is found by the start and by verify`, async () => {
      change(`UPDATE ${table} SET n = 99 WHERE n = ${number}`);
      const [missing, stray] = [
        `session ${number} is missing from index ${table}`,
        `an entry of index ${table} is not that of session 99`,
      ];
      expect((await verifyDatabase(path)).findings).to.deep.equal([missing, stray]);
      expect(await refusalOf(path)).to.include(`the database is damaged (${missing})`);
    });
  }

  it('an entry that leads to another session answers and removes nothing', async () => {
    change('DELETE FROM index_ids WHERE n = 7');
    change("INSERT INTO index_ids VALUES ('id-seven', 6)");
    const store = await openFileStore(path, unchecked);
    const damaged = { code: 'STORE_DAMAGED' };
    expect(await failureOf(store.getSession('id-seven', t0))).to.deep.equal(damaged);
    expect(await failureOf(store.deleteSession('id-seven', t0))).to.deep.equal(damaged);
    expect((await store.getSession('id-six', t0))?.id).to.equal('id-six');
    await store.close('test');
  });

  it('deleteUserSessions() leaves no entry of a session whose row is damaged', async () => {
    change("UPDATE sessions SET id = 'id-xeven', address = 'elsewhere' WHERE n = 7");
    const store = await openFileStore(path, unchecked);
    expect(await store.deleteUserSessions('user-seven', 9, t0)).to.deep.equal({
      count: 1,
      more: false,
    });
    const { address } = fieldsOf('seven');
    expect(await store.countSessions({ address }, t0)).to.equal(0);
    await store.close('test');
    expect((await verifyDatabase(path)).findings).to.deep.equal([]);
  });

  it('a flipped bit in the mark is found by every start and by verify', async () => {
    const end = rootPageOf(path, 'index_mark') + pageBytes;
    for (const offset of [end - 1, end - 3]) {
      flipBitAt(path, offset);
      await assertMarkRefused(path);
      flipBitAt(path, offset);
    }
  });

  for (const [name, sql] of Object.entries(marks)) {
    it(`a mark ${name} is found by every start and by verify`, async () => {
      change(sql);
      await assertMarkRefused(path);
    });
  }
});

function fieldsOf(name: string) {
  return {
    id: `id-${name}`,
    userId: `user-${name}`,
    deviceId: `device-${name}`,
    address: `address-${name}`,
    data: JSON.stringify(`the cart of ${name}`),
  };
}

/** What is answered for every id and every list that has an index; a code where it is refused. */
async function answersOf(
  path: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const store = await openFileStore(path, settings);
  const found: Record<string, unknown> = {};
  const answer = async (key: string, asked: Promise<unknown>) => {
    const [outcome] = await Promise.allSettled([asked]);
    found[key] = outcome.status === 'fulfilled' ? outcome.value : outcome.reason.code;
  };
  const list = async (filter: SessionFilter) =>
    (await store.listSessions({ filter, now: t0, take: 9 })).sessions;
  await answer('absent', store.getSession('absent', t0));
  for (const name of names) {
    const { id, userId, deviceId, address } = fieldsOf(name);
    await answer(id, store.getSession(id, t0));
    for (const filter of [{ id }, { userId }, { deviceId }, { address }]) {
      await answer(JSON.stringify(filter), list(filter));
    }
  }
  await store.close('test');
  return found;
}

/** With a check and without. */
async function assertMarkRefused(path: string): Promise<void> {
  const expected = /the database is damaged \(the mark of its indexes\)/;
  for (const settings of [{}, unchecked]) {
    expect(await refusalOf(path, settings)).to.match(expected);
  }
  const { damaged, findings } = await verifyDatabase(path);
  expect({ damaged, count: findings.length }).to.deep.equal({ damaged: true, count: 1 });
}

/** The line that refuses a start. */
async function refusalOf(
  path: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const [outcome] = await Promise.allSettled([openFileStore(path, settings)]);
  if (outcome.status === 'fulfilled') {
    await outcome.value.close('test');
    return 'it was not refused';
  }
  expect(outcome.reason.code).to.equal('INVALID_CONFIG');
  return outcome.reason.message;
}
