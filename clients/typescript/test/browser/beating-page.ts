// biome-ignore lint/correctness/noUnresolvedImports: its types re-export what Biome does not follow
import type { BrowserContext, Page } from 'playwright-core';
import { until } from '../../../../test/examples/support/until.js';
import type { BeatV1 } from '../../src/index.js';

/** A tab with the page of `examples/browser`, and what can be seen of it from outside. */
export interface BeatingPage {
  readonly page: Page;
  /** The beats that it sent so far, as they went over the wire. */
  readonly beats: readonly BeatV1[];
  /** What went wrong in it: uncaught exceptions and rejections, complaints but those of the net. */
  readonly problems: readonly string[];
  readonly contextId: string;
  /** The session, which only the browser and the site's server know. */
  readonly sessionId: string;
  /** What the page shows in one of its fields, once that is what is wanted. */
  shows(field: string, wanted: string | RegExp): Promise<string>;
}

/** What a page is opened with. */
export interface BeatingPageOptions {
  readonly url: string;
  readonly user: string;
  /** Seconds between beats. */
  readonly nextBeat: number;
}

/** Signs a user in by the site's form, and goes to the page that beats. */
export async function openBeatingPage(
  window: BrowserContext,
  { nextBeat, url, user }: BeatingPageOptions,
): Promise<BeatingPage> {
  await window.clearCookies();
  const page = await window.newPage();
  await page.goto(url);
  await page.fill('input[name=user]', user);
  await page.click('button');
  await page.waitForURL(`${url}/`);
  const watched = watchPage(page);
  await page.goto(`${url}/?next_beat=${nextBeat}`);
  await watched.shows('phase', 'beats');
  const cookies = await window.cookies(url);
  const sessionId = String(cookies.find(({ name }) => name === 'session')?.value);
  return { page, ...watched, sessionId, contextId: await watched.shows('context', /./) };
}

/** Listens to a page from now on. */
export function watchPage(page: Page): Pick<BeatingPage, 'beats' | 'problems' | 'shows'> {
  const beats: BeatV1[] = [];
  const problems: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/touch_session')) beats.push(request.postDataJSON() as BeatV1);
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    const isOfNet = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isOfNet) problems.push(message.text());
  });
  const shows = async (field: string, wanted: string | RegExp) =>
    await until(`${field} shows ${wanted}`, async () => {
      const text = (await page.textContent(`#${field}`)) ?? '';
      const isWanted = typeof wanted === 'string' ? text === wanted : wanted.test(text);
      return isWanted ? text : undefined;
    });
  return { beats, problems, shows };
}
