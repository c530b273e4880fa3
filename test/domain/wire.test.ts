import { expect } from 'chai';
import fc from 'fast-check';
import type { SessionRecord } from '../../src/domain/session.js';
import {
  toSessionText,
  toSessionV1,
  toSummaryText,
  toSummaryV1,
  toTime,
} from '../../src/domain/wire.js';
import { contextOf, recordOf } from '../support/records.js';
import { summaryOf, t0 } from '../support/sessions.js';

const full = recordOf({
  userName: 'Ann',
  deviceId: 'laptop',
  address: '::1',
  client: 'shop',
  requestTime: t0 + 1,
  idleTimeoutMs: 60_000,
  absoluteExpireTime: t0 + 90_000,
  revision: 3,
  user: '{"a":1}',
  data: 'null',
  contexts: [contextOf()],
});

const summary = {
  id: 'session',
  user_id: 'ann',
  user_name: 'Ann',
  device_id: 'laptop',
  kind: 'web',
  active: true,
  open_time: '2026-01-01T00:00:00.000Z',
  request_time: '2026-01-01T00:00:00.001Z',
  expire_time: '2026-01-01T00:01:00.001Z',
  absolute_expire_time: '2026-01-01T00:01:30.000Z',
  address: '::1',
  client: 'shop',
  revision: 3,
};

describe('toSessionV1() and toSummaryV1()', () => {
  it('toSessionV1() has all public fields, user and data as values', () => {
    expect(toSessionV1(full)).to.deep.equal({ ...summary, user: { a: 1 }, data: null });
  });

  it('toSummaryV1() has neither user nor data, nor what is inside the service', () => {
    expect(toSummaryV1(summaryOf(full))).to.deep.equal(summary);
    expect(toSummaryV1(full)).to.deep.equal(summary);
  });

  it('toSessionV1() leaves out what has no value', () => {
    expect(toSessionV1(recordOf())).to.deep.equal({
      id: 'session',
      user_id: 'ann',
      kind: 'web',
      active: true,
      open_time: '2026-01-01T00:00:00.000Z',
      request_time: '2026-01-01T00:00:00.000Z',
      revision: 0,
    });
  });

  it('toSessionV1() has the end of an ended session in place of its deadline', () => {
    const { user: _user, data: _data, ...kept } = full;
    const ended = { ...kept, active: false, closeReason: 'admin', closeTime: t0 + 5 } as const;
    const { expire_time: _, ...others } = summary;
    expect(toSessionV1({ ...ended, contexts: [] })).to.deep.equal({
      ...others,
      active: false,
      close_reason: 'admin',
      close_time: '2026-01-01T00:00:00.005Z',
    });
  });
});

describe('toTime()', () => {
  it('toTime() is ISO 8601 in UTC with milliseconds', () => {
    expect([0, t0 + 7].map(toTime)).to.deep.equal([
      '1970-01-01T00:00:00.000Z',
      '2026-01-01T00:00:00.007Z',
    ]);
  });
});

describe('toSessionText() and toSummaryText()', () => {
  const text = fc.string({ unit: 'binary', maxLength: 12 });
  const time = fc.integer({ min: -1e12, max: 8e12 });
  const document = fc.jsonValue().map((value) => JSON.stringify(value));
  const records: fc.Arbitrary<SessionRecord> = fc
    .record(
      {
        id: text,
        userId: text,
        userName: text,
        deviceId: text,
        address: text,
        client: text,
        kind: fc.constantFrom('rpc', 'web'),
        active: fc.boolean(),
        openTime: time,
        requestTime: time,
        closeTime: time,
        closeReason: fc.constantFrom('idle', 'admin'),
        idleTimeoutMs: fc.integer({ min: 1, max: 1e9 }),
        absoluteExpireTime: time,
        revision: fc.nat(),
        user: document,
        data: document,
      },
      { requiredKeys: ['id', 'userId', 'kind', 'active', 'openTime', 'requestTime', 'revision'] },
    )
    .map((fields) => ({ ...fields, contexts: [] }) as SessionRecord);

  it('are the JSON of toSessionV1() and toSummaryV1(), whatever the fields hold', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(toSessionText(record)).to.equal(JSON.stringify(toSessionV1(record)));
        expect(toSummaryText(record)).to.equal(JSON.stringify(toSummaryV1(record)));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('toTime() at the edges', () => {
  it('is what toISOString() is, for any time and however many were written before', () => {
    fc.assert(
      fc.property(fc.integer({ min: -8e12, max: 8e15 }), (ms) => {
        expect(toTime(ms)).to.equal(new Date(ms).toISOString());
      }),
      { numRuns: 25_000 },
    );
  });
});
