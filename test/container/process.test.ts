import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { callCommand, expectCommand } from '../support/rpc.js';
import { projectFolder, runMain, startServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const { version } = JSON.parse(await readFile(`${projectFolder}package.json`, 'utf8')) as {
  version: string;
};

describe('bin/main.js', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
  });
  afterEach(async () => await folder.remove());

  it('--help prints the usage, --version the version', async () => {
    const help = await runMain({ args: ['--help'] });
    expect(help.code).to.equal(0);
    expect(help.stdout).to.match(/^Usage: service-sessions /);
    const printed = await runMain({ args: ['--version'] });
    expect(printed).to.include({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('serves the default configuration from any folder, and says what and for whom', async () => {
    const service = await startServiceProcess({
      cwd: folder.path,
      env: { FILE_PATH: folder.file('sessions.db') },
    });
    expect(service.output().stdout).to.include(
      `service-sessions ${version}; listens on ${service.url}; store: `,
    );
    expect(service.output().stdout).to.include('sessions.db');
    expect(service.output().stdout).to.include('no keys');
    expect(new URL(service.url).hostname).to.equal('127.0.0.1');
    const opened = await expectCommand<{ id: string }>(service.url, 'open_session', {
      user_id: 'u',
    });
    expect(await service.stop()).to.deep.equal({ code: 0, signal: null });

    const again = await startServiceProcess({ env: { FILE_PATH: folder.file('sessions.db') } });
    const found = await expectCommand(again.url, 'get_session_by_id', { session_id: opened.id });
    expect(found).to.deep.equal(opened);
    expect(await again.stop('SIGINT')).to.deep.equal({ code: 0, signal: null });
  });

  it('serves from memory with MEMORY_ENABLED=true, from the file with MEMORY_ENABLED=false', async () => {
    const memory = await startServiceProcess({ cwd: folder.path, env: { MEMORY_ENABLED: 'true' } });
    expect(memory.output().stdout).to.include('store: memory');
    await memory.stop();
    const env = { MEMORY_ENABLED: 'false', FILE_PATH: folder.file('a.db') };
    const file = await startServiceProcess({ env });
    await file.stop();
    expect((await stat(folder.file('a.db'))).size).to.be.greaterThan(0);
  });

  it('reads durations and limits from the environment', async () => {
    const env = {
      MEMORY_ENABLED: 'true',
      SESSION_IDLE_TIMEOUT: '60000',
      SESSION_ABSOLUTE_TIMEOUT: '120000',
      MAX_SESSIONS_PER_USER: '1',
    };
    const service = await startServiceProcess({ env });
    const opened = await expectCommand<Record<string, string>>(service.url, 'open_session', {
      user_id: 'u',
    });
    const { open_time = '', expire_time = '', absolute_expire_time = '' } = opened;
    expect(Date.parse(expire_time) - Date.parse(open_time)).to.equal(60_000);
    expect(Date.parse(absolute_expire_time) - Date.parse(open_time)).to.equal(120_000);
    const second = await callCommand(service.url, 'open_session', { user_id: 'u' });
    expect(second.status).to.equal(409);
    await service.stop();
  });

  it('says which variables have no effect in this version', async () => {
    const env = { MEMORY_ENABLED: 'true', ACCESS_KEY: 'secret', SESSION_EXP_SEC: '5' };
    const service = await startServiceProcess({ env });
    expect(service.output().stderr).to.match(/no effect.*: ACCESS_KEY, SESSION_EXP_SEC\n/);
    expect(service.output().stderr).to.not.include('secret');
    await service.stop();
  });

  const failures: readonly {
    readonly title: string;
    readonly env?: (folder: TemporaryFolder) => Promise<Record<string, string>>;
    readonly args?: (folder: TemporaryFolder) => Promise<readonly string[]>;
    readonly code: number;
    readonly line: RegExp;
  }[] = [
    {
      title: 'a missing configuration',
      args: async (at) => ['-c', at.file('none.yml')],
      code: 78,
      line: /--config .*none\.yml: cannot be read/,
    },
    {
      title: 'an unknown setting',
      args: async (at) => [
        '-c',
        await configure(at, controller('  options:\n    idle_timout: 5\n')),
      ],
      code: 78,
      line: /service-sessions:controller:default: options\.idle_timout: unknown setting/,
    },
    {
      title: 'a bad value',
      env: async () => ({ MEMORY_ENABLED: 'true', SESSION_IDLE_TIMEOUT: 'soon' }),
      code: 78,
      line: /options\.idle_timeout: "soon" is not a whole number/,
    },
    {
      title: 'an unknown descriptor',
      args: async (at) => [
        '-c',
        await configure(at, '- descriptor: "service-sessions:controler:default:default:1.0"\n'),
      ],
      code: 78,
      line: /service-sessions:controler:default:default:1\.0: no component/,
    },
    {
      title: 'YAML that is none',
      args: async (at) => ['-c', await configure(at, '- descriptor: "a\n  b: [')],
      code: 78,
      line: /--config .*config\.yml: /,
    },
    {
      title: 'a configuration that serves nothing',
      args: async (at) => ['-c', await configure(at, store)],
      code: 78,
      line: /pip-services:endpoint:http: no endpoint is configured.*HTTP_ENABLED/,
    },
    {
      title: 'a descriptor that is none',
      args: async (at) => ['-c', await configure(at, '- descriptor: "nonsense"\n')],
      code: 78,
      line: /--config .*config\.yml: .*nonsense/,
    },
    {
      title: 'a component without a descriptor',
      args: async (at) => ['-c', await configure(at, '- foo: 1\n')],
      code: 78,
      line: /--config .*config\.yml: .*descriptor/,
    },
    {
      title: 'two stores by the environment',
      env: async (at) => ({
        MEMORY_ENABLED: 'true',
        FILE_ENABLED: 'true',
        FILE_PATH: at.file('sessions.db'),
      }),
      code: 78,
      line: /only one store can serve/,
    },
    {
      title: 'two stores',
      args: async (at) => [
        '-c',
        await configure(
          at,
          '- descriptor: "service-sessions:persistence:memory:default:1.0"\n- descriptor: "service-sessions:persistence:file:default:1.0"\n- descriptor: "pip-services:endpoint:http:default:1.0"\n',
        ),
      ],
      code: 78,
      line: /only one store can serve/,
    },
    {
      title: 'a file and MongoDB',
      env: async () => ({ FILE_ENABLED: 'true', MONGO_ENABLED: 'true' }),
      code: 78,
      line: /only one store can serve/,
    },
    {
      title: 'a MongoDB address that is none',
      env: async () => ({ MONGO_ENABLED: 'true', MONGO_SERVICE_URI: 'http://localhost' }),
      code: 78,
      line: /service-sessions:persistence:mongodb: connection/,
    },
    {
      title: 'a folder that is not there',
      env: async (at) => ({ FILE_PATH: at.file('none/sessions.db') }),
      code: 78,
      line: /service-sessions:persistence:file: path/,
    },
    {
      title: 'a folder in place of a database',
      env: async (at) => {
        await mkdir(at.file('sessions.db'));
        return { FILE_PATH: at.file('sessions.db') };
      },
      code: 78,
      line: /service-sessions:persistence:file: path/,
    },
    {
      title: 'gRPC, which is not served',
      env: async () => ({ MEMORY_ENABLED: 'true', GRPC_ENABLED: 'true' }),
      code: 78,
      line: /gRPC is not served.*GRPC_ENABLED/,
    },
    {
      title: 'a bad port',
      env: async () => ({ MEMORY_ENABLED: 'true', HTTP_PORT: '99999' }),
      code: 78,
      line: /pip-services:endpoint:http: connection\.port/,
    },
    { title: 'an unknown option', args: async () => ['--port', '1'], code: 64, line: /--port/ },
  ];

  for (const { title, env, args, code, line } of failures) {
    it(`ends for ${title} with one line that names it, exit ${code}`, async () => {
      const ended = await runMain({
        env: { HTTP_PORT: '0', ...(await env?.(folder)) },
        args: (await args?.(folder)) ?? [],
      });
      expect(ended.stderr.trimEnd().split('\n')).to.have.lengthOf(1);
      expect(ended.stderr).to.match(line);
      expect(ended.stderr).to.not.include('    at ');
      expect(ended).to.include({ code, signal: null });
    });
  }

  it('ends for a port in use with one line that names it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const ended = await runMain({ env: { MEMORY_ENABLED: 'true', HTTP_PORT: String(port) } });
    other.close();
    expect(ended.stderr).to.match(
      /^service-sessions: pip-services:endpoint:http: connection\.port.*in use.*\n$/,
    );
    expect(ended.code).to.equal(78);
  });

  it('ends for a folder that it may not write to', async () => {
    await mkdir(folder.file('locked'));
    await chmod(folder.file('locked'), 0o500);
    if (process.getuid?.() === 0) {
      // For root no mode of a folder is in the way; a file in its place is.
      await writeFile(folder.file('plain'), '');
      const ended = await runMain({
        env: { FILE_PATH: folder.file('plain/sessions.db'), HTTP_PORT: '0' },
      });
      expect(ended.stderr).to.match(
        /^service-sessions: service-sessions:persistence:file: path.*\n$/,
      );
      expect(ended.code).to.equal(78);
      return;
    }
    const ended = await runMain({
      env: { FILE_PATH: folder.file('locked/sessions.db'), HTTP_PORT: '0' },
    });
    expect(ended.stderr).to.match(
      /^service-sessions: service-sessions:persistence:file: path.*\n$/,
    );
    expect(ended.code).to.equal(78);
  });

  it('ends for a database that another process serves', async () => {
    const env = { FILE_PATH: folder.file('sessions.db'), HTTP_PORT: '0' };
    const first = await startServiceProcess({ env });
    const second = await runMain({ env });
    expect(second.stderr).to.match(
      /^service-sessions: service-sessions:persistence:file: path.*\n$/,
    );
    expect(second.code).to.equal(78);
    await expectCommand(first.url, 'open_session', { user_id: 'u' });
    await first.stop();
  });

  it('verifies and backs up a database while it is served', async () => {
    const env = { FILE_PATH: folder.file('sessions.db') };
    const service = await startServiceProcess({ env });
    const opened = await expectCommand<{ id: string }>(service.url, 'open_session', {
      user_id: 'u',
      data: { a: 1 },
    });
    const backup = await runMain({
      args: ['backup', folder.file('sessions.db'), folder.file('copy.db')],
    });
    expect(backup).to.include({ code: 0, stderr: '' });
    const verify = await runMain({ args: ['verify', folder.file('sessions.db')] });
    expect(verify).to.include({ code: 0, stderr: '' });
    await service.stop();
    const copy = await startServiceProcess({ env: { FILE_PATH: folder.file('copy.db') } });
    expect(
      await expectCommand(copy.url, 'get_session_by_id', { session_id: opened.id }),
    ).to.deep.equal(opened);
    await copy.stop();
  });
});

const store = '- descriptor: "service-sessions:persistence:memory:default:1.0"\n';
const endpoint = '- descriptor: "pip-services:endpoint:http:default:1.0"\n';

function controller(settings: string): string {
  return `${store}${endpoint}- descriptor: "service-sessions:controller:default:default:1.0"\n${settings}`;
}

async function configure(folder: TemporaryFolder, text: string): Promise<string> {
  await writeFile(folder.file('config.yml'), text);
  return folder.file('config.yml');
}
