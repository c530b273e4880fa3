import { expect } from 'chai';
import fc from 'fast-check';
import { nastyTexts } from '../../../../test/support/values.js';
import { type ParamSchema, paramSchemas } from '../../src/generated/param-schemas.js';
import { commandNames } from '../../src/sessions-client.js';
import type { CommandName } from '../../src/transport.js';
import { type ComparedCall, compareCalls } from './two-services.js';

/** Values that fit some parameters, and none, and nearly. */
const anything = fc.oneof(
  fc.constantFrom(null, true, false, 0, 1, -1, -0, 1.5, 2 ** 53, 1e300, Number.NaN, 3_600_001),
  fc.constantFrom('', 'a', ' ', 'true', 'FALSE', 'yes', '10', '-1', '1.5', '2026-01-01', 'rpc'),
  fc.constantFrom('2026-02-30', '2026-01-01T00:00:01Z', '2026-01-01T00:00+25:00', 'a\0', '\ud800'),
  fc.constantFrom('x'.repeat(256), 'x'.repeat(257), '😀'.repeat(256), 'x'.repeat(513), 'damaged'),
  fc.constantFrom(...nastyTexts),
  fc.constantFrom({}, [], [''], ['a'], ['a', 'b', 'c'], [1], { nonsense: 1 }),
  fc.jsonValue({ maxDepth: 2 }),
);

const fitting: Readonly<Record<string, readonly unknown[]>> = {
  session_id: ['#0', '#1', '#2', '#3'],
  except_session_id: ['#0', '#1'],
  id: ['#0', '#1'],
  cursor: ['#0', '#1', '#2', '#3', '#4', '#5', '#6'],
  user_id: ['ann', 'bob'],
  request_id: ['one', 'two'],
  revision: [0, 1],
  client: ['shop', 'desk'],
  context_id: ['tab', 'app'],
  epoch: [0, 1],
  seq: [0, 1, 2],
  idle_timeout: [1_000, 60_000],
  absolute_timeout: [1_000, 60_000],
  take: [1, 2, '2', 1_000],
  skip: [0, 1, '1'],
  total: [true, 'true'],
  active: [true, 'false', 1],
  from_time: ['2026-01-01T00:00:10Z', Date.UTC(2026, 0, 1, 0, 0, 30), '2026-01-01'],
  to_time: ['2026-01-01T00:00:30+00:00', String(Date.UTC(2026, 0, 1, 0, 1)), '2026-01-02'],
  kind: ['rpc', 'web'],
  close_reason: ['logout', 'idle', 'lifetime', 'admin'],
  path: [['a'], ['a', 'b']],
  patch: [{ a: null, b: { c: 1 } }, { b: { c: null } }, 1],
  data: [{ a: 1, b: {} }, null, [1]],
  next_beat: [0, 7, 1.234, 1e9],
};

const usual: Readonly<Record<string, readonly unknown[]>> = {
  string: ['text', 'other'],
  boolean: [true, false],
  integer: [3],
};

/** A value of a parameter, of which `wild` are not what they must be. */
function valueFor(key: string, schema: ParamSchema, wild: number): fc.Arbitrary<unknown> {
  const tame = schema.properties
    ? paramsOf(schema, wild)
    : fc.constantFrom(...(schema.enum ?? fitting[key] ?? usual[String(schema.type)] ?? [{ a: 1 }]));
  return fc.oneof({ arbitrary: tame, weight: 20 }, { arbitrary: anything, weight: wild });
}

function paramsOf(schema: ParamSchema, wild: number): fc.Arbitrary<object> {
  const properties = Object.entries(schema.properties ?? {});
  const required = fc.record(
    Object.fromEntries(
      properties
        .filter(([key]) => schema.required?.includes(key))
        .map(([key, property]) => [key, valueFor(key, property, wild)]),
    ),
    wild === 0 ? {} : { requiredKeys: [] },
  );
  const optional = properties.filter(([key]) => !schema.required?.includes(key));
  const some = fc
    .subarray(optional, { maxLength: Math.min(3, optional.length) })
    .chain((chosen) =>
      fc.record(
        Object.fromEntries(chosen.map(([key, property]) => [key, valueFor(key, property, wild)])),
      ),
    );
  const keys = fc.constantFrom('nonsense', 'a/b', '~', '__proto__', '');
  const foreign = wild === 0 ? fc.constant({}) : fc.dictionary(keys, anything, { maxKeys: 1 });
  return fc.tuple(required, some, foreign).map((parts) => Object.assign({}, ...parts));
}

function callOf(name: CommandName, wild: number): fc.Arbitrary<ComparedCall> {
  return fc.record({
    name: fc.constant(name),
    params: paramsOf(paramSchemas[name], wild),
    passMs: fc.constantFrom(1, 1, 1, 10, 999, 1_000, 1_001, 20_000, 300_001, 86_400_000),
  });
}

function callsOf(wild: number): fc.Arbitrary<readonly ComparedCall[]> {
  // Opens come more often, so that there is something to ask about.
  const names = [...commandNames, 'open_session', 'open_session', 'get_sessions'] as const;
  const calls = fc.array(fc.oneof(...names.map((name) => callOf(name, wild))), {
    maxLength: 40,
    size: 'max',
  });
  return fc
    .tuple(fc.array(callOf('open_session', 0), { minLength: 2, maxLength: 4 }), calls)
    .map((parts) => parts.flat());
}

describe('the mock beside the service', () => {
  for (const [what, wild] of [
    ['right', 0],
    ['right and wrong', 3],
    ['mostly wrong', 40],
  ] as const) {
    it(`answers ${what} calls alike, errors with all that they say`, async () => {
      await fc.assert(
        fc.asyncProperty(callsOf(wild), async (calls) => {
          const { mock, service } = await compareCalls(calls);
          expect(mock).to.deep.equal(service);
        }),
        { numRuns: 300 },
      );
    });
  }

  it('goes through a list by cursors of its own, and takes none of another filter', async () => {
    const open = { name: 'open_session', params: { user_id: 'ann' }, passMs: 1 } as const;
    const list = (paging: object, filter: object = {}) =>
      ({ name: 'get_sessions', params: { filter, paging }, passMs: 1 }) as const;
    const { mock, service } = await compareCalls([
      ...[open, open, open],
      // The ids are #0 to #2, so that the first cursor is #3.
      list({ take: 1, total: true }),
      list({ take: 1, cursor: '#3' }),
      list({ cursor: '#4' }),
      list({ cursor: '#3', skip: 1 }),
      list({ cursor: '#3' }, { user_id: 'ann' }),
    ]);
    expect(mock).to.deep.equal(service);
    const answers = mock.slice(3).map((row) => (row as { answer: object }).answer);
    expect(answers.map((answer) => Reflect.get(answer, 'code'))).to.deep.equal([
      ...[undefined, undefined, undefined],
      'INVALID_DATA',
      'INVALID_DATA',
    ]);
  });
});
