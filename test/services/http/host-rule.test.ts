import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import { isLoopback, isOwnRequest } from '../../../src/services/http/host-rule.js';
import { openEndpoint } from './open-endpoint.js';

function request(headers: Record<string, string>): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  Object.assign(message.headers, headers);
  return message;
}

describe('isOwnRequest()', () => {
  const own: readonly Record<string, string>[] = [
    { host: 'localhost' },
    { host: 'localhost:8080' },
    { host: 'LOCALHOST:8080' },
    { host: '127.0.0.1:80' },
    { host: '[::1]' },
    { host: '[::1]:8080' },
    { host: 'localhost:8080', origin: 'http://localhost:8080' },
    { host: 'localhost:8080', origin: 'https://localhost:8080' },
    { host: 'localhost', 'sec-fetch-site': 'same-origin' },
    { host: 'localhost', 'sec-fetch-site': 'none' },
    { host: 'localhost', 'x-forward': 'a' },
  ];
  for (const headers of own) {
    it(`takes ${JSON.stringify(headers)}`, () => {
      expect(isOwnRequest(request(headers))).to.equal(true);
    });
  }

  const foreign: readonly Record<string, string>[] = [
    {},
    { host: '' },
    { host: 'evil.example' },
    { host: 'localhost.evil.example' },
    { host: 'evil.example:127' },
    { host: 'localhost@evil.example' },
    { host: 'localhost:8080:1' },
    { host: 'localhost:port' },
    { host: '127.0.0.1.evil.example' },
    { host: '127.0.0.2' },
    { host: '0.0.0.0:8080' },
    { host: '[::]' },
    { host: '::1' },
    { host: 'localhost', origin: 'http://evil.example' },
    { host: 'localhost:8080', origin: 'http://localhost' },
    { host: 'localhost', origin: 'http://127.0.0.1' },
    { host: 'localhost', origin: 'null' },
    { host: 'localhost', origin: '' },
    { host: 'localhost', 'sec-fetch-site': 'cross-site' },
    { host: 'localhost', forwarded: 'for=192.0.2.1' },
    { host: 'localhost', 'x-forwarded-for': '192.0.2.1' },
    { host: 'localhost', 'x-forwarded-host': 'localhost' },
    { host: 'localhost', via: '1.1 proxy' },
  ];
  for (const headers of foreign) {
    it(`refuses ${JSON.stringify(headers)}`, () => {
      expect(isOwnRequest(request(headers))).to.equal(false);
    });
  }
});

describe('isLoopback()', () => {
  it('knows what only this machine reaches', () => {
    const hosts = [
      'localhost',
      '127.0.0.1',
      '127.1.2.3',
      '::1',
      '0.0.0.0',
      '::',
      '10.0.0.1',
      '127.x',
    ];
    expect(hosts.filter(isLoopback)).to.deep.equal(['localhost', '127.0.0.1', '127.1.2.3', '::1']);
  });
});

describe('The Host rule', () => {
  const foreign = { host: 'evil.example' };

  it('holds on every route and on none, without keys', async () => {
    const { endpoint } = await openEndpoint({ settings: { cors_origins: '*' } });
    const codes: unknown[] = [];
    for (const url of ['/livez', '/readyz', '/none']) {
      const answer = await endpoint.inject({ url, headers: foreign });
      codes.push([answer.statusCode, answer.json().code]);
    }
    const preflight = await endpoint.inject({
      method: 'OPTIONS',
      url: '/livez',
      headers: { origin: 'http://evil.example', 'access-control-request-method': 'GET' },
    });
    await endpoint.close('test');
    expect(codes).to.deep.equal(Array(3).fill([403, 'HOST_NOT_ALLOWED']));
    expect(preflight.statusCode).to.equal(403);
  });

  it('does not hold with AUTH=none', async () => {
    const { endpoint } = await openEndpoint({ settings: { 'options.auth': 'none' } });
    const answer = await endpoint.inject({ url: '/livez', headers: foreign });
    await endpoint.close('test');
    expect(answer.statusCode).to.equal(200);
  });
});
