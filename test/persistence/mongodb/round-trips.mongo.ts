import { expect } from 'chai';
import type { MongodbSessionPersistence } from '../../../src/persistence/mongodb/mongodb-session-persistence.js';
import { FaultProxy } from '../../faults/mongodb/fault-proxy.js';
import { failureOf } from '../../support/failure.js';
import { useOwnMongoServer } from '../../support/mongo-database.js';
import {
  minute,
  openedSession,
  openInput,
  second,
  t0,
  touchInput,
} from '../../support/sessions.js';
import { openMongodbStore } from './mongodb-store.js';

describe('The round trips of MongodbSessionPersistence', () => {
  const server = useOwnMongoServer();
  let proxy: FaultProxy;
  let store: MongodbSessionPersistence;
  let other: MongodbSessionPersistence;
  let database = 0;

  beforeEach(async () => {
    database += 1;
    proxy = await FaultProxy.start(server().port);
    store = await openMongodbStore(proxy.uri(`trips${database}`));
    other = await openMongodbStore(`${server().uri}/trips${database}`);
  });
  afterEach(async () => {
    await store.close('test');
    await other.close('test');
    await proxy.refuse();
  });

  /** The commands that a call sends, each with its collection. */
  async function sentBy(call: () => Promise<unknown>): Promise<readonly string[]> {
    proxy.commands.length = 0;
    await call();
    return proxy.commands.map(({ name, document }) => `${name} ${String(document[name])}`);
  }

  it('touchSession() of a session that this process opened is one, when it says busy', async () => {
    const { id } = await openedSession(store);
    const beat = { status: 'busy' } as const;
    for (const now of [t0 + 1, t0 + 2, t0 + 3]) {
      const sent = await sentBy(() => store.touchSession(touchInput(id, beat, now)));
      expect(sent).to.deep.equal(['update sessions']);
    }
  });

  for (const silent of ['find', 'update']) {
    it(`touchSession() asks for the status of others beside the write: no answer to ${silent}`, async () => {
      const quick = await openMongodbStore(proxy.uri(`trips${database}`), {
        'options.request_timeout': 300,
      });
      const { id } = await openedSession(quick);
      await quick.touchSession(touchInput(id, {}, t0 + 1));
      proxy.inject(({ name }) => (name === silent ? { kind: 'silence' } : undefined));
      // Neither waits for the answer to the other.
      const sent = await sentBy(() => failureOf(quick.touchSession(touchInput(id, {}, t0 + 2))));
      expect(sent.toSorted()).to.deep.equal(['find sessions', 'update sessions']);
      await quick.close('test');
    });
  }

  it('touchSession() of a session of another process reads it once', async () => {
    const { id } = await openedSession(other);
    const beat = { status: 'busy' } as const;
    const touch = (now: number) => () => store.touchSession(touchInput(id, beat, now));
    expect(await sentBy(touch(t0 + 1))).to.deep.equal(['find sessions', 'update sessions']);
    expect(await sentBy(touch(t0 + 2))).to.deep.equal(['update sessions']);
    await other.touchSession(touchInput(id, beat, t0 + 3));
    // What this process knew is over: the condition of its write found that out.
    expect(await sentBy(touch(t0 + 4))).to.deep.equal([
      'update sessions',
      'find sessions',
      'update sessions',
    ]);
    expect(await sentBy(touch(t0 + 5))).to.deep.equal(['update sessions']);
  });

  it('getSession() asks the server each time', async () => {
    const { id } = await openedSession(store);
    for (let n = 0; n < 2; n += 1) {
      expect(await sentBy(() => store.getSession(id, t0))).to.deep.equal(['find sessions']);
    }
  });

  it('openSession(), changeSession() and closeSession() are one, two and one', async () => {
    const open = () => openedSession(store, { id: 'x', data: '1' });
    expect(await sentBy(open)).to.deep.equal(['insert sessions']);
    const change = () => store.changeSession('x', { type: 'data', data: '2' }, t0);
    expect(await sentBy(change)).to.deep.equal(['find sessions', 'update sessions']);
    const close = () => store.closeSession({ sessionId: 'x', reason: 'logout', now: t0 });
    expect(await sentBy(close)).to.deep.equal(['update sessions']);
  });

  it('openSession() with a request id is three, and one of a repetition more for its session', async () => {
    const request = { requestId: 'r', fingerprint: 'f', expireTime: t0 + minute };
    const open = () => store.openSession(openInput({}, { request }));
    expect(await sentBy(open)).to.deep.equal([
      'insert sessions_requests',
      'insert sessions',
      'update sessions_requests',
    ]);
    expect(await sentBy(open)).to.deep.equal([
      'insert sessions_requests',
      'find sessions_requests',
      'find sessions',
    ]);
  });

  it('openSession() under a limit is five', async () => {
    const limit = { max: 2, policy: 'reject', kinds: ['rpc'] } as const;
    expect(await sentBy(() => store.openSession(openInput({}, { limit })))).to.deep.equal([
      'find sessions_limits',
      'find sessions',
      'insert sessions',
      'insert sessions_limits',
      'update sessions',
    ]);
  });

  it('a beat that closes a stretch is answered before the ledger has it', async () => {
    const { id } = await openedSession(store);
    await store.touchSession(touchInput(id, { path: ['a'], status: 'busy' }, t0));
    proxy.inject((command) => (command.name === 'insert' ? { kind: 'silence' } : undefined));
    const next = touchInput(id, { path: ['b'], status: 'busy' }, t0 + second);
    expect((await store.touchSession(next))?.outcome.duplicate).to.equal(false);
    expect((await other.getStretches(id)).map(({ path }) => path)).to.deep.equal([['a']]);
    proxy.inject();
  });
});
