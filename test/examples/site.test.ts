import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { SessionV1 } from '../../src/data/version1/session-v1.js';
import { type RunningService, runService } from '../support/run-service.js';
import { projectFolder } from '../support/service-process.js';
import { type ExampleProcess, installExamples, startExample } from './support/example-process.js';

const lineLimit = 40;
const ownPage = { 'sec-fetch-site': 'same-origin' };
const json = { 'content-type': 'application/json' };

describe("examples/browser, what its server lets through (its page: the client's test/browser)", () => {
  let service: RunningService;
  let site: ExampleProcess;
  const open = async (user: string) => {
    const answer = await service.controller.openSession('test', { user_id: user, kind: 'web' });
    const { id } = answer as SessionV1;
    return { id, cookie: `a=b; session=${id}` };
  };
  const read = async (id: string) =>
    (await service.controller.getSessionById('test', { session_id: id })) as SessionV1;
  const post = async (path: string, headers: Record<string, string>, body: string) =>
    await fetch(site.url + path, { method: 'POST', headers, body, redirect: 'manual' });

  before(async () => {
    await installExamples();
    service = await runService({
      store: 'memory',
      endpoint: { 'options.drain_delay': 0 },
      controller: { 'options.max_sessions_per_user': 1 },
    });
    site = await startExample('browser', service.url);
  });
  after(async () => {
    await site.stop();
    await service.close();
  });

  it('signs in by its form, and out again', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...ownPage };
    const signIn = await post('/sign-in', form, 'user=Zo%C3%AB');
    const [cookie = ''] = (signIn.headers.get('set-cookie') ?? '').split(';');
    const session = await read(cookie.replace('session=', ''));
    expect(session).to.include({ user_id: 'Zoë', kind: 'web', active: true });
    expect((await post('/sign-in', form, 'user=')).status).to.equal(400);
    expect((await post('/sign-out', { ...form, cookie }, '')).status).to.equal(303);
    expect(await read(session.id)).to.include({ active: false, close_reason: 'logout' });
  });

  it('names nobody the sessions that a user has already', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...ownPage };
    const { id } = await open('eve');
    const refused = await post('/sign-in', form, 'user=eve');
    const text = await refused.text();
    expect([refused.status, JSON.parse(text).code]).to.deep.equal([409, 'SESSION_LIMIT']);
    expect(text).to.not.include(id);
  });

  it('beats for the session in the cookie, whichever the page names', async () => {
    const [own, other] = [await open('ann'), await open('bob')];
    const beat = JSON.stringify({ session_id: other.id, epoch: 1, seq: 1, status: 'busy' });
    const headers = { ...json, ...ownPage, cookie: own.cookie };
    const answer = await post('/beat/touch_session', headers, beat);
    expect(await answer.json()).to.include({ status: 'busy', epoch: 1, seq: 1 });
    const touched = { session_id: other.id, epoch: 1, seq: 1 };
    expect(await service.controller.touchSession('test', touched)).to.include({ duplicate: false });
  });

  it('answers a beat without a session with nothing, and one of nonsense with what is wrong', async () => {
    const { cookie } = await open('cy');
    const headers = { ...json, ...ownPage };
    expect((await post('/beat/touch_session', headers, '{}')).status).to.equal(204);
    const answer = await post('/beat/touch_session', { ...headers, cookie }, '{"seq": "one"}');
    expect(answer.status).to.equal(400);
    expect(await answer.json()).to.include({ code: 'INVALID_DATA', category: 'BadRequest' });
  });

  it('refuses what comes from pages of others, or from none, and other commands', async () => {
    const { cookie, id } = await open('dot');
    const beat = '{"status": "busy"}';
    const statuses: number[] = [];
    for (const from of [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const headers = { ...json, cookie, ...from };
      statuses.push((await post('/beat/touch_session', headers, beat)).status);
      statuses.push((await post('/sign-out', headers, '')).status);
    }
    expect(statuses).to.deep.equal([403, 403, 403, 403, 403, 403]);
    const headers = { ...json, ...ownPage, cookie };
    for (const path of ['/beat/close_session', '/v1/sessions/touch_session', '/beat/', '//']) {
      expect((await post(path, headers, beat)).status, path).to.equal(404);
    }
    const session = await read(id);
    expect(session.active).to.equal(true);
    expect(session.request_time).to.equal(session.open_time);
  });

  it("serves its page's files and the client's modules, and nothing else", async () => {
    const entry = await fetch(`${site.url}/client-sessions.js`);
    expect(entry.headers.get('content-type')).to.equal('text/javascript; charset=utf-8');
    expect(entry.headers.get('x-content-type-options')).to.equal('nosniff');
    const served = new URL(entry.url).pathname.replace('/client/', 'clients/typescript/dist/esm/');
    expect(await entry.text()).to.equal(await readFile(join(projectFolder, served), 'utf8'));
    const paths = ['/server.js', '/client/../../../package.json', '/%2e%2e/server.js', '/client/'];
    for (const path of [...paths, '/constructor', '/page.js/', '//page.js']) {
      expect((await fetch(site.url + path)).status, path).to.equal(404);
    }
  });

  it(`has a README.md of at most ${lineLimit} lines, with the commands that this test runs`, async () => {
    const readme = await readFile(join(projectFolder, 'examples/browser/README.md'), 'utf8');
    expect(readme.trimEnd().split('\n').length).to.be.at.most(lineLimit);
    const [, commands = ''] = /```sh\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(commands.trim().split('\n')).to.deep.equal([
      // Before each `npm test`.
      'npm run build:client',
      // By `installExamples`.
      'npm --prefix examples install',
      // By `startExample`.
      'node examples/browser/server.js',
    ]);
  });
});
