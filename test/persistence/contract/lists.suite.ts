import { expect } from 'chai';
import { closeReasons, sessionKinds } from '../../../src/data/version1/words.js';
import { asOf } from '../../../src/domain/close.js';
import { compareInList, matches, type SessionFilter } from '../../../src/domain/filter.js';
import type { SessionRecord, SessionSummary } from '../../../src/domain/session.js';
import type { SessionPersistence } from '../../../src/logic/session-persistence.js';
import { populate, populatedAt, populationSize } from '../../support/population.js';
import { minute, present, second, summaryOf, t0 } from '../../support/sessions.js';
import type { CreateStore, StoreUnderTest } from './subject.js';

/** Before any deadline has passed, with some passed, and with all passed. */
const moments = [populatedAt, populatedAt + 2 * minute, populatedAt + 60 * minute];

const conditions: readonly SessionFilter[] = [
  {},
  { id: 'a0' },
  { id: 'B1' },
  { userId: 'ann' },
  { userId: 'Ann' },
  { userId: 'Zoë 😀' },
  { deviceId: 'laptop' },
  { client: 'shop' },
  { client: 'shop ' },
  { address: '127.0.0.1' },
  ...sessionKinds.map((kind) => ({ kind })),
  ...closeReasons.map((closeReason) => ({ closeReason })),
  { fromTime: t0 + 5 * second },
  { toTime: t0 + 5 * second },
  { fromTime: t0 + 5 * second, toTime: t0 + 15 * second },
  { userId: 'ann', kind: 'web' },
  { userId: 'ann', deviceId: 'phone', toTime: t0 + 20 * second },
  { kind: 'rpc', closeReason: 'idle' },
  { userId: 'bob', client: 'shop', address: '127.0.0.1', kind: 'token' },
];

const absentOnes: readonly SessionFilter[] = [
  { id: 'absent' },
  { userId: 'nobody' },
  { userId: 'ANN' },
  { deviceId: '' },
  { client: 'undefined' },
  { address: 'null' },
  { userId: 'ann', id: 'B1', kind: 'presence' },
  { fromTime: t0 + 10, toTime: t0 + 10 },
  { fromTime: populatedAt + minute },
  { toTime: t0 },
];

/** Lists, counts and pages over one population, which these tests only read. */
export function describeLists(createStore: CreateStore): void {
  describe('listSessions() and countSessions()', () => {
    let underTest: StoreUnderTest | undefined;
    let records: readonly SessionRecord[] = [];
    const store = () => present(underTest).store;

    before(async () => {
      underTest = await createStore();
      await populate(underTest.store);
      records = await allRecords(underTest.store);
    });
    after(async () => {
      await underTest?.close();
    });

    it('listSessions() has the whole population', () => {
      expect(records.length).to.equal(populationSize);
    });

    describeFilters(store, () => records);
    describePages(store, () => records);
    describeBounds(store, () => records);
  });
}

async function allRecords(store: SessionPersistence): Promise<readonly SessionRecord[]> {
  const { sessions } = await store.listSessions({ filter: {}, now: t0, take: populationSize + 1 });
  const records = await Promise.all(sessions.map(({ id }) => store.getSession(id, t0)));
  return records.map(present);
}

/** The list that the rules make of the records, each as it stands at `now`. */
function expectedList(
  records: readonly SessionRecord[],
  query: { readonly filter: SessionFilter; readonly now: number },
): readonly SessionSummary[] {
  return records
    .map((record) => summaryOf(asOf(record, query.now)))
    .filter((summary) => matches(summary, query.filter, query.now))
    .toSorted(compareInList);
}

type Store = () => SessionPersistence;
type Records = () => readonly SessionRecord[];

function describeFilters(store: Store, records: Records): void {
  for (const condition of conditions) {
    it(`listSessions() keeps to ${JSON.stringify(condition)}, alone and with active`, async () => {
      let found = 0;
      for (const now of moments) {
        for (const active of [{}, { active: true }, { active: false }]) {
          const filter = { ...condition, ...active };
          const expected = expectedList(records(), { filter, now });
          const page = await store().listSessions({ filter, now, take: 100, total: true });
          const total = expected.length;
          expect(page).to.deep.equal({ sessions: expected, total, more: false });
          expect(await store().countSessions(filter, now)).to.equal(total);
          found += total;
        }
      }
      expect(found).to.be.greaterThan(0);
    });
  }

  for (const filter of absentOnes) {
    it(`listSessions() is empty for ${JSON.stringify(filter)}`, async () => {
      for (const now of moments) {
        const page = await store().listSessions({ filter, now, take: 100, total: true });
        expect(page).to.deep.equal({ sessions: [], total: 0, more: false });
        expect(await store().countSessions(filter, now)).to.equal(0);
      }
    });
  }
}

function describePages(store: Store, records: Records): void {
  const paged: readonly SessionFilter[] = [
    {},
    { active: true },
    { active: false },
    { userId: 'ann' },
    { userId: 'bob', active: false },
    { kind: 'rpc', active: true },
    { closeReason: 'idle' },
    { fromTime: t0 + 3 * second, active: true },
  ];
  for (const filter of paged) {
    it(`listSessions() neither misses nor repeats behind a cursor: ${JSON.stringify(filter)}`, async () => {
      for (const now of moments) {
        const expected = expectedList(records(), { filter, now });
        for (const take of [1, 7]) {
          expect(await readByCursor(store(), { filter, now, take })).to.deep.equal(expected);
        }
      }
    });

    it(`listSessions() passes over rows: ${JSON.stringify(filter)}`, async () => {
      for (const now of moments) {
        const all = expectedList(records(), { filter, now });
        for (const skip of [0, 1, 5, all.length - 1, all.length, all.length + 1, 1_000_000]) {
          if (skip < 0) continue;
          const page = await store().listSessions({ filter, now, take: 4, skip });
          const sessions = all.slice(skip, skip + 4);
          expect(page).to.deep.equal({ sessions, more: skip + 4 < all.length });
        }
      }
    });
  }
}

async function readByCursor(
  store: SessionPersistence,
  query: { readonly filter: SessionFilter; readonly now: number; readonly take: number },
): Promise<readonly SessionSummary[]> {
  const rows: SessionSummary[] = [];
  for (;;) {
    const last = rows.at(-1);
    const after = last === undefined ? {} : { after: { openTime: last.openTime, id: last.id } };
    const page = await store.listSessions({ ...query, ...after });
    rows.push(...page.sessions);
    if (!page.more) return rows;
    expect(page.sessions.length).to.equal(query.take);
  }
}

function describeBounds(store: Store, records: Records): void {
  it('listSessions() starts behind any place, also one that no session has', async () => {
    const all = expectedList(records(), { filter: {}, now: populatedAt });
    const places = [
      { openTime: populatedAt + minute, id: '' },
      { openTime: t0 + 5 * second, id: '' },
      { openTime: t0 + 5 * second, id: 'A' },
      { openTime: t0 + 5 * second, id: '~' },
      { openTime: t0 + 5 * second + 1, id: 'A' },
      { openTime: t0, id: '~' },
      { openTime: 0, id: '' },
    ];
    for (const after of places) {
      const sessions = all.filter((row) => compareInList(row, after) > 0);
      const page = await store().listSessions({ filter: {}, now: populatedAt, take: 100, after });
      expect(page).to.deep.equal({ sessions, more: false });
    }
  });

  it('listSessions() says whether rows follow a full page', async () => {
    const query = { filter: {}, now: populatedAt };
    const full = await store().listSessions({ ...query, take: populationSize });
    expect([full.sessions.length, full.more]).to.deep.equal([populationSize, false]);
    const less = await store().listSessions({ ...query, take: populationSize - 1 });
    expect([less.sessions.length, less.more]).to.deep.equal([populationSize - 1, true]);
  });

  it('listSessions() counts all rows of the filter, whatever part of it is wanted', async () => {
    const all = expectedList(records(), { filter: {}, now: populatedAt });
    const query = { filter: {}, now: populatedAt, take: 2, total: true };
    const pages = await Promise.all([
      store().listSessions({ ...query, skip: 1_000 }),
      store().listSessions({ ...query, after: present(all.at(-3)) }),
    ]);
    expect(pages).to.deep.equal([
      { sessions: [], total: populationSize, more: false },
      { sessions: all.slice(-2), total: populationSize, more: false },
    ]);
  });

  it('listSessions() takes from_time inclusive and to_time exclusive', async () => {
    const requestTime = t0 + 7 * second;
    const expected = records().filter((record) => record.requestTime === requestTime).length;
    const count = (fromTime: number, toTime: number) =>
      store().countSessions({ fromTime, toTime }, populatedAt);
    expect(expected).to.be.greaterThan(0);
    expect(await count(requestTime, requestTime + 1)).to.equal(expected);
    expect(await count(requestTime, requestTime)).to.equal(0);
    expect(await count(requestTime + 1, requestTime + 2)).to.equal(0);
    expect(await count(requestTime - 1, requestTime)).to.equal(0);
  });
}
