import { expect } from 'chai';
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/data/version1/json.js';
import { mergePatch } from '../../src/domain/merge-patch.js';
import { deepFreeze } from '../support/values.js';

/** The table of RFC 7396, appendix A: target, patch, result. */
const examples: readonly (readonly [JsonValue, JsonValue, JsonValue])[] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

const values = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;
const objects = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'),
  values,
) as fc.Arbitrary<JsonObject>;

function holdsNull(value: JsonValue): boolean {
  if (value === null) return true;
  return typeof value === 'object' && Object.values(value).some(holdsNull);
}

describe('mergePatch()', () => {
  for (const [target, patch, result] of examples) {
    it(`mergePatch() of ${JSON.stringify(target)} by ${JSON.stringify(patch)}`, () => {
      expect(mergePatch(target, patch)).to.deep.equal(result);
    });
  }

  it('mergePatch() changes neither target nor patch', () => {
    fc.assert(
      fc.property(values, values, (target, patch) => {
        mergePatch(deepFreeze(target), deepFreeze(patch));
      }),
    );
  });

  it('mergePatch() twice is mergePatch() once', () => {
    fc.assert(
      fc.property(values, values, (target, patch) => {
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).to.deep.equal(once);
      }),
    );
  });

  it('mergePatch() by an empty object changes no object', () => {
    fc.assert(
      fc.property(objects, (target) => {
        expect(mergePatch(target, {})).to.deep.equal(target);
      }),
    );
  });

  it('mergePatch() of anything by a value without null gives what it gives to nothing and more', () => {
    fc.assert(
      fc.property(values, objects, (target, patch) => {
        fc.pre(!holdsNull(patch));
        expect(mergePatch(null, patch)).to.deep.equal(patch);
        expect(Object.keys(mergePatch(target, patch) as object)).to.include.members(
          Object.keys(patch),
        );
      }),
    );
  });

  it('mergePatch() leaves no key whose patch is null, and touches no other', () => {
    fc.assert(
      fc.property(objects, objects, (target, patch) => {
        const merged = mergePatch(target, patch) as JsonObject;
        for (const key of Object.keys(patch)) {
          expect(Object.hasOwn(merged, key)).to.equal(patch[key] !== null);
        }
        for (const key of Object.keys(target)) {
          if (!Object.hasOwn(patch, key)) expect(merged[key]).to.deep.equal(target[key]);
        }
      }),
    );
  });

  it('mergePatch() keeps __proto__ a key and changes no prototype', () => {
    const patch = JSON.parse('{"__proto__":{"polluted":true}}') as JsonValue;
    const merged = mergePatch({}, patch);
    expect(JSON.stringify(merged)).to.equal('{"__proto__":{"polluted":true}}');
    expect(Object.getPrototypeOf(merged)).to.equal(Object.prototype);
    expect(Object.hasOwn(Object.prototype, 'polluted')).to.equal(false);
  });
});
