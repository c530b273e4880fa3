import { expect } from 'chai';
import type { CommandName } from '../../../src/data/version1/commands.js';
import { maxTimeoutMs } from '../../../src/data/version1/fields.js';
import { parseParams } from '../../../src/data/version1/parse-params.js';
import { thrownBy } from '../../support/failure.js';
import { nastyTexts } from '../../support/values.js';

function problemsOf(name: CommandName, raw: unknown): readonly (readonly [string, string])[] {
  const { code, details } = thrownBy(() => parseParams(name, raw));
  expect(code).to.equal('INVALID_DATA');
  const { problems } = details as { problems: readonly { path: string; reason: string }[] };
  return problems.map(({ path, reason }) => [path, reason]);
}

const pathsOf = (name: CommandName, raw: unknown) => problemsOf(name, raw).map(([path]) => path);

const compare = (one: string, other: string) => (one < other ? -1 : 1);

describe('parseParams(): what is accepted', () => {
  it('parseParams() answers the parameters as they came', () => {
    const params = {
      user_id: 'ann',
      user_name: 'Ann',
      address: '::1',
      client: 'shop',
      device_id: 'laptop',
      kind: 'web',
      idle_timeout: 1,
      absolute_timeout: maxTimeoutMs,
      request_id: 'r',
      data: { any: [1, null] },
      user: null,
    };
    const { user: _, ...expected } = params;
    expect(parseParams('open_session', params)).to.deep.equal(expected);
  });

  it('parseParams() takes no body as an empty object', () => {
    expect(parseParams('get_sessions', undefined)).to.deep.equal({});
    expect(parseParams('close_expired_sessions', {})).to.deep.equal({});
  });

  it('parseParams() takes null for an optional parameter as its absence', () => {
    const raw = { user_id: 'ann', kind: null, idle_timeout: null, request_id: null, data: null };
    expect(parseParams('open_session', raw)).to.deep.equal({ user_id: 'ann' });
    expect(parseParams('get_sessions', { filter: null, paging: null })).to.deep.equal({});
  });

  it('parseParams() keeps null where it is a value', () => {
    const stored = { session_id: 's', data: null };
    expect(parseParams('store_session_data', stored)).to.deep.equal(stored);
    const patched = { session_id: 's', patch: null };
    expect(parseParams('patch_session_data', patched)).to.deep.equal(patched);
  });

  it('parseParams() takes filter and paging as old callers send them', () => {
    const filter = { active: 'true', from_time: '2026-01-01T00:00:00Z', kind: 'rpc' };
    const paging = { skip: '0', take: '10', total: 'true' };
    const raw = {
      filter: { ...filter, user_id: null, to_time: null },
      paging: { ...paging, cursor: null },
    };
    expect(parseParams('get_sessions', raw)).to.deep.equal({ filter, paging });
  });

  it('parseParams() names every failing path, inside filter and paging too', () => {
    const raw = JSON.parse(
      '{"filter":{"user_id":5,"active":{},"foo":1,"kind":[],"__proto__":1},"paging":{"take":{},"bar":2},"baz":3}',
    ) as unknown;
    expect(pathsOf('get_sessions', raw).toSorted(compare)).to.deep.equal(
      [
        '/baz',
        '/filter/__proto__',
        '/filter/active',
        '/filter/foo',
        '/filter/kind',
        '/filter/user_id',
        '/paging/bar',
        '/paging/take',
      ].toSorted(compare),
    );
  });

  it('parseParams() takes any well-formed text of 1 to 256 code points without NUL', () => {
    for (const text of nastyTexts) {
      expect(parseParams('open_session', { user_id: text })).to.deep.equal({ user_id: text });
    }
  });

  it('parseParams() changes nothing that it is given', () => {
    const raw = Object.freeze({ user_id: 'ann', kind: null });
    parseParams('open_session', raw);
    expect(raw).to.deep.equal({ user_id: 'ann', kind: null });
  });

  it('parseParams() takes a whole beat', () => {
    const beat = {
      session_id: 's',
      context_id: 'Tab_1-a',
      epoch: 0,
      seq: Number.MAX_SAFE_INTEGER,
      status: 'busy',
      visible: false,
      active: false,
      path: ['a', 'b'],
      activity: 'x'.repeat(512),
      next_beat: 0.5,
      ended: true,
    };
    expect(parseParams('touch_session', beat)).to.deep.equal(beat);
  });
});

describe('parseParams(): what is refused', () => {
  it('parseParams() names what is missing', () => {
    expect(problemsOf('open_session', {})).to.deep.equal([['/user_id', 'is required']]);
    expect(pathsOf('store_session_data', {})).to.deep.equal(['/session_id', '/data']);
    expect(pathsOf('open_session', { user_id: null })).to.deep.equal(['/user_id']);
  });

  it('parseParams() names every failing path', () => {
    const raw = { user_id: '', kind: 'token', idle_timeout: 0, address: 7, extra: 1 };
    expect(pathsOf('open_session', raw).toSorted((a, b) => (a < b ? -1 : 1))).to.deep.equal([
      '/address',
      '/extra',
      '/idle_timeout',
      '/kind',
      '/user_id',
    ]);
  });

  it('parseParams() refuses unknown properties in the envelope, in filter and in paging', () => {
    const unknown = (path: string) => [[path, 'is not a known property']];
    expect(problemsOf('open_session', { user_id: 'a', id: 'mine' })).to.deep.equal(unknown('/id'));
    expect(pathsOf('get_sessions', { filter: { user: 'ann' } })).to.include('/filter/user');
    expect(pathsOf('get_sessions', { paging: { page: 1 } })).to.include('/paging/page');
    const polluting: unknown = JSON.parse('{"user_id":"a","__proto__":{"polluted":true}}');
    expect(pathsOf('open_session', polluting)).to.deep.equal(['/__proto__']);
    expect(pathsOf('open_session', { user_id: 'a', constructor: 1 })).to.deep.equal([
      '/constructor',
    ]);
  });

  it('parseParams() refuses what is no object', () => {
    for (const raw of [null, [], 'text', 7, true]) {
      expect(pathsOf('get_sessions', raw)).to.deep.equal(['']);
    }
  });

  it('parseParams() refuses objects and other types in scalar places', () => {
    for (const value of [{ $ne: null }, ['a'], 7, true, {}]) {
      expect(pathsOf('get_session_by_id', { session_id: value })).to.include('/session_id');
      expect(pathsOf('get_sessions', { filter: { user_id: value } }).length).to.be.greaterThan(0);
    }
    expect(pathsOf('get_sessions', { filter: { active: { $ne: 1 } } }).length)
      .to.be //
      .greaterThan(0);
    expect(pathsOf('get_sessions', { filter: [] }).length).to.be.greaterThan(0);
    expect(pathsOf('get_sessions', { paging: 'all' }).length).to.be.greaterThan(0);
  });

  it('parseParams() refuses text that is empty, too long, ill-formed, or holds NUL', () => {
    for (const text of ['', 'x'.repeat(257), '😀'.repeat(257), '\ud800', 'a\udfffb', 'a\0b']) {
      expect(pathsOf('get_session_by_id', { session_id: text })).to.deep.equal(['/session_id']);
    }
    expect(problemsOf('get_session_by_id', { session_id: '\0' })).to.deep.equal([
      ['/session_id', 'must be well-formed text without NUL'],
    ]);
  });

  it('parseParams() refuses numbers that are out of bounds or not whole', () => {
    for (const idleTimeout of [0, -1, 0.5, maxTimeoutMs + 1, Number.NaN, '1', 2 ** 53]) {
      expect(pathsOf('open_session', { user_id: 'a', idle_timeout: idleTimeout })).to.deep.equal([
        '/idle_timeout',
      ]);
    }
    for (const seq of [-1, 0.5, 2 ** 53]) {
      expect(pathsOf('touch_session', { session_id: 's', seq })).to.deep.equal(['/seq']);
    }
  });

  it('parseParams() refuses a beat that is none', () => {
    const fields: readonly object[] = [
      { context_id: '' },
      { context_id: 'x'.repeat(65) },
      { context_id: 'ä' },
      { context_id: 'a\n' },
      { status: 'gone' },
      { visible: 1 },
      { path: [] },
      { path: ['a', 'b', 'c'] },
      { path: [''] },
      { path: ['x'.repeat(513)] },
      { activity: '' },
      { next_beat: 'soon' },
    ];
    for (const field of fields) {
      const [key = ''] = Object.keys(field);
      const paths = pathsOf('touch_session', { session_id: 's', ...field });
      expect(paths.every((path) => path.startsWith(`/${key}`))).to.equal(true);
    }
  });

  it('parseParams() names at most 50 paths', () => {
    const extras = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`extra${n}`, n]));
    expect(pathsOf('open_session', { user_id: 'a', ...extras }).length).to.equal(50);
  });
});
