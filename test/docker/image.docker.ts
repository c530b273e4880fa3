import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { expectCommand } from '../support/rpc.js';
import { projectFolder } from '../support/service-process.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { type BuiltImage, buildImage } from './built-image.js';

/** Most bytes of what the image adds to its base. */
const sizeLimit = 64 * 1024 * 1024;

/** Who the image runs as; a test that is not root itself runs it as who it is. */
const nobody = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};

describe('what the Dockerfile makes of the project', () => {
  let folder: TemporaryFolder;
  let image: BuiltImage;
  before(async () => {
    folder = await createTemporaryFolder();
    image = await buildImage(folder.path);
    chmodSync(folder.path, 0o755);
    setModes(image.root, { folder: 0o555, file: 0o444 });
  });
  after(async () => {
    setModes(image.root, { folder: 0o755, file: 0o644 });
    await folder.remove();
  });

  it('has the service and what it needs to run, and nothing else', () => {
    const own = filesOf(image.at('/app')).filter((path) => !path.startsWith('node_modules/'));
    const isExpected =
      /^(?:LICENSE|package\.json|bin\/main\.js|config\/config\.yml|docker\/(?:start|health)\.js|dist\/src\/.+\.js)$/;
    expect(own.filter((path) => !isExpected.test(path))).to.deep.equal([]);
    expect(own).to.include('dist/src/container/main.js');
  });

  it('has the packages that are not for development only, and nothing that is built', () => {
    const lock = JSON.parse(readFileSync(join(projectFolder, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { dev?: boolean; hasInstallScript?: boolean }>>;
    };
    const installed = packagesOf(image.at('/app'));
    const wrong = installed.filter((path) => {
      const entry = lock.packages[path];
      return entry === undefined || entry.dev === true || entry.hasInstallScript === true;
    });
    expect(wrong).to.deep.equal([]);
    expect(installed).to.include('node_modules/fastify');
    const files = filesOf(image.at('/app/node_modules'));
    expect(files.filter((path) => path.endsWith('binding.gyp'))).to.deep.equal([]);
    const binaries = files.filter((path) => path.endsWith('.node'));
    expect(binaries.filter((path) => !path.startsWith('@libsql/'))).to.deep.equal([]);
  });

  it(`adds at most ${sizeLimit / 1024 / 1024} MiB to its base`, () => {
    const bytes = filesOf(image.root).reduce(
      (sum, path) => sum + lstatSync(join(image.root, path)).size,
      0,
    );
    console.log(`      ${(bytes / 1024 / 1024).toFixed(1)} MiB`);
    expect(bytes).to.be.within(1, sizeLimit);
  });

  it('serves as nobody on a tree it cannot write, is healthy, and ends at SIGTERM with 0', async () => {
    const container = await start(image, folder, 'plain');
    expect(await container.health()).to.deep.equal([0, '/livez: 200\n']);
    expect(await container.health('/readyz')).to.deep.equal([0, '/readyz: 200\n']);
    const session = await expectCommand<{ id: string }>(container.url, 'open_session', {
      user_id: '1',
    });
    expect(await container.stop('SIGTERM')).to.equal(0);
    expect(await container.health()).to.deep.equal([1, '/livez: ECONNREFUSED\n']);
    const again = await start(image, folder, 'plain');
    const found = await expectCommand<{ id: string }>(again.url, 'get_session_by_id', {
      session_id: session.id,
    });
    expect(found.id).to.equal(session.id);
    expect(await again.stop('SIGTERM')).to.equal(0);
  });

  it('without keys says that nobody else is served, and binds loopback', async () => {
    const container = await start(image, folder, 'keyless');
    expect(container.output()).to.include('no keys are set: only requests of this machine');
    expect(container.url).to.match(/^http:\/\/127\.0\.0\.1:/);
    await container.stop('SIGTERM');
  });

  it('with keys listens on every address', async () => {
    const keys = [{ id: 'test', sha256: 'ab'.repeat(32), roles: ['read'] }];
    await writeFile(folder.file('keys.json'), JSON.stringify({ keys }));
    const container = await start(image, folder, 'keys', {
      API_KEYS_FILE: folder.file('keys.json'),
    });
    expect(container.output()).to.match(/listens on http:\/\/0\.0\.0\.0:\d+; .*1 API key is set/);
    expect(await container.health()).to.deep.equal([0, '/livez: 200\n']);
    await container.stop('SIGTERM');
  });

  it('reads a secret from a file, and refuses one that is said twice or not there', async () => {
    await writeFile(folder.file('pass'), 'secret');
    const file = folder.file('pass');
    const mongo = { MONGO_ENABLED: 'true', MONGO_PASS_FILE: file };
    const twice = await runToEnd(image, folder, { ...mongo, MONGO_PASS: 'other' });
    expect(twice).to.deep.equal([78, 'service-sessions: MONGO_PASS_FILE: MONGO_PASS is set too\n']);
    const none = await runToEnd(image, folder, { MONGO_PASS_FILE: folder.file('none') });
    expect(none[0]).to.equal(78);
    expect(none[1]).to.match(/MONGO_PASS_FILE: .*none cannot be read \(ENOENT\)/);
    // A file that is read gets as far as the address, which is refused.
    await writeFile(folder.file('uri'), 'https://not-mongo\n');
    const read = await runToEnd(image, folder, {
      MONGO_ENABLED: 'true',
      MONGO_SERVICE_URI_FILE: folder.file('uri'),
    });
    expect(read[0]).to.equal(78);
    expect(read[1]).to.include('connection.uri');
  });

  it('ends at SIGTERM when it is process 1', async function () {
    if (!(await canUnshare())) {
      if (process.env['REQUIRE_ALL']) throw new Error('needs a process namespace of its own');
      console.log('      not run: needs root and unshare');
      this.skip();
    }
    const container = await start(image, folder, 'first', {}, ['unshare', '-p', '-f']);
    // The service is the only child of unshare, and number 1 in its own namespace.
    const [first] = readFileSync(`/proc/${container.pid}/task/${container.pid}/children`, 'utf8')
      .trim()
      .split(' ');
    const numbers = /^NSpid:\s+(.*)$/m.exec(readFileSync(`/proc/${first}/status`, 'utf8'))?.[1];
    expect(numbers?.split('\t').at(-1)).to.equal('1');
    process.kill(Number(first), 'SIGTERM');
    expect(await container.stop()).to.equal(0);
  });
});

/** A running image, as far as it can run without a container. */
interface Container {
  readonly pid: number;
  readonly url: string;
  output(): string;
  /** Exit code and output of the health check. */
  health(path?: string): Promise<readonly [number | null, string]>;
  /** The exit code, after a signal if one is given. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts the image's entrypoint with a data folder of its own. */
async function start(
  image: BuiltImage,
  folder: TemporaryFolder,
  name: string,
  env: Readonly<Record<string, string>> = {},
  before: readonly string[] = [],
): Promise<Container> {
  const data = folder.file(name);
  mkdirSync(data, { recursive: true });
  if (nobody.uid !== undefined) chownSync(data, nobody.uid, nobody.gid);
  const command = [...before, ...image.entrypoint.map((word) => locate(image, word))];
  const settings = { HTTP_PORT: '0', HTTP_DRAIN_DELAY: '0', FILE_PATH: join(data, 'sessions.db') };
  const environment = { ...image.environment, ...settings, SQLITE_TMPDIR: data, ...env };
  // unshare itself needs root; what it starts is what the signal is about.
  const child = launch(image, command, environment, before.length === 0);
  const output = collect(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const found = /listens on (http:\S+?);/.exec(output());
      if (found?.[1] !== undefined) resolve(found[1]);
    });
    child.once('close', () => reject(new Error(`ended early: ${output()}`)));
  });
  const port = new URL(url).port;
  return {
    pid: Number(child.pid),
    url,
    output,
    async health(path) {
      const check = [...image.healthCheck.map((word) => locate(image, word))];
      if (path !== undefined) check.push(path);
      const checking = launch(image, check, { ...environment, HTTP_PORT: port }, true);
      const said = collect(checking);
      const [code] = (await once(checking, 'close')) as [number | null];
      return [code, said()];
    },
    async stop(signal) {
      const closed = child.exitCode === null ? once(child, 'close') : undefined;
      if (signal !== undefined) child.kill(signal);
      await closed;
      return child.exitCode;
    },
  };
}

async function runToEnd(
  image: BuiltImage,
  folder: TemporaryFolder,
  env: Readonly<Record<string, string>>,
): Promise<readonly [number | null, string]> {
  const command = image.entrypoint.map((word) => locate(image, word));
  const environment = { ...image.environment, FILE_PATH: folder.file('none.db'), ...env };
  const child = launch(image, command, environment, true);
  const output = collect(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return [code, output()];
}

function launch(
  image: BuiltImage,
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  asNobody: boolean,
): ChildProcess {
  return spawn(command, args, {
    cwd: image.at('/app'),
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
    ...(asNobody ? nobody : {}),
  });
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += String(chunk);
    });
  }
  return () => text;
}

/** A word of a command line, with a path of the image as one of this machine. */
function locate(image: BuiltImage, word: string): string {
  return word.startsWith('/') ? image.at(word) : word;
}

async function canUnshare(): Promise<boolean> {
  const child = spawn('unshare', ['-p', '-f', 'true'], { stdio: 'ignore' });
  return await new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** Folders of packages below a folder, as the lock file names them. */
function packagesOf(folder: string): readonly string[] {
  return filesOf(folder)
    .filter((path) => /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/.test(path))
    .map((path) => path.slice(0, -'/package.json'.length));
}

/** Of a folder and everything below it; its owner may change modes also where he may not write. */
function setModes(folder: string, modes: { readonly folder: number; readonly file: number }): void {
  chmodSync(folder, modes.folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) setModes(path, modes);
    else if (!entry.isSymbolicLink()) chmodSync(path, modes.file);
  }
}
