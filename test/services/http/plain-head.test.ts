import { expect } from 'chai';
import { readPlainHead } from '../../../src/services/http/plain-head.js';

const plain = ['Host', 'localhost:80', 'content-type', 'application/json', 'Content-Length', '7'];
const read = { host: 'localhost:80', length: 7, correlationId: undefined };

describe('readPlainHead()', () => {
  it('reads what the short way needs, whatever the case of the names', () => {
    expect(readPlainHead(plain)).to.deep.equal(read);
    expect(readPlainHead([...plain, 'X-Correlation-Id', 'c1'])).to.deep.equal({
      ...read,
      correlationId: 'c1',
    });
  });

  it('passes over what is of no consequence', () => {
    const others = ['user-agent', 'x', 'accept', '*/*', 'Authorization', 'Bearer k', 'traceparent'];
    expect(readPlainHead([...plain, ...others, '00-ab'])).to.deep.equal(read);
  });

  it('takes JSON in UTF-8 only', () => {
    const typed = (type: string) =>
      readPlainHead(plain.map((text) => text.replace(/^app.*/, type)));
    expect(typed('application/json; charset=utf-8')).to.deep.equal(read);
    expect(typed('text/plain')).to.equal(undefined);
    expect(typed('application/json; charset=latin1')).to.equal(undefined);
  });

  for (const index of [0, 2, 4]) {
    it(`takes no head without ${plain[index]}, or with two`, () => {
      const pair = plain.slice(index, index + 2);
      expect(readPlainHead(plain.toSpliced(index, 2))).to.equal(undefined);
      expect(readPlainHead([...plain, ...pair])).to.equal(undefined);
    });
  }

  for (const name of [
    ...['origin', 'forwarded', 'via', 'x-forwarded-for', 'sec-fetch-site', 'content-encoding'],
    ...['transfer-encoding', 'expect', 'upgrade', 'correlation_id', 'x-nobody-knows'],
  ]) {
    it(`takes no head with ${name}`, () => {
      expect(readPlainHead([...plain, name, 'x'])).to.equal(undefined);
    });
  }

  it('takes no head with two correlation ids', () => {
    const ids = ['x-correlation-id', 'a', 'x-correlation-id', 'b'];
    expect(readPlainHead([...plain, ...ids])).to.equal(undefined);
  });
});
