import { expect } from 'chai';
import { compareInList, matches, type SessionFilter } from '../../src/domain/filter.js';
import { recordOf } from '../support/records.js';
import { summaryOf, t0 } from '../support/sessions.js';

const session = summaryOf(
  recordOf({
    deviceId: 'laptop',
    client: 'shop',
    address: '::1',
    requestTime: t0 + 50,
    idleTimeoutMs: 100,
  }),
);
const deadline = t0 + 150;

const fitting: readonly SessionFilter[] = [
  {},
  { id: 'session' },
  { userId: 'ann' },
  { deviceId: 'laptop' },
  { client: 'shop' },
  { address: '::1' },
  { kind: 'web' },
  { active: true },
  { fromTime: t0 + 50 },
  { toTime: t0 + 51 },
  { userId: 'ann', kind: 'web', active: true, fromTime: t0 + 50, toTime: t0 + 51 },
];

const others: readonly SessionFilter[] = [
  { id: 'Session' },
  { userId: 'bob' },
  { deviceId: '' },
  { client: 'shop ' },
  { address: '0:0:0:0:0:0:0:1' },
  { kind: 'rpc' },
  { active: false },
  { closeReason: 'idle' },
  { fromTime: t0 + 51 },
  { toTime: t0 + 50 },
  { userId: 'ann', kind: 'rpc' },
];

describe('matches()', () => {
  for (const filter of fitting) {
    it(`matches() is true for ${JSON.stringify(filter)}`, () => {
      expect(matches(session, filter, deadline)).to.equal(true);
    });
  }

  for (const filter of others) {
    it(`matches() is false for ${JSON.stringify(filter)}`, () => {
      expect(matches(session, filter, deadline)).to.equal(false);
    });
  }

  it('matches() takes a session past its deadline as ended, request_time as it is', () => {
    const now = deadline + 1;
    expect(matches(session, { active: true }, now)).to.equal(false);
    expect(matches(session, { active: false, closeReason: 'idle' }, now)).to.equal(true);
    expect(matches(session, { closeReason: 'lifetime' }, now)).to.equal(false);
    expect(matches(session, { fromTime: t0 + 50, toTime: t0 + 51 }, now)).to.equal(true);
  });

  it('matches() goes by the written end of an ended session', () => {
    const ended = { ...session, active: false, closeReason: 'admin', closeTime: t0 } as const;
    expect(matches(ended, { active: false, closeReason: 'admin' }, deadline + 1)).to.equal(true);
    expect(matches(ended, { closeReason: 'idle' }, deadline + 1)).to.equal(false);
    expect(matches(ended, { active: true }, t0)).to.equal(false);
  });

  it('matches() does not find a session by a field that it does not have', () => {
    expect(matches(summaryOf(recordOf()), { deviceId: 'undefined' }, t0)).to.equal(false);
  });
});

describe('compareInList()', () => {
  it('compareInList() has the newest first, then ids by code unit', () => {
    const rows = [
      { openTime: 1, id: 'a' },
      { openTime: 2, id: 'b' },
      { openTime: 2, id: '_' },
      { openTime: 2, id: 'B' },
      { openTime: 3, id: 'z' },
    ];
    expect(rows.toSorted(compareInList).map(({ id }) => id)).to.deep.equal([
      'z',
      'B',
      '_',
      'b',
      'a',
    ]);
    expect(compareInList({ openTime: 1, id: 'a' }, { openTime: 1, id: 'a' })).to.equal(0);
  });
});
