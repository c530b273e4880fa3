import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { SessionPageV1 } from '../../src/data/version1/page-v1.js';
import type { SessionV1 } from '../../src/data/version1/session-v1.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);

/**
 * What these tests call of the client that others use. It declares times as `Date`; what comes is
 * the text of the wire, as {@link SessionV1} says.
 */
export interface PublishedClient {
  configure(config: unknown): void;
  open(correlationId: string | null): Promise<void>;
  close(correlationId: string | null): Promise<void>;
  openSession(
    correlationId: string | null,
    userId: string | null,
    userName: string | null,
    address: string | null,
    client: string | null,
    user: unknown,
    data: unknown,
  ): Promise<SessionV1>;
  getSessions(
    correlationId: string | null,
    filter: unknown,
    paging: unknown,
  ): Promise<SessionPageV1>;
  getSessionById(correlationId: string | null, id: string): Promise<SessionV1 | null>;
  storeSessionData(
    correlationId: string | null,
    id: string,
    data: unknown,
  ): Promise<SessionV1 | null>;
  updateSessionUser(
    correlationId: string | null,
    id: string,
    user: unknown,
  ): Promise<SessionV1 | null>;
  closeSession(correlationId: string | null, id: string): Promise<SessionV1 | null>;
  closeExpiredSessions(correlationId: string | null): Promise<unknown>;
  deleteSessionById(correlationId: string | null, id: string): Promise<SessionV1 | null>;
}

/** `client-sessions-node` 1.1.3 and the `pip-services3-commons-nodex` that came with it. */
export interface PublishedPackage {
  /** Makes its HTTP client for a service, open; `options` by their keys. */
  connect(url: string, options?: Readonly<Record<string, unknown>>): Promise<PublishedClient>;
  /** Makes a filter as its callers do. */
  filterOf(...tuples: readonly unknown[]): unknown;
  /** Makes paging parameters as its callers do. */
  pagingOf(skip?: number, take?: number, total?: boolean): unknown;
}

interface Commons {
  readonly ConfigParams: { fromValue(value: unknown): unknown };
  readonly FilterParams: { fromTuples(...tuples: readonly unknown[]): unknown };
  readonly PagingParams: new (skip?: number, take?: number, total?: boolean) => unknown;
}

interface Published {
  readonly SessionsCommandableHttpClientV1: new () => PublishedClient;
}

let installed: Promise<TemporaryFolder> | undefined;

/** The folder in which the published client is installed, beside the Pip packages it came with. */
export async function publishedClientFolder(): Promise<TemporaryFolder> {
  installed ??= install();
  return await installed;
}

/**
 * The published client, installed from npm once a run into a folder of its own: its 200 MB of
 * dependencies are none of this project.
 * @throws Error when npm cannot install it.
 */
export async function loadPublishedClient(): Promise<PublishedPackage> {
  const load = createRequire((await publishedClientFolder()).file('package.json'));
  // Its AWS client, which nothing here uses, prints a note otherwise.
  process.env['AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE'] = '1';
  const commons = load('pip-services3-commons-nodex') as Commons;
  const { SessionsCommandableHttpClientV1: Client } = load('client-sessions-node') as Published;
  return {
    async connect(url, options = {}) {
      const client = new Client();
      client.configure(commons.ConfigParams.fromValue({ connection: { uri: url }, options }));
      await client.open('test');
      return client;
    },
    filterOf: (...tuples) => commons.FilterParams.fromTuples(...tuples),
    pagingOf: (skip, take, total) => new commons.PagingParams(skip, take, total),
  };
}

after(async () => {
  await (await installed)?.remove();
});

async function install(): Promise<TemporaryFolder> {
  const folder = await createTemporaryFolder();
  const manifest = { private: true, dependencies: { 'client-sessions-node': '1.1.3' } };
  await writeFile(folder.file('package.json'), JSON.stringify(manifest));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['install', ...flags, '--loglevel=error'], { cwd: folder.path });
  return folder;
}
