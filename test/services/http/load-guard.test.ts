import { expect } from 'chai';
import { sendResult } from '../../../src/services/http/http-answers.js';
import { openEndpoint } from './open-endpoint.js';

/** Keeps the event loop from everything else. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('LoadGuard', () => {
  it('refuses more requests than may run, but no probe, and serves again after', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { endpoint, logger } = await openEndpoint({
      settings: { 'options.max_running_requests': 2 },
      routes: (own) =>
        own.registerRouteWithAuth('get', '/hold', null, 'public', async (_, reply) => {
          await held;
          sendResult(reply, 'held');
        }),
    });
    const inject = async (url: string) => await endpoint.inject({ url });
    const running = [inject('/hold'), inject('/hold')];
    await new Promise((resolve) => setImmediate(resolve));
    const refused = await inject('/hold');
    const probes = [await inject('/livez'), await inject('/readyz?a=b'), await inject('/none')];
    release();
    const answers = [...(await Promise.all(running)), await inject('/hold')];
    await endpoint.close('test');
    expect(refused.statusCode).to.equal(503);
    expect(refused.headers['retry-after']).to.equal('1');
    expect(refused.json()).to.include({ code: 'OVERLOADED', category: 'NoResponse' });
    expect(probes.map(({ statusCode }) => statusCode)).to.deep.equal([200, 200, 404]);
    expect(answers.map(({ statusCode }) => statusCode)).to.deep.equal([200, 200, 200]);
    const messages = logger.lines.filter(({ level }) => level === 'error');
    expect(messages.map(({ message }) => message)).to.deep.equal(['GET /hold answered OVERLOADED']);
  });

  it('refuses while the event loop stays late, not for one pause', async () => {
    const { endpoint } = await openEndpoint({
      settings: { 'options.max_loop_delay': 20 },
      routes: (own) =>
        own.registerRouteWithAuth('get', '/now', null, 'public', (_request, reply) => {
          sendResult(reply, 'now');
        }),
    });
    const statuses: number[] = [];
    const blockAndAsk = async () => {
      block(150);
      // The guard's timer is due first.
      await new Promise((resolve) => setTimeout(resolve, 1));
      statuses.push((await endpoint.inject({ url: '/now' })).statusCode);
    };
    await blockAndAsk();
    for (let pauses = 0; pauses < 3; pauses += 1) await blockAndAsk();
    while ((await endpoint.inject({ url: '/now' })).statusCode === 503) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await endpoint.close('test');
    expect(statuses[0]).to.equal(200);
    expect(statuses.at(-1)).to.equal(503);
  });
});
