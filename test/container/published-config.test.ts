import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { unpackPublished } from '../support/published-package.js';
import { expectCommand } from '../support/rpc.js';
import { runMain, startServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

describe('the published config.yml of service-sessions-node 1.1.1', () => {
  let folder: TemporaryFolder;
  let config: string;

  before(async function () {
    folder = await createTemporaryFolder();
    const published = await unpackPublished('service-sessions-node@1.1.1', folder.path);
    if (published === undefined) this.skip();
    config = join(published, 'config', 'config.yml');
  });
  after(async () => await folder.remove());

  const stores: readonly { readonly title: string; readonly env: () => Record<string, string> }[] =
    [
      { title: 'its default store, memory', env: () => ({}) },
      { title: 'memory', env: () => ({ MEMORY_ENABLED: 'true' }) },
      {
        title: 'a file that ends in .json',
        env: () => ({ FILE_ENABLED: 'true', FILE_PATH: folder.file('sessions.json') }),
      },
    ];

  for (const { title, env } of stores) {
    it(`starts this process on ${title}, with HTTP_ENABLED=true`, async () => {
      const service = await startServiceProcess({
        args: ['-c', config],
        env: { HTTP_ENABLED: 'true', ...env() },
      });
      const opened = await expectCommand<{ id: string }>(service.url, 'open_session', {
        user_id: '1',
        data: { a: [1] },
      });
      const found = await expectCommand(service.url, 'get_session_by_id', {
        session_id: opened.id,
      });
      expect(found).to.deep.equal(opened);
      expect((await fetch(`${service.url}/heartbeat`)).status).to.equal(200);
      expect((await fetch(`${service.url}/status`)).status).to.equal(200);
      // It says 0.0.0.0, but without keys only loopback is bound, and loudly so.
      expect(new URL(service.url).hostname).to.equal('127.0.0.1');
      const { stderr, stdout } = service.output();
      expect(stderr + stdout)
        .to.include('API_KEYS_FILE')
        .and.to.include('AUTH=none');
      expect(await service.stop()).to.deep.equal({ code: 0, signal: null });
    });
  }

  it('keeps its sessions over a restart, in the database beside the .json', async () => {
    const env = {
      HTTP_ENABLED: 'true',
      FILE_ENABLED: 'true',
      FILE_PATH: folder.file('kept.json'),
    };
    const service = await startServiceProcess({ args: ['-c', config], env });
    const opened = await expectCommand<{ id: string }>(service.url, 'open_session', {
      user_id: '1',
    });
    await service.stop();
    const again = await startServiceProcess({ args: ['-c', config], env });
    const found = await expectCommand(again.url, 'get_session_by_id', { session_id: opened.id });
    await again.stop();
    expect(found).to.deep.equal(opened);
    expect((await readFile(folder.file('kept.db'))).subarray(0, 15).toString()).to.equal(
      'SQLite format 3',
    );
  });

  it('is refused with GRPC_ENABLED=true, in one line that says why', async () => {
    const ended = await runMain({
      args: ['-c', config],
      env: { HTTP_ENABLED: 'true', GRPC_ENABLED: 'true', HTTP_PORT: '0' },
    });
    expect(ended.code).to.equal(78);
    expect(ended.stderr).to.match(/^service-sessions: .*grpc.*gRPC is not served.*\n$/);
  });
});
