import { expect } from 'chai';
import { type CommandName, commandsV1 } from '../../src/data/version1/commands.js';
import { errorKinds } from '../../src/errors/error-codes.js';
import { callCommand } from '../support/rpc.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { exceptionOf } from './exceptions.js';
import { connectPipClient, type PipClient } from './pip-client.js';
import { type PipHost, startPipHost } from './pip-host.js';

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const stores: Readonly<Record<string, (folder: TemporaryFolder) => string>> = {
  memory: () => '- descriptor: "service-sessions:persistence:memory:default:1.0"',
  file: (folder) =>
    `- descriptor: "service-sessions:persistence:file:default:1.0"
  path: "${folder.file('sessions.db')}"`,
};

for (const [store, linesOf] of Object.entries(stores)) {
  describe(`our controller and the ${store} store in their container, behind their service`, () => {
    const called = new Set<CommandName>();
    let folder: TemporaryFolder;
    let host: PipHost;
    let client: PipClient;

    before(async () => {
      folder = await createTemporaryFolder();
      host = await startPipHost(folder, linesOf(folder));
      client = await connectPipClient(host.url);
    });
    after(async () => {
      await host.close();
      await folder.remove();
    });

    async function run(command: CommandName, params: object) {
      called.add(command);
      return await client.run(command, 'c', params);
    }

    it('open_session answers the session', async () => {
      const session = await run('open_session', { user_id: 'ann', user: null, data: { a: [1] } });
      expect(session['open_time']).to.match(isoTime);
      expect(session).to.deep.equal({
        id: session['id'],
        user_id: 'ann',
        kind: 'rpc',
        active: true,
        open_time: session['open_time'],
        request_time: session['open_time'],
        expire_time: session['expire_time'],
        revision: 0,
        data: { a: [1] },
      });
    });

    it('store, patch and update change what the session holds', async () => {
      const { id } = await run('open_session', { user_id: 'bob' });
      await run('store_session_data', { session_id: id, data: { a: 1, b: 2 } });
      await run('patch_session_data', { session_id: id, patch: { b: null, c: 3 } });
      const updated = await run('update_session_user', { session_id: id, user: 'Bob' });
      const { data, user, revision } = await run('get_session_by_id', { session_id: id });
      expect({ data, user, revision }).to.deep.equal({
        data: { a: 1, c: 3 },
        user: 'Bob',
        revision: updated['revision'],
      });
    });

    it('get_sessions and count_sessions filter, and a cursor goes on', async () => {
      for (let n = 0; n < 3; n += 1) await run('open_session', { user_id: 'cid' });
      const filter = { user_id: 'cid', active: 'true' };
      const first = await run('get_sessions', { filter, paging: { take: '2', total: 'true' } });
      const cursor = first['next_cursor'];
      const second = await run('get_sessions', { filter, paging: { take: 2, cursor } });
      const rows = [first['data'], second['data']].flat() as readonly { id: string }[];
      expect(new Set(rows.map(({ id }) => id)).size).to.equal(3);
      expect([first['total'], second['total']]).to.deep.equal([3, null]);
      expect(await run('count_sessions', { filter })).to.deep.equal({ count: 3 });
    });

    it('touch_session takes a beat and tells duplicates', async () => {
      const { id } = await run('open_session', { user_id: 'dan' });
      const beat = { session_id: id, epoch: 1, seq: 1, status: 'busy' };
      const [first, again] = [await run('touch_session', beat), await run('touch_session', beat)];
      expect([first['duplicate'], again['duplicate']]).to.deep.equal([false, true]);
      expect(first['status']).to.equal('busy');
    });

    it('closing and deleting end sessions, one or all of a user', async () => {
      const [one, two] = [
        await run('open_session', { user_id: 'eve' }),
        await run('open_session', { user_id: 'eve' }),
      ];
      const closed = await run('close_session', { session_id: one['id'] });
      expect([closed['active'], closed['close_reason']]).to.deep.equal([false, 'logout']);
      expect(await run('close_user_sessions', { user_id: 'eve' })).to.deep.equal({
        closed: 1,
        more: false,
      });
      const deleted = await run('delete_session_by_id', { session_id: two['id'] });
      expect(deleted['id']).to.equal(two['id']);
      expect(await run('delete_user_sessions', { user_id: 'eve' })).to.deep.equal({
        deleted: 1,
        more: false,
      });
      expect(await run('close_expired_sessions', {})).to.deep.equal({ closed: 0, more: false });
    });

    it('an absent session is null', async () => {
      expect(await run('get_session_by_id', { session_id: 'absent' })).to.equal(null);
    });

    it('every command of the table was called by the tests before', () => {
      expect([...called]).to.have.members(Object.keys(commandsV1));
    });

    it('failures keep code, class and details; their sender answers no correlation id', async () => {
      const { id } = await client.run('open_session', 'c', { user_id: 'fay' });
      const closed = await client.run('close_session', 'c', { session_id: id });
      const ended = await exceptionOf(
        client.run('store_session_data', 'c', { session_id: id, data: 1 }),
      );
      const wrong = await exceptionOf(client.run('open_session', 'c', {}));
      expect([ended, wrong]).to.deep.equal([
        {
          type: 'ConflictException',
          code: 'SESSION_ENDED',
          status: 409,
          category: 'Conflict',
          correlationId: null,
          message: errorKinds.SESSION_ENDED.message,
          details: { close_reason: 'logout', close_time: closed['close_time'] },
        },
        {
          type: 'BadRequestException',
          code: 'INVALID_DATA',
          status: 400,
          category: 'BadRequest',
          correlationId: null,
          message: 'The parameters are not valid: /user_id: is required.',
          details: { problems: [{ path: '/user_id', reason: 'is required' }] },
        },
      ]);
    });

    it('the answer to a failure has neither a stack nor a cause', async () => {
      const { status, body } = await callCommand(host.url, 'open_session', {});
      expect({ status, body }).to.deep.equal({
        status: 400,
        body: {
          code: 'INVALID_DATA',
          status: 400,
          name: 'SessionError',
          category: 'BadRequest',
          message: 'The parameters are not valid: /user_id: is required.',
          details: { problems: [{ path: '/user_id', reason: 'is required' }] },
        },
      });
    });

    it('limits hold under calls at once', async () => {
      const opens = Array.from({ length: 12 }, async () => {
        return await callCommand(host.url, 'open_session', { user_id: 'gus' });
      });
      const statuses = (await Promise.all(opens)).map(({ status }) => status).toSorted();
      expect(statuses).to.deep.equal([200, 200, 200, ...Array.from({ length: 9 }, () => 409)]);
    });
  });
}

describe('our file store in their container', () => {
  it('keeps its sessions from one container to the next', async () => {
    const folder = await createTemporaryFolder();
    const lines = String(stores['file']?.(folder));
    const first = await startPipHost(folder, lines);
    const { body } = await callCommand(first.url, 'open_session', { user_id: 'ann' });
    await first.close();
    const second = await startPipHost(folder, lines);
    const found = await callCommand(second.url, 'get_session_by_id', {
      session_id: Reflect.get(Object(body), 'id'),
    });
    await second.close();
    await folder.remove();
    expect(found.body).to.deep.equal(body);
  });
});

describe('our HTTP service in their container', () => {
  it('is refused when it is wired to their endpoint, by name', async () => {
    const folder = await createTemporaryFolder();
    const service = 'service-sessions:service:commandable-http:default:1.0';
    const memory = String(stores['memory']?.(folder));
    const caught = await startPipHost(folder, memory, service).catch((error: unknown) => error);
    await folder.remove();
    expect(String(caught)).to.include('SessionsCommandableHttpServiceV1: dependencies.endpoint');
  });
});
