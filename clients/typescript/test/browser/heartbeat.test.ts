import { expect } from 'chai';
import Database from 'libsql';
import type { BeatResultV1 } from '../../../../src/data/version1/beat-v1.js';
import {
  type ExampleProcess,
  installExamples,
  startExample,
} from '../../../../test/examples/support/example-process.js';
import { until } from '../../../../test/examples/support/until.js';
import { expectCommand } from '../../../../test/support/rpc.js';
import {
  type ServiceProcess,
  startServiceProcess,
} from '../../../../test/support/service-process.js';
import {
  createTemporaryFolder,
  type TemporaryFolder,
} from '../../../../test/support/temporary-folder.js';
import { type BeatingPage, openBeatingPage, watchPage } from './beating-page.js';
import { findBrowser, type OpenBrowser, openBrowser } from './open-browser.js';

/** A pace in seconds at which no beat comes by itself while a test runs. */
const hour = 3_600;

describe('a heartbeat in the page of examples/browser, in Chromium', () => {
  let folder: TemporaryFolder;
  let service: ServiceProcess;
  let site: ExampleProcess;
  let browser: OpenBrowser;
  const opened: BeatingPage[] = [];

  const startService = async (port = '0') =>
    await startServiceProcess({ env: { FILE_PATH: folder.file('sessions.db'), HTTP_PORT: port } });
  const open = async (user: string, nextBeat = 1) => {
    const page = await openBeatingPage(browser.window, { url: site.url, user, nextBeat });
    opened.push(page);
    return page;
  };
  /** What the service has of the page's context: a beat below all others changes nothing. */
  const stored = async ({ contextId, sessionId }: Pick<BeatingPage, 'contextId' | 'sessionId'>) => {
    const beat = { session_id: sessionId, context_id: contextId, epoch: 0, seq: 0 };
    const answer = await expectCommand<BeatResultV1>(service.url, 'touch_session', beat);
    if (!answer.duplicate) throw new Error('The service does not know the context.');
    return answer;
  };
  /** The stretches of time in an epoch that are over for the service. */
  const ledgerOf = ({ sessionId }: BeatingPage, epoch: number) => {
    const database = new Database(folder.file('sessions.db'), { readonly: true });
    try {
      return database
        .prepare('SELECT context_id, visible FROM stretches WHERE session_id = ? AND epoch = ?')
        .all(sessionId, epoch) as { context_id: string; visible: number }[];
    } finally {
      database.close();
    }
  };
  /** The user has no status any more, as no context of the session is left that said one. */
  const left = async (page: BeatingPage) =>
    await until('the end of the context', async () => (await stored(page)).status === undefined);

  before(async function () {
    const path = findBrowser();
    if (path === undefined) this.skip();
    folder = await createTemporaryFolder();
    await installExamples();
    service = await startService();
    site = await startExample('browser', service.url);
    browser = await openBrowser(path);
  });
  afterEach(async () => {
    const pages = opened.splice(0);
    expect(pages.flatMap(({ problems }) => problems)).to.deep.equal([]);
    for (const { page } of pages) await page.close();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await service?.stop();
    await folder?.remove();
  });

  it('is loaded as it is in the package, under a policy that lets in scripts of the site alone', async () => {
    const { page } = await open('ann');
    const answer = await page.reload();
    expect(answer?.headers()['content-security-policy']).to.include("script-src 'self';");
    const scripts = await page.evaluate<string[]>(
      "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)",
    );
    expect(scripts).to.include('/client-sessions.js');
    expect(scripts.filter((path) => path.startsWith('/client/'))).to.include(
      '/client/clients/typescript/src/heartbeat/heartbeat.js',
    );
  });

  it('beats at the pace that the service answers, and shows what it says', async () => {
    const beating = await open('bob');
    const first = await stored(beating);
    const later = await until('later beats', async () => {
      const now = await stored(beating);
      return now.seq >= first.seq + 2 && now;
    });
    expect(later).to.include({ epoch: first.epoch, status: 'available' });
    await beating.shows('status', 'available');
    await beating.shows('next-beat', 'in 1 s');
    await beating.shows('server-time', /^20.*Z$/);
    const [start] = beating.beats.filter(({ epoch }) => epoch === first.epoch);
    expect(start).to.include({ seq: 1, visible: true, active: true, status: 'available' });
  });

  it('moves the request_time of the session, and has no way to its id', async () => {
    const { page, sessionId, shows } = await open('cy');
    const read = async () =>
      await expectCommand<{ request_time: string }>(service.url, 'get_session_by_id', {
        session_id: sessionId,
      });
    const { request_time } = await read();
    await until('a later time', async () => (await read()).request_time > request_time);
    await shows('phase', 'beats');
    expect(await page.evaluate('document.cookie')).to.equal('');
    expect(await page.content()).not.to.include(sessionId);
  });

  it('says at once what the user chooses', async () => {
    const beating = await open('dot', hour);
    await beating.page.selectOption('#choice', 'busy');
    await until('a busy user', async () => (await stored(beating)).status === 'busy');
    await beating.shows('status', 'busy');
  });

  it('says that nobody sees the page while another tab is before it', async () => {
    const beating = await open('eve', hour);
    const { epoch } = await stored(beating);
    expect(ledgerOf(beating, epoch)).to.deep.equal([]);
    const other = await browser.window.newPage();
    const hidden = await until('a hidden beat', () =>
      beating.beats.find(({ visible }) => visible === false),
    );
    expect(hidden).to.include({ active: false, status: 'available' });
    // The time that it was seen is over for the service too.
    await until('a closed stretch', () => ledgerOf(beating, epoch).length === 1);
    expect(ledgerOf(beating, epoch)).to.deep.equal([{ context_id: beating.contextId, visible: 1 }]);
    await other.close();
    await beating.page.bringToFront();
    const last = await until('a visible beat', () => {
      const beat = beating.beats.at(-1);
      return beat?.visible === true && beat;
    });
    expect(Number(last.seq)).to.be.above(Number(hidden.seq));
    expect([hidden.epoch, last.epoch]).to.deep.equal([epoch, epoch]);
  });

  it('ends its context when the tab is closed', async () => {
    const beating = await open('fay');
    const { epoch } = await stored(beating);
    await beating.page.close();
    await left(beating);
    expect(await stored(beating)).to.include({ active: true, epoch });
  });

  it('goes on with its context in a larger epoch after a reload', async () => {
    const beating = await open('gil');
    const before = await stored(beating);
    await beating.page.reload();
    await beating.shows('phase', 'beats');
    expect(await beating.shows('context', /./)).to.equal(beating.contextId);
    const now = await stored(beating);
    expect(now.epoch).to.be.above(before.epoch);
    expect(now.status).to.equal('available');
  });

  it('ends its context when the page is left, and beats again on the way back', async () => {
    const beating = await open('hal');
    const { page } = beating;
    const before = await stored(beating);
    await page.evaluate("document.documentElement.dataset.kept = 'yes'");
    await page.click('a');
    await left(beating);
    // Playwright waits in vain for a load: the page is not loaded again.
    await page.goBack({ waitUntil: 'commit' });
    const now = await until('a new epoch', async () => {
      const answer = await stored(beating);
      return answer.epoch > before.epoch && answer;
    });
    expect(now.status).to.equal('available');
    expect(await page.evaluate('document.documentElement.dataset.kept')).to.equal('yes');
    await until('further beats', async () => (await stored(beating)).seq > now.seq);
  });

  it('beats for a context of its own in a copy of the tab', async () => {
    const beating = await open('ivy');
    const [copy] = await Promise.all([
      browser.window.waitForEvent('page'),
      beating.page.evaluate("void open('/?next_beat=1')"),
    ]);
    const watched = watchPage(copy);
    await watched.shows('phase', 'beats');
    const contextId = await watched.shows('context', /./);
    opened.push({ ...beating, ...watched, page: copy, contextId });
    expect(contextId).not.to.equal(beating.contextId);
    const { sessionId } = beating;
    const [one, two] = [await stored(beating), await stored({ contextId, sessionId })];
    // Neither pushes the other to a later epoch.
    const seen = (page: Pick<BeatingPage, 'beats'>) => page.beats.at(-1)?.epoch;
    expect([seen(beating), seen(watched)]).to.deep.equal([one.epoch, two.epoch]);
  });

  it('goes on while the service is away, and finds it when it is back', async () => {
    const beating = await open('jan');
    const before = await stored(beating);
    await service.stop('SIGKILL');
    await beating.shows('phase', 'goes on after UNREACHABLE');
    const sent = beating.beats.length;
    await until('more beats', () => beating.beats.length >= sent + 2);
    service = await startService(new URL(service.url).port);
    await beating.shows('phase', 'beats');
    const now = await stored(beating);
    expect(now).to.include({ epoch: before.epoch, status: 'available' });
    expect(now.seq).to.be.above(before.seq);
  });

  it('goes on while the site is away, and finds it when it is back', async () => {
    const beating = await open('kim');
    const { port } = new URL(site.url);
    await site.stop();
    await beating.shows('phase', 'goes on after UNREACHABLE');
    site = await startExample('browser', service.url, port);
    await beating.shows('phase', 'beats');
    expect((await stored(beating)).status).to.equal('available');
  });

  it('stops when the session is closed, and says why', async () => {
    const beating = await open('lea');
    const { sessionId } = beating;
    await expectCommand(service.url, 'close_session', { session_id: sessionId, reason: 'admin' });
    await beating.shows('phase', 'over: admin');
    await beating.shows('next-beat', 'none');
    const sent = beating.beats.length;
    // What would make it beat at once: a choice, and another tab before it.
    await beating.page.selectOption('#choice', 'away');
    const other = await open('lea');
    await until('beats of the other tab', () => other.beats.length >= 2);
    expect(await beating.page.evaluate('document.visibilityState')).to.equal('hidden');
    expect(beating.beats.length).to.equal(sent);
  });

  it('stops when the user signs out in another tab', async () => {
    const beating = await open('mia');
    const other = await browser.window.newPage();
    await other.goto(site.url);
    await other.click('button');
    await other.waitForSelector('input[name=user]');
    await other.close();
    await beating.shows('phase', /^over: (logout|absent)$/);
  });
});
