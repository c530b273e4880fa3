import { expect } from 'chai';
import { References } from 'pip-services3-commons-nodex';
import { openEndpoint } from './open-endpoint.js';

const storeDescriptor = 'service-sessions:persistence:test:default:1.0';

describe('GET /readyz', () => {
  async function ask(options: {
    readonly checkReady?: () => Promise<void>;
    readonly settings?: Record<string, unknown>;
    readonly isReady?: boolean;
  }) {
    const { checkReady, isReady = true, settings = {} } = options;
    const store = checkReady === undefined ? {} : { checkReady };
    const { endpoint } = await openEndpoint({ settings, components: [[storeDescriptor, store]] });
    endpoint.setReady(isReady);
    const answer = await endpoint.inject({ url: '/readyz' });
    const live = await endpoint.inject({ url: '/livez' });
    await endpoint.close('test');
    expect(live.statusCode).to.equal(200);
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  }

  it('answers 200 when there is nothing to ask', async () => {
    expect(await ask({})).to.deep.include({ status: 200, body: { status: 'ready' } });
  });

  it('answers 200 when the store is ready', async () => {
    expect(await ask({ checkReady: async () => {} })).to.deep.include({ status: 200 });
  });

  it('answers 503 when the store is not, and nothing of why', async () => {
    const checkReady = async () => await Promise.reject(new Error('/home/secret is gone'));
    const { body, status } = await ask({ checkReady });
    expect([status, body.code]).to.deep.equal([503, 'STORE_UNAVAILABLE']);
    expect(JSON.stringify(body)).to.not.contain('secret');
  });

  it('answers 503 when the store does not answer in time', async () => {
    const checkReady = async () => await new Promise<void>(() => {});
    const { body, headers, status } = await ask({
      checkReady,
      settings: { 'options.readiness_timeout': 20 },
    });
    expect([status, body.code, headers['retry-after']]).to.deep.equal([
      503,
      'STORE_UNAVAILABLE',
      '1',
    ]);
  });

  it('answers 503 when no requests are wanted', async () => {
    const { body, status } = await ask({ isReady: false });
    expect([status, body.code]).to.deep.equal([503, 'OVERLOADED']);
  });

  it('answers 503 in maintenance, as all routes but /livez do', async () => {
    const { body, status } = await ask({ settings: { 'options.maintenance_enabled': true } });
    expect([status, body.code]).to.deep.equal([503, 'OVERLOADED']);
  });

  it('asks once for requests at the same time, and again for later ones', async () => {
    let calls = 0;
    const { endpoint } = await openEndpoint();
    endpoint.addReadinessCheck(async () => {
      calls += 1;
      await new Promise((resolve) => setImmediate(resolve));
    });
    const ready = async () => (await endpoint.inject({ url: '/readyz' })).statusCode;
    const together = await Promise.all([ready(), ready(), ready()]);
    const callsTogether = calls;
    await ready();
    await endpoint.close('test');
    expect(together).to.deep.equal([200, 200, 200]);
    expect([callsTogether, calls]).to.deep.equal([1, 2]);
  });

  it('asks the stores of the last references only', async () => {
    const { endpoint } = await openEndpoint({
      components: [
        [storeDescriptor, { checkReady: async () => await Promise.reject(new Error()) }],
      ],
    });
    endpoint.setReferences(new References());
    const answer = await endpoint.inject({ url: '/readyz' });
    await endpoint.close('test');
    expect(answer.statusCode).to.equal(200);
  });
});
