import { expect } from 'chai';
import { startServiceProcess } from '../../../../test/support/service-process.js';
import { createTemporaryFolder } from '../../../../test/support/temporary-folder.js';
import { createHttpTransport, createSessionsClient } from '../../src/index.js';
import { present } from '../suite/new-user.js';

/** Workers that open sessions at once. */
const workers = 8;

describe('the client over a service that is killed and started again', () => {
  it('opens each session once, and finds what was acknowledged', async () => {
    const folder = await createTemporaryFolder();
    const env = { FILE_PATH: folder.file('sessions.db') };
    const first = await startServiceProcess({ env });
    const retry = { limit: 100, delayMs: 20, maxDelayMs: 200, budgetLimit: 10_000 };
    const transport = createHttpTransport({ url: first.url, retry, timeoutMs: 15_000 });
    const client = createSessionsClient(transport);
    const opened: { readonly id: string; readonly user: string }[] = [];
    let isDone = false;
    const work = async (worker: number) => {
      for (let n = 0; !isDone; n += 1) {
        const userId = `worker-${worker}-${n}`;
        const { id } = present(await client.openSession({ user_id: userId }));
        opened.push({ id, user: userId });
      }
    };
    const running = Promise.all(Array.from({ length: workers }, async (_, n) => await work(n)));
    // Each phase goes on until the workers got on in it.
    const until = async (count: number) => {
      while (opened.length < count) await Promise.race([running, client.getSessions({})]);
    };
    await until(100);
    await first.stop('SIGKILL');
    const second = await startServiceProcess({
      env: { ...env, HTTP_PORT: new URL(first.url).port },
    });
    try {
      await until(opened.length + 200);
      isDone = true;
      await running;
      const counts = await Promise.all(
        opened.map(async ({ id, user }) => {
          const { data } = await client.getSessions({ filter: { user_id: user } });
          return data.length === 1 && data[0]?.id === id;
        }),
      );
      expect(counts.filter((isOnce) => !isOnce)).to.deep.equal([]);
      expect((await client.countSessions({})).count).to.equal(opened.length);
    } finally {
      isDone = true;
      await client.close();
      await second.stop();
      await folder.remove();
    }
  });
});
