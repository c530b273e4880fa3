import { expect } from 'chai';
import fc from 'fast-check';
import type { JsonValue } from '../../src/data/version1/json.js';
import { decodeDocument, encodeDocument, maxDocumentBytes } from '../../src/domain/document.js';
import { thrownBy } from '../support/failure.js';
import { nastyDocuments } from '../support/values.js';

function nested(depth: number): JsonValue {
  let value: JsonValue = 1;
  for (let n = 0; n < depth; n += 1) value = n % 2 === 0 ? [value] : { a: value };
  return value;
}

function refused(value: unknown): string {
  const { code, details } = thrownBy(() => encodeDocument('data', value as JsonValue));
  expect(code).to.equal('INVALID_DATA');
  return JSON.stringify(details);
}

describe('encodeDocument() and decodeDocument()', () => {
  it('encodeDocument() keeps any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue() as fc.Arbitrary<JsonValue>, (value) => {
        fc.pre(!holdsNegativeZero(value));
        expect(decodeDocument(encodeDocument('data', value))).to.deep.equal(value);
      }),
    );
  });

  it('encodeDocument() keeps the hard cases', () => {
    for (const text of nastyDocuments) {
      const value = decodeDocument(text);
      expect(decodeDocument(encodeDocument('data', value))).to.deep.equal(value);
    }
  });

  it('encodeDocument() takes 31 levels and refuses 32', () => {
    expect(decodeDocument(encodeDocument('data', nested(31)))).to.deep.equal(nested(31));
    expect(refused(nested(32))).to.include('nested more than 31 deep');
  });

  it('encodeDocument() refuses what JSON cannot hold or would change', () => {
    for (const value of [
      undefined,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -0,
      [-0],
      { a: [{ b: Number.NaN }] },
      10n,
      () => 1,
      Symbol('a'),
      { a: undefined },
      new Date(),
      new Map(),
    ]) {
      expect(refused(value)).to.include('"path":"/data"');
    }
  });

  it('encodeDocument() takes an object without a prototype', () => {
    const value = Object.assign(Object.create(null) as object, { a: 1 }) as JsonValue;
    expect(encodeDocument('data', value)).to.equal('{"a":1}');
  });

  it('encodeDocument() takes 256 KiB of UTF-8 and refuses a byte more', () => {
    for (const letter of ['x', 'é', '€', '😀']) {
      const size = Buffer.byteLength(letter);
      const fitting = letter.repeat(Math.floor((maxDocumentBytes - 2) / size));
      expect(decodeDocument(encodeDocument('data', fitting))).to.equal(fitting);
      const failure = thrownBy(() => encodeDocument('user', fitting + letter.repeat(3)));
      expect(failure.code).to.equal('BODY_TOO_LARGE');
      const bytes = Buffer.byteLength(fitting) + 3 * size + 2;
      expect(failure.details).to.deep.equal({ field: 'user', bytes, limit: maxDocumentBytes });
    }
    const exact = 'x'.repeat(maxDocumentBytes - 2);
    expect(encodeDocument('data', exact).length).to.equal(maxDocumentBytes);
    expect(thrownBy(() => encodeDocument('data', `${exact}x`)).code).to.equal('BODY_TOO_LARGE');
  });
});

function holdsNegativeZero(value: JsonValue): boolean {
  if (typeof value === 'object' && value !== null) {
    return Object.values(value as object).some(holdsNegativeZero);
  }
  return Object.is(value, -0);
}
