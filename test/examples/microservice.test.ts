import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { SessionV1 } from '../../src/data/version1/session-v1.js';
import { expectCommand } from '../support/rpc.js';
import {
  projectFolder,
  type ServiceProcess,
  startServiceProcess,
} from '../support/service-process.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { type ExampleProcess, installExamples, startExample } from './support/example-process.js';
import { createUser } from './support/shop-user.js';
import { until } from './support/until.js';

const run = promisify(execFile);
const lineLimit = 40;

describe('examples/microservice', () => {
  let folder: TemporaryFolder;
  let service: ServiceProcess;
  let shop: ExampleProcess;
  const environment = () => ({
    FILE_PATH: folder.file('sessions.db'),
    // The shop has to beat after two seconds.
    SESSION_IDLE_TIMEOUT: '20000',
    MAX_SESSIONS_PER_USER: '3',
  });
  const startAgain = async () => {
    const env = { ...environment(), HTTP_PORT: new URL(service.url).port };
    service = await startServiceProcess({ env });
  };
  const sessionsOf = async (user: string) => {
    const filter = { user_id: user };
    const page = await expectCommand<{ data: SessionV1[] }>(service.url, 'get_sessions', {
      filter,
    });
    return page.data;
  };
  before(async () => {
    folder = await createTemporaryFolder();
    await installExamples();
    service = await startServiceProcess({ env: environment() });
    shop = await startExample('microservice', service.url);
  });
  after(async () => {
    await shop.stop();
    await service.stop();
    await folder.remove();
  });

  it('signs a user in, with a session of theirs whose id is in a cookie out of reach of scripts', async () => {
    const user = createUser(shop.url);
    const { body, headers, status } = await user.signIn('ann');
    expect({ status, body }).to.deep.equal({ status: 200, body: { user: 'ann' } });
    const [session, ...others] = await sessionsOf('ann');
    expect(others).to.deep.equal([]);
    expect(session).to.include({ active: true, client: 'shop' });
    expect(headers.get('set-cookie')).to.equal(
      `session=${session?.id}; HttpOnly; SameSite=Lax; Path=/`,
    );
  });

  it('lets nobody in without a session, with one that is not there, or with nonsense', async () => {
    const user = createUser(shop.url);
    for (const cookie of ['', `session=${'x'.repeat(43)}`, 'session=%00', 'session=', 'a=b; c']) {
      const { body, status } = await user.getCart(cookie);
      expect({ status, body }, cookie).to.deep.equal({ status: 401, body: { code: 'SIGN_IN' } });
    }
  });

  it('keeps a cart, of two changes at once only one, and tells the other', async () => {
    const user = createUser(shop.url);
    await user.signIn('bob');
    const first = await user.getCart();
    expect(first).to.deep.include({ status: 200, body: { cart: [] } });
    const seen = first.headers.get('etag');
    const answers = await Promise.all([
      user.putCart({ cart: ['tea'] }, seen),
      user.putCart({ cart: ['coffee'] }, seen),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([200, 412]);
    const kept = answers.find(({ status }) => status === 200);
    const refused = answers.find(({ status }) => status === 412);
    expect(refused?.body).to.deep.equal({ code: 'CART_CHANGED' });
    const now = await user.getCart();
    expect(now.body).to.deep.equal(kept?.body);
    expect(now.headers.get('etag')).to.equal('"1"');
  });

  it('refuses changes that it cannot check or read, and goes on', async () => {
    const user = createUser(shop.url);
    await user.signIn('cy');
    const answers = [
      await user.putCart({ cart: ['tea'] }, null),
      await user.putCart({ cart: 'tea' }, '"0"'),
      await user.putCart('{', '"0"'),
      await user.putCart([], '"0"'),
      await user.putCart({ cart: ['x'.repeat(20_000)] }, '"0"'),
      await user.send('PUT', '/cart', { headers: { 'if-match': '"0"' }, body: 'cart=tea' }),
      await user.signIn(''),
      await user.signIn('x'.repeat(257)),
      await user.send('GET', '/nowhere'),
    ];
    expect(
      answers.map(({ body, status }) => [status, (body as { code: string }).code]),
    ).to.deep.equal([
      [428, 'NO_IF_MATCH'],
      [400, 'NO_CART'],
      [400, 'NOT_JSON'],
      [400, 'NOT_AN_OBJECT'],
      [413, 'BODY_TOO_LARGE'],
      [415, 'WRONG_CONTENT_TYPE'],
      [400, 'NO_USER'],
      [400, 'INVALID'],
      [404, 'NO_ROUTE'],
    ]);
    expect((await user.getCart()).body).to.deep.equal({ cart: [] });
  });

  it('signs a user out: the session is closed, and its cookie worth nothing to who kept it', async () => {
    const user = createUser(shop.url);
    await user.signIn('dot');
    const { cookie } = user;
    const { headers, status } = await user.send('POST', '/sign-out');
    expect(status).to.equal(204);
    expect(headers.get('set-cookie')).to.include('session=; ').and.to.include('Max-Age=0');
    const [session] = await sessionsOf('dot');
    expect(session).to.include({ active: false, close_reason: 'logout' });
    expect(await user.getCart(cookie)).to.deep.include({ status: 401, body: { code: 'SIGN_IN' } });
  });

  it('lets a form of another site, which comes without the cookie, sign nobody out', async () => {
    const { headers, status } = await createUser(shop.url).send('POST', '/sign-out');
    expect([status, headers.get('set-cookie')]).to.deep.equal([401, null]);
  });

  it('tells a user who has the allowed number of sessions', async () => {
    const user = createUser(shop.url);
    for (let count = 0; count < 3; count += 1) await user.signIn('max');
    const { body, status } = await user.signIn('max');
    expect({ status, body }).to.deep.equal({ status: 409, body: { code: 'TOO_MANY_SESSIONS' } });
  });

  it('ends a connection on which it has not read all, and says so', async () => {
    const user = createUser(shop.url);
    const { headers, status } = await user.signIn('x'.repeat(900_000));
    expect([status, headers.get('connection')]).to.deep.equal([413, 'close']);
    expect((await user.getCart()).status).to.equal(401);
  });

  it('lets a user in no more whose session was ended elsewhere', async () => {
    const user = createUser(shop.url);
    await user.signIn('eve');
    await expectCommand(service.url, 'close_user_sessions', { user_id: 'eve', reason: 'admin' });
    expect((await user.getCart()).status).to.equal(401);
    expect((await user.putCart({ cart: [] }, '"0"')).status).to.equal(401);
  });

  it('beats for who uses it, so that they stay signed in', async () => {
    const user = createUser(shop.url);
    await user.signIn('fay');
    const [opened] = await sessionsOf('fay');
    await until('a later deadline', async () => {
      expect((await user.getCart()).status).to.equal(200);
      const [session] = await sessionsOf('fay');
      return String(session?.expire_time) > String(opened?.expire_time);
    });
  });

  it('answers 503 while the service is down, and knows its users when it is back', async () => {
    const user = createUser(shop.url);
    await user.signIn('gil');
    await user.putCart({ cart: ['tea'] }, '"0"');
    await service.stop('SIGKILL');
    const { body, headers, status } = await user.getCart();
    expect({ status, body }).to.deep.equal({ status: 503, body: { code: 'TRY_AGAIN' } });
    expect(headers.get('retry-after')).to.equal('1');
    const signOut = await user.send('POST', '/sign-out');
    expect(signOut.status).to.equal(503);
    expect(signOut.headers.get('set-cookie')).to.equal(null);
    await startAgain();
    expect(await user.getCart()).to.deep.include({ status: 200, body: { cart: ['tea'] } });
  });

  it('answers 503 while the service hangs, and 200 when it goes on', async () => {
    const user = createUser(shop.url);
    await user.signIn('hal');
    service.child.kill('SIGSTOP');
    try {
      expect(await user.getCart()).to.deep.include({ status: 503, body: { code: 'TRY_AGAIN' } });
    } finally {
      service.child.kill('SIGCONT');
    }
    await until('an answer', async () => (await user.getCart()).status === 200);
  });

  it('complains about none of this, and ends in order', async () => {
    const other = await startExample('microservice', service.url);
    await createUser(other.url).signIn('ivy');
    expect(await other.stop()).to.equal(0);
    expect(other.complaints() + shop.complaints()).to.equal('');
  });

  describe('README.md', () => {
    let readme: string;
    before(async () => {
      readme = await readFile(join(projectFolder, 'examples/microservice/README.md'), 'utf8');
    });
    const blocks = () =>
      [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => String(text));

    it(`has at most ${lineLimit} lines, and commands that set up what this test runs`, () => {
      expect(readme.trimEnd().split('\n').length).to.be.at.most(lineLimit);
      expect(blocks()[0]?.trim().split('\n')).to.deep.equal([
        // Before each `npm test`.
        'npm run build:client',
        // By `installExamples`.
        'npm --prefix examples install',
        // By `startExample`.
        'node examples/microservice/server.js',
      ]);
    });

    it('has commands that answer what it says of them', async () => {
      const script = String(blocks()[1])
        .replaceAll('http://127.0.0.1:3000', shop.url)
        .replaceAll('\n', "\necho ''\n");
      const { stdout } = await run('bash', ['-ec', script], { cwd: folder.path });
      const lines = stdout.split(/\r?\n/).filter((line) => /^(HTTP|etag|\{)/.test(line));
      expect(lines).to.deep.equal([
        '{"user":"ann"}',
        'HTTP/1.1 200 OK',
        'etag: "0"',
        '{"cart":[]}',
        '{"cart":["tea"]}',
        '{"code":"CART_CHANGED"}',
        '{"code":"SIGN_IN"}',
      ]);
    });
  });
});
