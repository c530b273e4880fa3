import { expect } from 'chai';
import { ConfigParams } from 'pip-services3-commons-nodex';
import {
  booleanSetting,
  choiceSetting,
  defaultsOf,
  integerSetting,
  listSetting,
  readSettings,
  textSetting,
} from '../../src/logic/settings.js';

const settings = {
  size: integerSetting({
    key: 'options.size',
    alias: 'options.length',
    default: 5,
    min: 1,
    max: 10,
    doc: 'Size.',
  }),
  path: textSetting({ key: 'path', default: undefined, doc: 'Path.' }),
  loud: booleanSetting({ key: 'loud', default: false, doc: 'Loud.' }),
  colour: choiceSetting({ key: 'colour', default: 'red', words: ['red', 'blue'], doc: 'Colour.' }),
  days: listSetting({ key: 'days', default: ['mon'], words: ['mon', 'tue', 'wed'], doc: 'Days.' }),
} as const;

const defaults = { size: 5, path: undefined, loud: false, colour: 'red', days: ['mon'] };

function read(...pairs: readonly string[]) {
  return readSettings('part', ConfigParams.fromTuples(...pairs), settings);
}

describe('readSettings()', () => {
  it('answers the defaults where nothing is set', () => {
    expect(read()).to.deep.equal(defaults);
    expect(defaultsOf(settings)).to.deep.equal(defaults);
  });

  it('takes an empty value for its absence', () => {
    expect(read('options.size', '', 'path', '')).to.deep.equal(defaults);
  });

  it('reads a value of each sort', () => {
    const values = read(
      'options.size',
      '7',
      'path',
      'a b',
      'loud',
      'TRUE',
      'colour',
      'blue',
      'days',
      'wed, mon',
    );
    expect(values).to.deep.equal({
      size: 7,
      path: 'a b',
      loud: true,
      colour: 'blue',
      days: ['mon', 'wed'],
    });
  });

  it('reads an alias, and the key before it', () => {
    expect(read('options.length', '3').size).to.equal(3);
    expect(read('options.length', '3', 'options.size', '4').size).to.equal(4);
  });

  it('passes over what the container itself put there', () => {
    expect(read('descriptor', 'a:b:c:d:1.0', 'dependencies.endpoint', 'x')).to.deep.equal(defaults);
  });

  it('names the component and the key of an unknown setting, and the known ones', () => {
    expect(() => read('options.sizes', '7')).to.throw(
      'part: options.sizes: unknown setting (known: colour, days, loud, options.length, options.size, path)',
    );
  });

  for (const [key, value, allowed] of [
    ['options.size', '0', 'a whole number from 1 to 10'],
    ['options.size', '11', 'a whole number from 1 to 10'],
    ['options.size', '1.5', 'a whole number from 1 to 10'],
    ['options.size', '1e1', 'a whole number from 1 to 10'],
    ['loud', 'maybe', '`true` or `false`'],
    ['loud', 'constructor', '`true` or `false`'],
    ['colour', 'green', '`red`, `blue`'],
    ['days', 'mon,sun', 'some of `mon`, `tue`, `wed`, separated by commas'],
  ] as const) {
    it(`refuses "${value}" for ${key} with the values allowed`, () => {
      expect(() => read(key, value)).to.throw(`part: ${key}: "${value}" is not ${allowed}`);
    });
  }
});
