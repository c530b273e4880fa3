import { expect } from 'chai';
import { sendResult } from '../../../src/services/http/http-answers.js';
import { openEndpoint } from './open-endpoint.js';

const page = 'https://page.example';
const preflight = { origin: page, 'access-control-request-method': 'POST' };

async function ask(
  settings: Record<string, unknown>,
  method: 'OPTIONS' | 'POST',
  headers: Record<string, string>,
) {
  const { endpoint } = await openEndpoint({
    settings: { 'options.auth': 'none', ...settings },
    routes: (own) =>
      own.registerRouteWithAuth('post', '/echo', null, 'public', (_request, reply) => {
        sendResult(reply, 1);
      }),
  });
  const answer = await endpoint.inject({ method, url: '/echo', headers });
  await endpoint.close('test');
  const names = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'));
  return { status: answer.statusCode, headers: answer.headers, names };
}

describe('CORS', () => {
  it('is not there unless origins are configured', async () => {
    expect(await ask({}, 'OPTIONS', preflight)).to.deep.include({ status: 405, names: [] });
    expect(await ask({}, 'POST', { origin: page })).to.deep.include({ status: 200, names: [] });
  });

  it('answers a preflight of a configured origin', async () => {
    const settings = { cors_origins: `https://other.example, ${page}`, cors_headers: 'x-own' };
    const { headers, status } = await ask(settings, 'OPTIONS', preflight);
    expect(status).to.equal(204);
    expect(headers).to.include({
      vary: 'Origin',
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers':
        'content-type, authorization, x-api-key, x-correlation-id, x-own',
    });
  });

  it('names the origin in the answer to its request', async () => {
    const { headers, status } = await ask({ cors_origins: page }, 'POST', { origin: page });
    expect(status).to.equal(200);
    expect(headers).to.include({
      'access-control-allow-origin': page,
      'access-control-expose-headers': 'x-correlation-id',
    });
  });

  it('says nothing to other origins', async () => {
    const headers = { ...preflight, origin: 'https://evil.example' };
    expect(await ask({ cors_origins: page }, 'OPTIONS', headers)).to.deep.include({
      status: 405,
      names: [],
    });
  });

  it('lets all pages call with *, without saying that answers differ', async () => {
    const { headers } = await ask({ cors_origins: '*' }, 'POST', { origin: page });
    expect(headers['access-control-allow-origin']).to.equal('*');
    expect(headers['vary']).to.equal(undefined);
  });
});
