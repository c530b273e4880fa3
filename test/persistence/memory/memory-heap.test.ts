import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);
const presenceModule = new URL('../../../src/domain/presence.js', import.meta.url).href;
const storeModule = new URL('./memory-store.js', import.meta.url).href;

/** With it the cap is as close to the heap as it may be. */
const told = ['--max-semi-space-size=16'];

/** Opens sessions in a process with a small heap until the store refuses; what it was refused with. */
async function fill(options: readonly string[], openOne: string): Promise<string> {
  const script = `
    import { createMemoryStore } from ${JSON.stringify(storeModule)};
    import { defaultPresenceRules } from ${JSON.stringify(presenceModule)};
    const { store } = await createMemoryStore();
    const text = (start, n) => JSON.parse(JSON.stringify(start + n));
    try {
      for (let n = 0; ; n += 1) { ${openOne} }
    } catch ({ code }) {
      console.log(code);
    }`;
  const args = [...process.execArgv, ...options, '--input-type=module', '--eval', script];
  const { stdout } = await run(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return stdout.trim();
}

describe('MemorySessionPersistence in a small heap', () => {
  it('is full before the heap is, however large the young generation', async () => {
    const openOne = `
      const session = { id: text('s', n), userId: text('user-', n), kind: 'rpc', data: '{}' };
      await store.openSession({ session, now: 1 });`;
    for (const options of [[], ['--max-semi-space-size=128'], ['--max_semi_space_size=128']]) {
      expect(await fill(['--max-old-space-size=96', ...options], openOne)).to.equal('STORAGE_FULL');
    }
  });

  it('keeps nothing of sessions that are gone, when others of their users are left', async () => {
    const openOne = `
      const long = (start) => text(start.repeat(240), n);
      const userId = () => text('user-number-00000', n);
      const texts = { userName: long('a'), address: long('b'), client: long('c') };
      const session = { id: text('s', n), userId: userId(), kind: 'rpc' };
      await store.openSession({ session: { ...session, ...texts }, now: 1 });
      await store.openSession({ session: { ...session, id: text('t', n), userId: userId() }, now: 1 });
      await store.deleteSession(session.id, 1);`;
    expect(await fill(['--max-old-space-size=96', ...told], openOne)).to.equal('STORAGE_FULL');
  });

  it('drops the oldest time of sessions that are gone, before the heap is full', async () => {
    const openOne = `
      if (n === 120_000) throw { code: 'KEPT' };
      const long = (start) => text(start.repeat(240), n);
      const id = text('session-number-', n);
      const session = { id, userId: text('user-number-', n), userName: long('a'), kind: 'rpc' };
      const beat = { now: n, beat: {}, sessionId: id, presence: defaultPresenceRules };
      await store.openSession({ session: { ...session, address: long('b') }, now: n });
      await store.touchSession(beat);
      await store.touchSession({ ...beat, now: n + 60_000 });
      await store.deleteSession(id, n + 60_000);`;
    expect(await fill(['--max-old-space-size=64', ...told], openOne)).to.equal('KEPT');
  });
});
