import { expect } from 'chai';
import { ConfigParams, References } from 'pip-services3-commons-nodex';
import { type CommandName, commandNames, commandsV1 } from '../../../src/data/version1/commands.js';
import { sessionEnded } from '../../../src/errors/makers.js';
import { SessionsCommandableHttpServiceV1 } from '../../../src/services/rpc-v1/commandable-http-service.js';
import { createController, openServices } from '../http/open-services.js';

describe('SessionsCommandableHttpServiceV1', () => {
  it('answers each command of the table at both paths, for its role', async () => {
    const { endpoint } = await openServices([new SessionsCommandableHttpServiceV1()]);
    const { routes } = endpoint;
    await endpoint.close('test');
    const expected = commandNames.flatMap((name) =>
      ['/v1/sessions', '/sessions'].map((base) => ({
        method: 'POST',
        path: `${base}/${name}`,
        access: commandsV1[name].role,
      })),
    );
    expect(routes.filter(({ method }) => method === 'POST')).to.deep.equal(expected);
  });

  it('gives the command the body and the correlation id, and answers its result', async () => {
    const { endpoint } = await openServices([new SessionsCommandableHttpServiceV1()]);
    const answer = await endpoint.inject({
      method: 'POST',
      url: '/sessions/close_session?correlation_id=c',
      payload: { session_id: 's', reason: null },
    });
    const bodyless = await endpoint.inject({
      method: 'POST',
      url: '/v1/sessions/close_expired_sessions',
    });
    await endpoint.close('test');
    expect(answer.json()).to.deep.equal({
      command: 'close_session',
      correlationId: 'c',
      params: { session_id: 's' },
    });
    expect(bodyless.json().params).to.deep.equal({});
  });

  it('answers 204 for null, and the error that a command throws', async () => {
    const controller = createController(({ command }) => {
      if (command === 'touch_session') throw sessionEnded('logout', 0);
      return null;
    });
    const service = new SessionsCommandableHttpServiceV1();
    const { endpoint } = await openServices([service], { controller });
    const post = async (name: CommandName) =>
      await endpoint.inject({
        method: 'POST',
        url: `/v1/sessions/${name}`,
        payload: { session_id: 's' },
      });
    const [absent, ended] = [await post('get_session_by_id'), await post('touch_session')];
    await endpoint.close('test');
    expect([absent.statusCode, absent.body]).to.deep.equal([204, '']);
    expect([ended.statusCode, ended.json().code]).to.deep.equal([409, 'SESSION_ENDED']);
    expect(ended.json().details).to.deep.equal({
      close_reason: 'logout',
      close_time: '1970-01-01T00:00:00.000Z',
    });
  });

  it('refuses JSON that is no object with INVALID_DATA', async () => {
    const { endpoint } = await openServices([new SessionsCommandableHttpServiceV1()]);
    const answers = [];
    for (const payload of ['null', '[]', '"x"', '5', 'true']) {
      const answer = await endpoint.inject({
        method: 'POST',
        url: '/v1/sessions/close_expired_sessions',
        headers: { 'content-type': 'application/json' },
        payload,
      });
      answers.push([answer.statusCode, answer.json().code]);
    }
    await endpoint.close('test');
    expect(answers).to.deep.equal(Array(5).fill([400, 'INVALID_DATA']));
  });

  it('answers at another base route, and the document beside it, when configured', async () => {
    const service = new SessionsCommandableHttpServiceV1();
    service.configure(
      ConfigParams.fromTuples('base_route', '/api/', 'swagger.enable', true, 'swagger.auto', true),
    );
    const { endpoint } = await openServices([service]);
    const document = (await endpoint.inject({ url: '/api/swagger' })).json();
    const answer = await endpoint.inject({ method: 'POST', url: '/api/count_sessions' });
    await endpoint.close('test');
    expect(answer.statusCode).to.equal(200);
    expect(Object.keys(document.paths)[0]).to.equal('/api/open_session');
  });

  it('keeps commands that are not in the table for the role system', async () => {
    const own = { getName: () => 'erase_all', execute: async () => 'done' };
    const controller = { getCommandSet: () => ({ getCommands: () => [own] }) };
    const service = new SessionsCommandableHttpServiceV1();
    const { endpoint } = await openServices([service], { controller });
    const route = endpoint.routes.find(({ path }) => path === '/v1/sessions/erase_all');
    await endpoint.close('test');
    expect(route?.access).to.equal('system');
  });

  it('needs an endpoint, and leaves it', async () => {
    const service = new SessionsCommandableHttpServiceV1();
    expect(() => service.setReferences(new References())).to.throw(/endpoint/);
    const { endpoint } = await openServices([service]);
    await endpoint.close('test');
    service.unsetReferences();
    service.register();
    await endpoint.open('test');
    expect(endpoint.routes.filter(({ method }) => method === 'POST')).to.deep.equal([]);
    await endpoint.close('test');
  });

  it('is open between open() and close()', async () => {
    const service = new SessionsCommandableHttpServiceV1();
    const states = [service.isOpen()];
    await service.open('test');
    states.push(service.isOpen());
    await service.close('test');
    states.push(service.isOpen());
    expect(states).to.deep.equal([false, true, false]);
  });
});
