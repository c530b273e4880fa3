import { expect } from 'chai';
import { toSessionV1, toSummaryV1, toTime } from '../../src/domain/wire.js';
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
