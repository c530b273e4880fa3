import { expect } from 'chai';
import { ConfigParams } from 'pip-services3-commons-nodex';
import { MemorySessionPersistence } from '../../../src/persistence/memory/memory-session-persistence.js';
import { failureOf, thrownBy } from '../../support/failure.js';
import {
  minute,
  openedSession,
  openInput,
  present,
  second,
  t0,
  touchInput,
} from '../../support/sessions.js';

async function openStore(settings: Record<string, number>) {
  const store = new MemorySessionPersistence();
  store.configure(ConfigParams.fromValue({ options: settings }));
  await store.open('test');
  return store;
}

const full = { code: 'STORAGE_FULL' };

describe('MemorySessionPersistence with a text that cannot be packed', () => {
  it('openSession() changes nothing, nor does its limit end a session', async () => {
    const store = await openStore({ max_sessions: 3 });
    await openedSession(store, { id: 'first' });
    const limit = { max: 1, policy: 'end_oldest', kinds: ['rpc'] } as const;
    const input = openInput({ id: 'long', client: 'x'.repeat(65_535) }, { limit });
    const [outcome] = await Promise.allSettled([store.openSession(input)]);
    expect(outcome.status).to.equal('rejected');
    expect((await store.getSession('first', t0))?.active).to.equal(true);
    expect(await store.countSessions({}, t0)).to.equal(1);
  });
});

describe('MemorySessionPersistence at its cap of sessions', () => {
  it('openSession() is refused when all sessions live, and keeps nothing of it', async () => {
    const store = await openStore({ max_sessions: 3 });
    for (let n = 0; n < 3; n += 1) await openedSession(store);
    const request = { requestId: 'r', fingerprint: 'f', expireTime: t0 + minute };
    expect(await failureOf(store.openSession(openInput({}, { request })))).to.deep.equal(full);
    expect(await store.countSessions({}, t0)).to.equal(3);
    const { sessions } = await store.listSessions({ filter: {}, now: t0, take: 1 });
    await store.deleteSession(present(sessions[0]).id, t0);
    expect(await store.openSession(openInput({}, { request }))).to.not.equal(null);
  });

  it('openSession() drops ended sessions for a new one, oldest end first', async () => {
    const store = await openStore({ max_sessions: 3 });
    for (const id of ['first', 'second', 'live']) await openedSession(store, { id });
    await store.closeSession({ sessionId: 'second', reason: 'logout', now: t0 + 1 });
    await store.closeSession({ sessionId: 'first', reason: 'logout', now: t0 + 2 });
    const kept = async () => {
      const page = await store.listSessions({ filter: {}, now: t0 + 9, take: 9 });
      return page.sessions.map(({ id }) => id);
    };
    await openedSession(store, { id: 'a' }, t0 + 3);
    expect(await kept()).to.deep.equal(['a', 'first', 'live']);
    await openedSession(store, { id: 'b' }, t0 + 4);
    expect(await kept()).to.deep.equal(['b', 'a', 'live']);
    expect(await failureOf(store.openSession(openInput()))).to.deep.equal(full);
  });

  it('openSession() drops sessions past their deadline that nobody swept', async () => {
    const store = await openStore({ max_sessions: 2 });
    await openedSession(store, { id: 'expired', idleTimeoutMs: minute });
    await openedSession(store, { id: 'live' });
    await openedSession(store, { id: 'new' }, t0 + minute + 1);
    expect(await store.getSession('expired', t0 + minute + 1)).to.equal(null);
    expect(await store.countSessions({ active: true }, t0 + minute + 1)).to.equal(2);
  });

  it('openSession() ends the oldest of a user for a new one, and drops it', async () => {
    const store = await openStore({ max_sessions: 2 });
    await openedSession(store, { id: 'old' });
    await openedSession(store, { id: 'other', userId: 'bob' });
    const limit = { max: 1, policy: 'end_oldest', kinds: ['rpc'] } as const;
    const input = openInput({ id: 'new' }, { now: t0 + 1, limit });
    expect(present(await store.openSession(input)).active).to.equal(true);
    expect(await store.getSession('old', t0 + 1)).to.equal(null);
    const refused = openInput({ userId: 'eve' }, { now: t0 + 1, limit });
    expect(await failureOf(store.openSession(refused))).to.deep.equal(full);
  });
});

describe('MemorySessionPersistence at its cap of bytes', () => {
  const big = JSON.stringify('x'.repeat(20_000));

  it('changeSession() is refused when there is no room, and leaves the session as it is', async () => {
    const store = await openStore({ max_bytes: 50_000 });
    const opened = await openedSession(store, { data: big });
    const grow = (data: string) => store.changeSession(opened.id, { type: 'user', user: data }, t0);
    expect(await failureOf(grow(big))).to.deep.equal(full);
    expect(await store.getSession(opened.id, t0)).to.deep.equal(opened);
    expect(present(await grow('1')).revision).to.equal(1);
    const smaller = await store.changeSession(opened.id, { type: 'data', data: '1' }, t0);
    expect(present(smaller).data).to.equal('1');
    expect(present(await grow(big)).user).to.equal(big);
  });

  it('openSession() is refused, and closeSession() makes room', async () => {
    const store = await openStore({ max_bytes: 50_000 });
    const { id } = await openedSession(store, { data: big });
    expect(await failureOf(store.openSession(openInput({ data: big })))).to.deep.equal(full);
    await store.closeSession({ sessionId: id, reason: 'logout', now: t0 });
    expect(present(await store.openSession(openInput({ data: big }))).data).to.equal(big);
    // The ended one has been dropped: it makes room only once.
    expect(await failureOf(store.openSession(openInput({ data: big })))).to.deep.equal(full);
  });

  it('openSession() counts on the room that the sessions ended for it leave', async () => {
    const store = await openStore({ max_bytes: 50_000 });
    const limit = { max: 1, policy: 'end_oldest', kinds: ['rpc'] } as const;
    for (const now of [t0, t0 + 1, t0 + 2]) {
      const opened = await store.openSession(openInput({ data: big }, { now, limit }));
      expect(present(opened).data).to.equal(big);
    }
  });

  it('touchSession() is refused when its context needs more room than there is', async () => {
    const store = await openStore({ max_bytes: 4_000 });
    const { id } = await openedSession(store);
    await store.touchSession(touchInput(id, {}, t0));
    const before = await store.getSession(id, t0);
    const beat = { contextId: 'tab', path: ['x'.repeat(512), 'y'.repeat(512)] };
    expect(await failureOf(store.touchSession(touchInput(id, beat, t0)))).to.deep.equal(full);
    expect(await store.getSession(id, t0)).to.deep.equal(before);
    expect(present(await store.touchSession(touchInput(id, {}, t0))).session.active).to.equal(true);
  });

  it('touchSession() drops the oldest rows of the ledger rather than fail', async () => {
    const store = await openStore({ max_bytes: 10_000 });
    const { id } = await openedSession(store);
    const visits = Array.from({ length: 60 }, (_, n) => `page ${n}`);
    for (const [n, part] of visits.entries()) {
      await store.touchSession(touchInput(id, { path: [part] }, t0 + n * second));
    }
    const rows = await store.getStretches(id);
    const kept = rows.map(({ path }) => path?.[0]);
    expect(kept.length).to.be.within(5, 40);
    expect(kept).to.deep.equal(visits.slice(-kept.length - 1, -1));
  });

  it('it gives back what it took: nothing is counted twice', async () => {
    const store = await openStore({ max_bytes: 100_000 });
    for (let n = 0; n < 500; n += 1) {
      const now = t0 + n * second;
      const request = { requestId: `r${n}`, fingerprint: 'f', expireTime: now + second };
      const opened = await store.openSession(
        openInput({ data: big, idleTimeoutMs: 500 }, { now, request }),
      );
      const { id } = present(opened);
      await store.touchSession(touchInput(id, { path: ['a'] }, now + 1));
      await store.touchSession(touchInput(id, { path: ['b'] }, now + 2));
      if (n % 3 === 0) await store.closeSession({ sessionId: id, reason: 'admin', now: now + 3 });
      if (n % 3 === 1) await store.deleteSession(id, now + 3);
      if (n % 5 === 0) await store.closeExpired(now + 900, 9);
      await store.prune({ endedBefore: now, stretchesBefore: now, now, limit: 9 });
    }
    await openedSession(store, { data: big }, t0 + 600 * second);
  });
});

describe('MemorySessionPersistence as a component', () => {
  it('configure() refuses a setting it does not know, or a value it cannot have', () => {
    const store = new MemorySessionPersistence();
    const configure = (options: object) => () =>
      store.configure(ConfigParams.fromValue({ options }));
    for (const options of [{ max_session: 1 }, { max_sessions: 0 }, { max_bytes: 'much' }]) {
      expect(thrownBy(configure(options)).code).to.equal('INVALID_CONFIG');
    }
  });

  it('open() and close() may come twice, and close() before open()', async () => {
    const store = new MemorySessionPersistence();
    await store.close('test');
    expect(store.isOpen()).to.equal(false);
    await store.open('test');
    await openedSession(store);
    await store.open('test');
    expect([store.isOpen(), await store.countSessions({}, t0)]).to.deep.equal([true, 1]);
    await store.close('test');
    await store.close('test');
    expect(store.isOpen()).to.equal(false);
    await store.open('test');
    expect(await store.countSessions({}, t0)).to.equal(0);
  });
});
