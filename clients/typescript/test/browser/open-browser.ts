import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
// biome-ignore lint/correctness/noUnresolvedImports: its types re-export what Biome does not follow
import { type BrowserContext, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** Longest time for a start or an end, so that no process is left over. */
const patienceMs = 15_000;

/** A browser as a user starts it, without a window. */
export interface OpenBrowser {
  /** Its one window, with tabs that cover each other. */
  readonly window: BrowserContext;
  close(): Promise<void>;
}

/**
 * The Chromium of this system; `undefined` when there is none.
 * @throws instead when everything is required (`REQUIRE_ALL`).
 */
export function findBrowser(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = names.flatMap((name) => folders.map((path) => join(path, name))).find(isExecutable);
  if (found === undefined && process.env['REQUIRE_ALL'] === 'true') {
    throw new Error(`None of ${names.join(', ')} is on the PATH.`);
  }
  return found;
}

/**
 * Starts a browser with a profile of its own. Not by `launch()` of Playwright: that makes every tab
 * believe that it is seen, and keeps no page for the way back.
 */
export async function openBrowser(path: string): Promise<OpenBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'service-sessions-browser-'));
  const child = spawn(path, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const browser = await chromium.connectOverCDP(await addressOf(child), { noDefaults: true });
    const [window] = browser.contexts();
    if (window === undefined) throw new Error('The browser has no window.');
    return {
      window,
      async close() {
        await browser.close();
        await end(child, profile);
      },
    };
  } catch (caught) {
    await end(child, profile);
    throw caught;
  }
}

/** No sandbox, as these tests may run as root; nothing that asks for the net by itself. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
];

/** Where a browser says that it can be driven. */
async function addressOf(child: ChildProcess): Promise<string> {
  let output = '';
  return await new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      output += String(chunk);
      const found = /DevTools listening on (ws:\S+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`The browser ended early: ${output}`)));
    setTimeout(() => reject(new Error(`The browser did not start: ${output}`)), patienceMs).unref();
  });
}

async function end(child: ChildProcess, profile: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    child.kill('SIGTERM');
    await once(child, 'close');
    clearTimeout(timer);
  }
  // Its helper processes end a little later and may still write.
  await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
