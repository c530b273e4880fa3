import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { useOwnMongoServer } from '../../support/mongo-database.js';
import { callCommand, expectCommand } from '../../support/rpc.js';
import { runMain } from '../../support/service-process.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { errorReply, FaultProxy } from './fault-proxy.js';
import { startMongoService } from './mongo-service.js';

describe('the process and its MongoDB', () => {
  const server = useOwnMongoServer();
  let folder: TemporaryFolder;
  let proxy: FaultProxy;

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    proxy = await FaultProxy.start(server().port);
  });
  afterEach(async () => {
    await proxy.refuse();
    await folder.remove();
  });

  it('starts without it, is not ready and says why, and serves when it comes', async () => {
    await proxy.refuse();
    const service = await startMongoService(folder, { uri: proxy.uri('late') });
    expect(await statusOf(service.url, 'livez')).to.equal(200);
    expect(await statusOf(service.url, 'readyz')).to.equal(503);
    expect(await callCommand(service.url, 'count_sessions')).to.include({ status: 503 });
    const { stdout, stderr } = service.output();
    expect(stdout + stderr).to.match(/MongoDB is not there \(mongodb .*\): .*ECONNREFUSED/);
    await proxy.listen();
    await untilReady(service.url);
    expect(await expectCommand(service.url, 'count_sessions')).to.deep.equal({ count: 0 });
    expect(await service.stop()).to.deep.equal({ code: 0, signal: null });
  });

  it('lives on when it goes, silent or refusing, and serves again when it is back', async function () {
    this.timeout(120_000);
    const service = await startMongoService(folder, { uri: proxy.uri('gone') });
    const faults = [
      {
        begin: async () => proxy.inject(() => ({ kind: 'silence' })),
        end: async () => proxy.inject(),
      },
      { begin: async () => await proxy.refuse(), end: async () => await proxy.listen() },
    ];
    // The driver may be cut off between any two of its steps: some of them it does not get over.
    const often = Array.from({ length: 3 }, () => faults).flat();
    for (const { begin, end } of often) {
      await untilReady(service.url);
      await begin();
      expect(await callCommand(service.url, 'count_sessions')).to.include({ status: 503 });
      expect(await statusOf(service.url, 'readyz')).to.equal(503);
      expect(await statusOf(service.url, 'livez')).to.equal(200);
      await end();
    }
    await untilReady(service.url);
    expect(await expectCommand(service.url, 'count_sessions')).to.deep.equal({ count: 0 });
    expect(await service.stop()).to.deep.equal({ code: 0, signal: null });
  });

  it('ends with one line for a wrong password, which names the setting and not the password', async () => {
    const rejected = errorReply(18, 'AuthenticationFailed', 'Authentication failed.');
    proxy.inject(({ name }) => (name === 'saslStart' ? rejected : undefined));
    const path = folder.file('config.json');
    const store = {
      descriptor: 'service-sessions:persistence:mongodb:default:1.0',
      connection: { uri: proxy.uri('app') },
      credential: { username: 'ann', password: 'hidden' },
    };
    const endpoint = { descriptor: 'pip-services:endpoint:http:default:1.0' };
    await writeFile(path, JSON.stringify([store, endpoint]));
    const { code, stdout, stderr } = await runMain({ args: ['-c', path] });
    expect(code).to.equal(78);
    expect(stderr).to.match(
      /^service-sessions: service-sessions:persistence:mongodb: credential: .*\n$/,
    );
    expect(stdout + stderr).to.not.include('hidden');
  });
});

async function statusOf(url: string, probe: 'livez' | 'readyz'): Promise<number> {
  return (await fetch(`${url}/${probe}`)).status;
}

async function untilReady(url: string): Promise<void> {
  while ((await statusOf(url, 'readyz')) !== 200) await sleep(20);
}
