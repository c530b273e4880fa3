import { expect } from 'chai';
import type { PagingV1 } from '../../src/data/version1/page-v1.js';
import { encodeCursor, parseCursor } from '../../src/domain/cursor.js';
import { parseFilter, parseList } from '../../src/domain/parse-list.js';
import { SessionError } from '../../src/errors/session-error.js';

function parsePaging(paging: PagingV1, filter: { user_id?: string }, maxPageSize: number) {
  return parseList({ filter, paging }, { maxPageSize, parseCursor }).paging;
}

function problemsOf(run: () => unknown): unknown {
  try {
    run();
  } catch (caught) {
    return SessionError.from(caught).details;
  }
  return undefined;
}

describe('parseFilter()', () => {
  it('answers no conditions for nothing', () => {
    expect(parseFilter(undefined)).to.deep.equal({});
    expect(parseFilter({})).to.deep.equal({});
  });

  it('reads every condition', () => {
    const filter = parseFilter({
      id: 'i',
      user_id: 'u',
      device_id: 'd',
      client: 'c',
      address: 'a',
      kind: 'web',
      close_reason: 'idle',
      active: false,
      from_time: '1970-01-01T00:00:01.000Z',
      to_time: 2000,
    });
    expect(filter).to.deep.equal({
      id: 'i',
      userId: 'u',
      deviceId: 'd',
      client: 'c',
      address: 'a',
      kind: 'web',
      closeReason: 'idle',
      active: false,
      fromTime: 1000,
      toTime: 2000,
    });
  });

  it('reads the texts that old callers send', () => {
    for (const yes of ['true', 'True', 't', 'yes', 'y', '1', 1]) {
      expect(parseFilter({ active: yes })).to.deep.equal({ active: true });
    }
    for (const no of ['false', 'F', 'no', 'n', '0', 0]) {
      expect(parseFilter({ active: no })).to.deep.equal({ active: false });
    }
    expect(parseFilter({ from_time: '1700000000000' })).to.deep.equal({
      fromTime: 1_700_000_000_000,
    });
    expect(parseFilter({ to_time: '2023-11-14' })).to.deep.equal({
      toTime: Date.UTC(2023, 10, 14),
    });
  });

  it('names every value that is not what it must be', () => {
    const raw = {
      kind: 'x',
      close_reason: 'y',
      active: 'constructor',
      from_time: 'soon',
      to_time: '',
    };
    expect(problemsOf(() => parseFilter(raw))).to.deep.equal({
      problems: [
        { path: '/filter/kind', reason: 'is not one of rpc, token, web, workstation, presence' },
        {
          path: '/filter/close_reason',
          reason:
            'is not one of logout, idle, lifetime, limit, superseded, admin, deleted, reuse, restored',
        },
        { path: '/filter/active', reason: 'is neither true nor false' },
        {
          path: '/filter/from_time',
          reason: 'is neither an ISO 8601 time nor milliseconds since 1970',
        },
        {
          path: '/filter/to_time',
          reason: 'is neither an ISO 8601 time nor milliseconds since 1970',
        },
      ],
    });
  });

  it('reads ISO times, in UTC where they name no zone, and no other text', () => {
    const at = (text: string) => parseFilter({ from_time: text }).fromTime;
    const noon = Date.UTC(2026, 10, 21, 12);
    for (const text of [
      '2026-11-21T12:00',
      '2026-11-21T12:00:00',
      '2026-11-21T12:00:00.000Z',
      '2026-11-21T12:00:00.000000Z',
      '2026-11-21T14:00+02:00',
    ]) {
      expect(at(text), text).to.equal(noon);
    }
    const nonsense = [
      'hello 5',
      'March 7',
      '2026-02-30T00:00:00Z',
      '2026-13-01',
      '2026-11-21T25:00',
    ];
    for (const text of [...nonsense, '2026-11-21 12:00', '21.11.2026', ' 5', '1e3', '']) {
      expect(
        problemsOf(() => at(text)),
        text,
      ).to.not.equal(undefined);
    }
  });

  it('takes a part of a millisecond for what it says: at or after it, and before it', () => {
    const at = (time: string | number) => parseFilter({ from_time: time, to_time: time });
    const whole = Date.UTC(2026, 10, 21, 12, 0, 0, 123);
    for (const [time, expected] of [
      ['2026-11-21T12:00:00.123', whole],
      ['2026-11-21T12:00:00.123000Z', whole],
      ['2026-11-21T12:00:00.123456Z', whole + 1],
      ['2026-11-21T12:00:00.123000001Z', whole + 1],
      [`${whole}.5`, whole + 1],
      [whole - 0.25, whole],
      [-0.25, 0],
    ] as const) {
      expect(at(time), String(time)).to.deep.equal({ fromTime: expected, toTime: expected });
    }
  });

  it('refuses times that no date can hold', () => {
    expect(problemsOf(() => parseFilter({ from_time: 1e300 }))).to.not.equal(undefined);
    expect(problemsOf(() => parseFilter({ from_time: '99999999999999999999' }))).to.not.equal(
      undefined,
    );
  });
});

describe('parseList()', () => {
  it('names what is wrong in the filter and in the paging together', () => {
    const raw = { filter: { kind: 'x' }, paging: { take: 0 } };
    expect(problemsOf(() => parseList(raw, { maxPageSize: 100, parseCursor }))).to.deep.equal({
      problems: [
        { path: '/filter/kind', reason: 'is not one of rpc, token, web, workstation, presence' },
        { path: '/paging/take', reason: 'must be 1 or more' },
      ],
    });
  });

  it('answers the first 100 rows for nothing', () => {
    const first = { skip: 0, take: 100, total: false };
    expect(parseList({}, { maxPageSize: 100, parseCursor })).to.deep.equal({
      filter: {},
      paging: first,
    });
    expect(parsePaging({}, {}, 100)).to.deep.equal(first);
  });

  it('reads numbers and their texts, and caps take', () => {
    const paging = parsePaging({ skip: '5', take: '1000', total: 'true' }, {}, 200);
    expect(paging).to.deep.equal({ skip: 5, take: 200, total: true });
  });

  it('continues behind the place of a cursor of the same filter', () => {
    const cursor = encodeCursor({ openTime: 5, id: 'a.b' }, { userId: 'u' });
    expect(parsePaging({ cursor }, { user_id: 'u' }, 100)).to.deep.equal({
      skip: 0,
      take: 100,
      total: false,
      after: { openTime: 5, id: 'a.b' },
    });
  });

  it('refuses a cursor that is damaged, of another filter, or together with skip', () => {
    const cursor = encodeCursor({ openTime: 5, id: 'a' }, {});
    const damaged = {
      problems: [{ path: '/paging/cursor', reason: 'is damaged, or of another filter' }],
    };
    expect(problemsOf(() => parsePaging({ cursor: `${cursor}A` }, {}, 100))).to.deep.equal(damaged);
    expect(problemsOf(() => parsePaging({ cursor: 'x' }, {}, 100))).to.deep.equal(damaged);
    expect(problemsOf(() => parsePaging({ cursor }, { user_id: 'u' }, 100))).to.deep.equal(damaged);
    expect(problemsOf(() => parsePaging({ cursor, skip: 1 }, {}, 100))).to.deep.equal({
      problems: [{ path: '/paging/skip', reason: 'cannot be combined with a cursor' }],
    });
  });

  it('names every value that is not what it must be', () => {
    expect(
      problemsOf(() => parsePaging({ skip: -1, take: '0', total: 'x' }, {}, 100)),
    ).to.deep.equal({
      problems: [
        { path: '/paging/skip', reason: 'must be 0 or more' },
        { path: '/paging/take', reason: 'must be 1 or more' },
        { path: '/paging/total', reason: 'is neither true nor false' },
      ],
    });
    expect(problemsOf(() => parsePaging({ skip: 1.5, take: 'ten' }, {}, 100))).to.deep.equal({
      problems: [
        { path: '/paging/skip', reason: 'is not a whole number' },
        { path: '/paging/take', reason: 'is not a whole number' },
      ],
    });
  });
});
