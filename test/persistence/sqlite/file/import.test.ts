import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { failureOf } from '../../../support/failure.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { openLogged } from '../file-store.js';

const opened = '2026-01-01T10:00:00.000Z';
const openTime = Date.parse(opened);
const hour = 3_600_000;

/** As the original's file store wrote them. */
const live = {
  id: '145678901234567890',
  user_id: '1',
  user_name: 'User 1',
  active: true,
  open_time: opened,
  request_time: '2026-01-01T10:30:00.000Z',
  close_time: null,
  address: 'localhost',
  client: 'test',
  user: { login: 'one' },
  data: 'abc',
};
const ended = {
  ...live,
  id: '245678901234567890',
  active: false,
  close_time: '2026-01-01T11:00:00.000Z',
  user: null,
  data: null,
};

describe('the import of the file of the original', () => {
  let folder: TemporaryFolder;
  let json: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    json = folder.file('sessions.json');
  });
  afterEach(async () => await folder.remove());

  it('open() imports a .json beside the database once, and leaves it alone', async () => {
    const text = JSON.stringify([live, ended]);
    writeFileSync(json, text);
    const { store, lines, warnings } = await openLogged(json);
    expect(store.describe()).to.equal(`file ${folder.file('sessions.db')}`);
    const fields = {
      userId: '1',
      userName: 'User 1',
      kind: 'rpc',
      address: 'localhost',
      client: 'test',
      openTime,
      requestTime: openTime + hour / 2,
      idleTimeoutMs: 24 * hour,
      revision: 0,
      contexts: [],
    };
    expect(await store.getSession(live.id, openTime + hour)).to.deep.equal({
      ...fields,
      id: live.id,
      active: true,
      user: '{"login":"one"}',
      data: '"abc"',
    });
    expect(await store.getSession(ended.id, openTime)).to.deep.equal({
      ...fields,
      id: ended.id,
      active: false,
      closeReason: 'logout',
      closeTime: openTime + hour,
    });
    expect(lines).to.deep.equal([`Imported 2 sessions of ${json}; 0 could not be`]);
    expect(warnings).to.deep.equal([]);
    await store.deleteSession(live.id, openTime);
    await store.close('test');
    const again = await openLogged(json);
    expect(await again.store.countSessions({}, openTime)).to.equal(1);
    expect(again.lines).to.deep.equal([]);
    await again.store.close('test');
    expect(readFileSync(json, 'utf8')).to.equal(text);
  });

  it('open() passes over what is no session, and says why', async () => {
    const bad = [
      7,
      { ...live, id: undefined },
      { ...live, user_id: 'u'.repeat(257) },
      { ...live, open_time: 'yesterday' },
      { ...live, open_time: undefined },
      { ...live, data: nested(40) },
      live,
    ];
    writeFileSync(json, JSON.stringify([live, ...bad]));
    const { store, lines, warnings } = await openLogged(json);
    expect(await store.countSessions({}, openTime)).to.equal(1);
    await store.close('test');
    const reasons = [
      'entry 1: it is no object',
      'entry 2: it has no id',
      'entry 3: its user_id is not acceptable',
      'entry 4: its open_time is no time',
      'entry 5: it has no open_time',
      'entry 6: its data is not acceptable',
      'entry 7: its id came before',
    ];
    expect(lines).to.deep.equal([
      `Imported 1 sessions of ${json}; 7 could not be; ${reasons.join('; ')}`,
    ]);
    expect(warnings).to.deep.equal(lines);
  });

  it('an active session that was silent for too long reads as ended', async () => {
    writeFileSync(json, JSON.stringify([live]));
    const { store } = await openLogged(json, { 'options.import_idle_timeout': hour });
    const session = await store.getSession(live.id, openTime + 2 * hour);
    expect(session).to.deep.include({ closeReason: 'idle', closeTime: openTime + 1.5 * hour });
    await store.close('test');
  });

  for (const [what, text] of [
    ['no JSON', '[{'],
    ['no array', '{}'],
  ] as const) {
    it(`open() refuses a file that is ${what}, and imports it when it is mended`, async () => {
      writeFileSync(json, text);
      const { code } = await failureOf(openLogged(json));
      expect(code).to.equal('INVALID_CONFIG');
      writeFileSync(json, JSON.stringify([live]));
      const { store } = await openLogged(json);
      expect(await store.countSessions({}, openTime)).to.equal(1);
      await store.close('test');
    });
  }

  it('open() makes a database for a .json that is not there', async () => {
    const { store, lines } = await openLogged(json);
    await store.close('test');
    expect(lines).to.deep.equal([]);
    expect(existsSync(json)).to.equal(false);
    expect(existsSync(folder.file('sessions.db'))).to.equal(true);
  });
});

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}
