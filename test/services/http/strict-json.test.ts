import { expect } from 'chai';
import fc from 'fast-check';
import { parseStrictJson } from '../../../src/services/http/strict-json.js';

function parse(text: string): unknown {
  return parseStrictJson(Buffer.from(text));
}

function refusalOf(text: string | Buffer): string {
  try {
    parseStrictJson(Buffer.from(text));
  } catch (caught) {
    if (caught instanceof Error && 'code' in caught && caught.code === 'INVALID_JSON') {
      return caught.message.replace('The body is not acceptable JSON: ', '');
    }
    throw caught;
  }
  return 'accepted';
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

/** Texts of JSON, with keys that are often equal and sometimes escaped. */
const { text: jsonTexts } = fc.letrec<{ text: string }>((tie) => {
  const keys = fc.constantFrom('"a"', '"\\u0061"', '"b"', '"\\""', '"c\\\\"', '"__proto__"');
  const scalars = fc.constantFrom('1', '-2.5e3', '"}"', '"\\"{"', '""', 'null', 'true', '0.1');
  const members = fc.array(fc.tuple(keys, tie('text')), { maxLength: 4 });
  const items = fc.array(tie('text'), { maxLength: 3 });
  return {
    text: fc.oneof(
      { maxDepth: 3 },
      scalars,
      members.map((list) => `{ ${list.map(([key, value]) => `${key} :${value}`).join(',')}}`),
      items.map((list) => `[${list.join(' , ')}]`),
    ),
  };
});

/** Whole numbers above the safe ones, most of which are written shorter than they are. */
const largeWhole = fc.integer({ min: 1, max: 2 ** 31 - 1 }).map((part) => part * 2 ** 38);

describe('parseStrictJson()', () => {
  it('takes nothing for an empty object', () => {
    expect(parse('')).to.deep.equal({});
  });

  it('answers what JSON.parse answers, for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), fc.boolean(), (value, spaced) => {
        const text = JSON.stringify(value, null, spaced ? 2 : undefined);
        const expected: unknown = JSON.parse(text);
        expect(parse(text)).to.deep.equal(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses every text that JSON.parse refuses, with a reason that quotes nothing', () => {
    const pieces = fc.constantFrom(
      ...'{}[],:"\\ 01-.eE+tfn',
      'true',
      'null',
      '"a"',
      '\n',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 1, maxLength: 12 }), (parts) => {
        const text = parts.join('');
        fc.pre(!isJson(text));
        expect(refusalOf(text)).to.match(/^it breaks the grammar( at position \d+)?\.$/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses of what JSON.parse takes only what is documented', () => {
    fc.assert(
      fc.property(jsonTexts, (text) => {
        const refusal = refusalOf(text);
        if (hasRepeatedKey(text))
          expect(refusal).to.match(/^key ".+" is repeated at position \d+\.$/);
        else expect(parse(text)).to.deep.equal(JSON.parse(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('refuses what is not UTF-8', () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xc3],
    ]) {
      expect(refusalOf(Buffer.from(bytes))).to.equal('it is not UTF-8.');
    }
  });

  it('refuses a byte order mark', () => {
    expect(refusalOf('\uFEFF{}')).to.equal('it starts with a byte order mark.');
  });

  it('refuses equal keys in one object, also when one is escaped', () => {
    expect(refusalOf('{"a":1,"a":2}')).to.equal('key "a" is repeated at position 7.');
    expect(refusalOf('{"a":1,"\\u0061":2}')).to.equal('key "a" is repeated at position 7.');
    expect(refusalOf('[{"x":{"a\\"":1,"a\\u0022":1}}]')).to.match(/^key "a\\"" is repeated/);
    expect(refusalOf('{"":1,"":2}')).to.match(/^key "" is repeated/);
  });

  it('finds a repeated key among thousands', () => {
    const keys = Array.from({ length: 3_000 }, (_, index) => `"k${index}":${index}`);
    expect(refusalOf(`{${keys.join(',')}}`)).to.equal('accepted');
    expect(refusalOf(`{${keys.join(',')},"k7":1}`)).to.match(/^key "k7" is repeated/);
    expect(refusalOf(`{${keys.slice(0, 8).join(',')},"k7":1}`)).to.match(/^key "k7" is repeated/);
  });

  it('takes equal keys in different objects, and texts equal to keys', () => {
    const text = '{"a":{"a":["a","a",{"a":"a"}]},"b":{"a":1}}';
    expect(parse(text)).to.deep.equal(JSON.parse(text));
  });

  it('takes texts that look like structure', () => {
    const value = { 'a"{': '}\\', b: '\\"', c: ['\\\\', '{"a":1,"a":2}', '1e400'] };
    expect(parse(JSON.stringify(value))).to.deep.equal(value);
  });

  it('takes 32 levels, the root among them, and refuses 33', () => {
    expect(refusalOf(nested(32))).to.equal('accepted');
    expect(refusalOf(nested(33))).to.equal('it is nested deeper than 32 at position 32.');
    expect(refusalOf(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`)).to.match(/^it is nested deeper/);
    expect(refusalOf(`[${nested(31)},${nested(31)}]`)).to.equal('accepted');
    expect(refusalOf(nested(100_000))).to.match(/^it is nested deeper/);
  });

  it('refuses numbers that a double would change', () => {
    const refused = {
      '1e400': 'is too large',
      '-1e400': 'is too large',
      [`${'9'.repeat(400)}`]: 'is too large',
      '1e-400': 'is too small',
      '-0.01E-400': 'is too small',
      '12345678901234567890': 'cannot be held exactly',
      '-9007199254740993': 'cannot be held exactly',
      '9007199254740993.0': 'cannot be held exactly',
      '9007199254740993e0': 'cannot be held exactly',
      '90071992547409930E-1': 'cannot be held exactly',
      // A double holds these, but JavaScript writes them as 36028797018963970 and 18446744073709552000.
      '36028797018963968': 'cannot be held exactly',
      '18446744073709551616': 'cannot be held exactly',
    };
    for (const [literal, reason] of Object.entries(refused)) {
      expect(refusalOf(literal)).to.equal(`the number at position 0 ${reason}.`);
      expect(refusalOf(`{"a":[1,${literal}]}`)).to.equal(`the number at position 8 ${reason}.`);
    }
  });

  it('takes numbers that a double holds', () => {
    const literals = ['0', '-1', '0.1', '1e308', '5e-324', '0e-999', '0.0', '9007199254740992'];
    const long = ['100000000000000000000', '0.12345678901234567890', '1e23', '9007199254740992.00'];
    for (const literal of [...literals, ...long, '9007199254740993.5', '36028797018963970']) {
      expect(parse(literal)).to.equal(JSON.parse(literal));
    }
  });

  it('takes every number that JavaScript writes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), largeWhole),
        (value) => {
          expect(parse(JSON.stringify(value))).to.equal(JSON.parse(JSON.stringify(value)));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('keeps a key __proto__ as a plain key and leaves Object.prototype alone', () => {
    const value = parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    expect(Object.keys(value as object)).to.deep.equal(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).to.equal(Object.prototype);
    expect({}).to.not.have.property('polluted');
  });

  it('keeps lone surrogates that were escaped', () => {
    expect(parse('"\\ud800"')).to.equal('\ud800');
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** By counting: a repeated key is in the text but not in the value. */
function hasRepeatedKey(text: string): boolean {
  const count = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? Object.values(value).reduce(
          (sum: number, part: unknown) => sum + count(part),
          Array.isArray(value) ? 0 : Object.keys(value).length,
        )
      : 0;
  return count(JSON.parse(text)) !== text.split(' :').length - 1;
}
