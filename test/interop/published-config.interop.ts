import { join } from 'node:path';
import { expect } from 'chai';
import { unpackPublished } from '../support/published-package.js';
import { startServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { exceptionOf } from './exceptions.js';
import { connectPipClient } from './pip-client.js';
import { loadPublishedClient, type PublishedPackage } from './published-client.js';

describe('this process from the config.yml of service-sessions-node 1.1.1', () => {
  let folder: TemporaryFolder;
  let published: PublishedPackage;
  let config: string;

  before(async function () {
    this.timeout(120_000);
    published = await loadPublishedClient();
    folder = await createTemporaryFolder();
    const unpacked = await unpackPublished('service-sessions-node@1.1.1', folder.path);
    if (unpacked === undefined) throw new Error('npm does not answer service-sessions-node@1.1.1');
    config = join(unpacked, 'config', 'config.yml');
  });
  after(async () => await folder.remove());

  const stores: Readonly<Record<string, () => Record<string, string>>> = {
    'its default store, memory': () => ({}),
    'a file that ends in .json': () => ({
      FILE_ENABLED: 'true',
      FILE_PATH: folder.file('sessions.json'),
    }),
  };

  for (const [title, env] of Object.entries(stores)) {
    it(`serves the published client the life of a session, on ${title}`, async () => {
      const service = await startServiceProcess({
        args: ['-c', config],
        env: { HTTP_ENABLED: 'true', ...env() },
      });
      const client = await published.connect(service.url);
      const opened = await client.openSession('c', 'ann', 'Ann', null, 'shop', null, { cart: [] });
      const { data: _data, ...row } = opened;
      const list = await client.getSessions(
        'c',
        published.filterOf('user_id', 'ann', 'active', true),
        published.pagingOf(0, 10, true),
      );
      const stored = await client.storeSessionData('c', opened.id, { cart: [1] });
      const found = await client.getSessionById('c', opened.id);
      const closed = await client.closeSession('c', opened.id);
      const refused = await exceptionOf(client.storeSessionData('c', opened.id, {}));
      const deleted = await client.deleteSessionById('c', opened.id);
      const absent = await client.getSessionById('c', opened.id);
      await client.close('c');
      expect(await service.stop()).to.deep.equal({ code: 0, signal: null });
      expect(list).to.deep.equal({ total: 1, data: [row] });
      expect(found).to.deep.equal(stored);
      expect(found?.data).to.deep.equal({ cart: [1] });
      expect(closed?.active).to.equal(false);
      expect([refused.type, refused.code]).to.deep.equal(['ConflictException', 'SESSION_ENDED']);
      expect(deleted).to.deep.equal(closed);
      expect(absent).to.equal(null);
    });
  }

  it('takes the correlation id where the options of their client put it', async () => {
    const service = await startServiceProcess({
      args: ['-c', config],
      env: { HTTP_ENABLED: 'true' },
    });
    const seen = [];
    for (const place of ['query', 'headers', 'both']) {
      const client = await connectPipClient(service.url, { correlation_id: place });
      seen.push((await exceptionOf(client.run('open_session', `by-${place}`, {}))).correlationId);
    }
    await service.stop();
    expect(seen).to.deep.equal(['by-query', 'by-headers', 'by-both']);
  });
});
