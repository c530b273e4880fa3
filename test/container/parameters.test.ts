import { expect } from 'chai';
import { toParameters } from '../../src/container/parameters.js';

function parameterOf(value: string): string | null {
  return toParameters({ NAME: value }).getAsNullableString('NAME');
}

describe('toParameters()', () => {
  it('takes the environment, and pairs before it', () => {
    const parameters = toParameters({ A: '1', B: '2' }, ['B=3', 'C=x=y']);
    expect(parameters.getAsString('A')).to.equal('1');
    expect(parameters.getAsString('B')).to.equal('3');
    expect(parameters.getAsString('C')).to.equal('x=y');
  });

  it('leaves out what says no, so that a template takes it for unset', () => {
    for (const no of ['', 'false', 'FALSE', '0', 'no', 'off', 'f', 'n']) {
      expect(toParameters({ MEMORY_ENABLED: no }).getKeys(), no).to.deep.equal([]);
    }
    const later = toParameters({ MEMORY_ENABLED: 'true' }, ['MEMORY_ENABLED=false']);
    expect(later.getKeys()).to.deep.equal([]);
    expect(toParameters({ NAME: '', OTHER: 'false' }).getKeys()).to.deep.equal([]);
  });

  it('keeps 0 where it is a number', () => {
    expect(toParameters({ HTTP_PORT: '0' }).getAsString('HTTP_PORT')).to.equal('0');
  });

  it('leaves plain values as they are', () => {
    for (const plain of ['8080', 'data/sessions.db', 'mongodb://a:1,b:2/?x=y', 'a b', 'C:\\x']) {
      expect(parameterOf(plain)).to.equal(plain);
    }
  });

  it('quotes what YAML would read as nothing, as another number or as a date', () => {
    for (const other of [
      '~',
      'null',
      'NULL',
      '1e3',
      '0x10',
      '0o17',
      '017',
      '1_000',
      '.5',
      '1.0',
      '.inf',
      '.NaN',
      '12:30',
      '2026-11-21',
      '2026-11-21 10:00:00',
    ]) {
      expect(parameterOf(other)).to.equal(JSON.stringify(other));
    }
    for (const same of ['8080', '-1', 'true', '10.0.0.1', 'e3', '1.2.3', 'nullify']) {
      expect(parameterOf(same)).to.equal(same);
    }
  });

  it('refuses a pair without a value', () => {
    expect(() => toParameters({}, ['NAME'])).to.throw('--param NAME: is not name=value');
  });

  it('quotes values that YAML would read as something else', () => {
    for (const nasty of [
      'a: b',
      'a #b',
      '"a"',
      "'a",
      '- a',
      '{a}',
      '[a',
      '*a',
      '&a',
      '!a',
      '@a',
      'a\nb: c',
    ]) {
      expect(parameterOf(nasty)).to.equal(JSON.stringify(nasty));
    }
  });
});
