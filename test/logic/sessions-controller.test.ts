import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { ConfigParams, Descriptor, References } from 'pip-services3-commons-nodex';
import { ConsoleLogger, LogCounters, type LogLevel } from 'pip-services3-components-nodex';
import type { SessionV1 } from '../../src/data/version1/session-v1.js';
import { SessionError } from '../../src/errors/session-error.js';
import { SessionsController } from '../../src/logic/sessions-controller.js';
import { MemorySessionPersistence } from '../../src/persistence/memory/memory-session-persistence.js';
import { createController, createTestClock, type TestClock } from '../support/create-controller.js';

const start = '2023-11-14T22:13:20.000Z';

async function open(controller: SessionsController, params: Record<string, unknown> = {}) {
  const session = await controller.openSession('c', { user_id: 'u', ...params });
  if (session === null) throw new Error('not opened');
  return session;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'no error',
    (caught: unknown) => SessionError.from(caught).code,
  );
}

describe('SessionsController', () => {
  let clock: TestClock;
  let store: MemorySessionPersistence;
  const closers: (() => Promise<void>)[] = [];

  async function create(settings: Record<string, unknown> = {}): Promise<SessionsController> {
    const { controller, close } = await createController(store, { clock, settings });
    closers.push(close);
    return controller;
  }

  beforeEach(() => {
    clock = createTestClock();
    store = new MemorySessionPersistence();
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  it('openSession() answers the whole record, with the defaults of the settings', async () => {
    const controller = await create();
    const { id, ...session } = await open(controller, {
      user_name: 'User',
      address: '10.0.0.1',
      client: 'app',
      device_id: 'd',
      user: { name: 'x' },
      data: [1, null, 'a'],
    });
    expect(id).to.match(/^[\w-]{43}$/);
    expect(session).to.deep.equal({
      user_id: 'u',
      user_name: 'User',
      device_id: 'd',
      kind: 'rpc',
      active: true,
      open_time: start,
      request_time: start,
      expire_time: '2023-11-15T22:13:20.000Z',
      address: '10.0.0.1',
      client: 'app',
      revision: 0,
      user: { name: 'x' },
      data: [1, null, 'a'],
    });
  });

  it('openSession() takes timeouts from the caller, then from the settings of the kind', async () => {
    const controller = await create({ options: { expire_timeout: 5000, absolute_timeout: 9000 } });
    expect((await open(controller)).expire_time).to.equal('2023-11-14T22:13:25.000Z');
    expect((await open(controller)).absolute_expire_time).to.equal('2023-11-14T22:13:29.000Z');
    expect((await open(controller, { kind: 'web' })).expire_time).to.equal(
      '2023-11-14T22:13:29.000Z',
    );
    const own = await open(controller, { idle_timeout: 1000, absolute_timeout: 2000 });
    expect(own.expire_time).to.equal('2023-11-14T22:13:21.000Z');
    expect(own.absolute_expire_time).to.equal('2023-11-14T22:13:22.000Z');
  });

  it('openSession() with a request_id answers the first session, whatever the order of keys', async () => {
    const controller = await create();
    const first = await open(controller, { request_id: 'r', data: { a: 1, b: { c: 2, d: 3 } } });
    clock.pass(1000);
    const again = await open(controller, { data: { b: { d: 3, c: 2 }, a: 1 }, request_id: 'r' });
    expect(again).to.deep.equal(first);
    const other = { user_id: 'u', request_id: 'r', data: { a: 1 } };
    expect(await codeOf(controller.openSession('c', other))).to.equal('REQUEST_ID_REUSED');
    await controller.deleteSessionById('c', { session_id: first.id });
    const params = { user_id: 'u', request_id: 'r', data: { a: 1, b: { c: 2, d: 3 } } };
    expect(await controller.openSession('c', params)).to.equal(null);
  });

  it('openSession() repeated answers what the session holds now, not what was sent', async () => {
    const controller = await create();
    const { id } = await open(controller, { request_id: 'r', data: { a: 1 } });
    await controller.storeSessionData('c', { session_id: id, data: { a: 2 } });
    const changed = await open(controller, { request_id: 'r', data: { a: 1 } });
    expect(changed).to.deep.include({ id, data: { a: 2 }, revision: 1 });
    await controller.closeSession('c', { session_id: id });
    const ended = await open(controller, { request_id: 'r', data: { a: 1 } });
    expect(ended).to.include({ id, active: false }).and.not.have.property('data');
  });

  it('openSession() keeps the limit of the settings, by either policy', async () => {
    const rejecting = await create({ options: { max_sessions_per_user: 1 } });
    const first = await open(rejecting, { data: 'secret' });
    const { data: _, ...listed } = first;
    const refused = await rejecting.openSession('c', { user_id: 'u' }).catch(SessionError.from);
    expect(refused).to.deep.include({
      code: 'SESSION_LIMIT',
      details: { limit: 1, sessions: [listed] },
    });
    const ending = await create({
      options: { max_sessions_per_user: 1, limit_policy: 'end_oldest' },
    });
    await open(ending);
    const ended = await ending.getSessionById('c', { session_id: first.id });
    expect(ended).to.include({ active: false, close_reason: 'limit' });
  });

  it('getSessions() pages by cursor, newest first, without documents, capped by the settings', async () => {
    const controller = await create({ options: { max_page_size: 2 } });
    const opened: SessionV1[] = [];
    for (let index = 0; index < 5; index += 1) {
      opened.unshift(await open(controller, { data: index }));
      clock.pass(1);
    }
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const paging = cursor === undefined ? { take: 10, total: true } : { cursor };
      const page = await controller.getSessions('c', { filter: { user_id: 'u' }, paging });
      expect(page.total).to.equal(cursor === undefined ? 5 : null);
      expect(page.data.some((session) => 'data' in session)).to.equal(false);
      pages.push(page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    const ids = opened.map(({ id }) => id);
    expect(pages).to.deep.equal([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  });

  it('getSessions() and countSessions() take the texts of old callers', async () => {
    const controller = await create();
    const { id } = await open(controller);
    await controller.closeSession('c', { session_id: id });
    const page = await controller.getSessions('c', {
      filter: { active: 'false', from_time: '0' },
      paging: { skip: '0', take: '1', total: 'true' },
    });
    expect(page).to.include({ total: 1 });
    expect(await controller.countSessions('c', { filter: { active: 'true' } })).to.deep.equal({
      count: 0,
    });
    expect(await controller.countSessions('c', {})).to.deep.equal({ count: 1 });
  });

  it('changes data and user, one revision each, and refuses another revision', async () => {
    const controller = await create();
    const { id: sessionId } = await open(controller, { data: { a: 1, b: 2 } });
    clock.pass(1000);
    const stored = await controller.storeSessionData('c', {
      session_id: sessionId,
      data: { a: 3, b: 4 },
      revision: 0,
    });
    expect(stored).to.deep.include({
      data: { a: 3, b: 4 },
      revision: 1,
      request_time: '2023-11-14T22:13:21.000Z',
    });
    const patched = await controller.patchSessionData('c', {
      session_id: sessionId,
      patch: { a: null, c: 5 },
    });
    expect(patched).to.deep.include({ data: { b: 4, c: 5 }, revision: 2 });
    const updated = await controller.updateSessionUser('c', { session_id: sessionId, user: 'me' });
    expect(updated).to.deep.include({ user: 'me', revision: 3 });
    const late = controller.patchSessionData('c', {
      session_id: sessionId,
      patch: {},
      revision: 2,
    });
    expect(await late.catch(SessionError.from)).to.deep.include({
      code: 'REVISION_CONFLICT',
      details: { revision: 3 },
    });
  });

  it('keeps null as data, and answers it', async () => {
    const controller = await create();
    const { id: sessionId } = await open(controller, { data: 1 });
    expect(
      await controller.storeSessionData('c', { session_id: sessionId, data: null }),
    ).to.include({ data: null });
  });

  it('touchSession() answers the whole result of a beat', async () => {
    const controller = await create();
    const { id: sessionId } = await open(controller, {
      idle_timeout: 60_000,
      absolute_timeout: 90_000,
    });
    clock.pass(10_000);
    const first = await controller.touchSession('c', {
      session_id: sessionId,
      epoch: 2,
      seq: 7,
      status: 'busy',
      next_beat: 5,
    });
    expect(first).to.deep.equal({
      server_time: '2023-11-14T22:13:30.000Z',
      active: true,
      expire_time: '2023-11-14T22:14:30.000Z',
      absolute_expire_time: '2023-11-14T22:14:50.000Z',
      status: 'busy',
      next_beat: 5,
      duplicate: false,
      epoch: 2,
      seq: 7,
    });
    const late = await controller.touchSession('c', { session_id: sessionId, epoch: 1, seq: 99 });
    expect(late).to.include({ duplicate: true, epoch: 2, seq: 7 });
  });

  it('touchSession() asks for a pace that the idle timeout allows, and clamps a promise', async () => {
    const controller = await create();
    const long = await open(controller);
    const short = await open(controller, { idle_timeout: 10_000 });
    const beat = async (sessionId: string, nextBeat?: number) =>
      (
        await controller.touchSession(
          'c',
          nextBeat === undefined
            ? { session_id: sessionId }
            : { session_id: sessionId, next_beat: nextBeat },
        )
      )?.next_beat;
    expect(await beat(long.id)).to.equal(120);
    expect(await beat(short.id)).to.equal(4);
    expect(await beat(long.id, 0)).to.equal(1);
    expect(await beat(long.id, 1e9)).to.equal(3600);
    expect(await beat(long.id, 2.5)).to.equal(2.5);
  });

  it('closes for the reason given, and answers an ended session as it is', async () => {
    const controller = await create();
    const { id: sessionId } = await open(controller, { data: 1 });
    const closed = await controller.closeSession('c', { session_id: sessionId, reason: 'admin' });
    expect(closed).to.include({ active: false, close_reason: 'admin', close_time: start });
    expect(closed).to.not.have.any.keys('data', 'expire_time');
    clock.pass(1000);
    expect(await controller.closeSession('c', { session_id: sessionId })).to.deep.equal(closed);
    const write = controller.storeSessionData('c', { session_id: sessionId, data: 2 });
    expect(await write.catch(SessionError.from)).to.deep.include({
      code: 'SESSION_ENDED',
      details: { close_reason: 'admin', close_time: start },
    });
  });

  it('closes and deletes all sessions of a user, in batches', async () => {
    const controller = await create({ options: { cleanup_batch: 2 } });
    const [kept, ...others] = [
      await open(controller),
      await open(controller),
      await open(controller),
      await open(controller),
    ];
    const params = { user_id: 'u', except_session_id: kept?.id ?? '' };
    expect(await controller.closeUserSessions('c', params)).to.deep.equal({
      closed: 2,
      more: true,
    });
    expect((await controller.closeUserSessions('c', params)).closed).to.equal(1);
    expect(await controller.countSessions('c', { filter: { active: true } })).to.deep.equal({
      count: 1,
    });
    expect(others).to.have.lengthOf(3);
    expect(await controller.deleteUserSessions('c', { user_id: 'u' })).to.deep.equal({
      deleted: 2,
      more: true,
    });
    await controller.deleteUserSessions('c', { user_id: 'u' });
    expect(await controller.countSessions('c', {})).to.deep.equal({ count: 0 });
  });

  it('answers null for every command about a session that does not exist', async () => {
    const controller = await create();
    const sessionId = 'none';
    expect(await controller.getSessionById('c', { session_id: sessionId })).to.equal(null);
    expect(await controller.storeSessionData('c', { session_id: sessionId, data: 1 })).to.equal(
      null,
    );
    expect(await controller.patchSessionData('c', { session_id: sessionId, patch: 1 })).to.equal(
      null,
    );
    expect(await controller.updateSessionUser('c', { session_id: sessionId, user: 1 })).to.equal(
      null,
    );
    expect(await controller.touchSession('c', { session_id: sessionId })).to.equal(null);
    expect(await controller.closeSession('c', { session_id: sessionId })).to.equal(null);
    expect(await controller.deleteSessionById('c', { session_id: sessionId })).to.equal(null);
  });

  it('answers STORE_UNAVAILABLE before it has a store', async () => {
    const controller = new SessionsController({ clock });
    expect(await codeOf(controller.getSessionById('c', { session_id: 'x' }))).to.equal(
      'STORE_UNAVAILABLE',
    );
  });

  it('closeExpiredSessions() writes down what is past its deadline', async () => {
    const controller = await create();
    const { id: sessionId } = await open(controller, { idle_timeout: 1000 });
    clock.pass(1000);
    expect(await controller.closeExpiredSessions('c', {})).to.deep.equal({
      closed: 0,
      more: false,
    });
    clock.pass(1);
    expect(await controller.closeExpiredSessions('c', {})).to.deep.equal({
      closed: 1,
      more: false,
    });
    const ended = await controller.getSessionById('c', { session_id: sessionId });
    expect(ended).to.include({ close_reason: 'idle', close_time: '2023-11-14T22:13:21.000Z' });
  });

  describe('the sweep', () => {
    /** What was logged, for tests that wait for it. */
    class MemoryLogger extends ConsoleLogger {
      readonly lines: string[] = [];
      override write(_level: LogLevel, _id: string, _error: Error, message: string): void {
        this.lines.push(message);
      }
    }

    async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
      for (let tries = 0; tries < 2000 && !(await condition()); tries += 1) await sleep(5);
    }
    async function sweeping(settings: Record<string, unknown>) {
      const logger = new MemoryLogger();
      const counters = new LogCounters();
      const controller = new SessionsController({ clock });
      controller.configure(
        ConfigParams.fromValue({ options: { cleanup_interval: 10, ...settings } }),
      );
      controller.setReferences(
        References.fromTuples(
          new Descriptor('service-sessions', 'persistence', 'memory', 'default', '1.0'),
          store,
          new Descriptor('pip-services', 'logger', 'test', 'default', '1.0'),
          logger,
          new Descriptor('pip-services', 'counters', 'test', 'default', '1.0'),
          counters,
        ),
      );
      await store.open('c');
      await controller.open('c');
      closers.push(async () => await controller.close('c'));
      return { controller, counters, logger };
    }

    it('closes what expired and removes what is kept no longer, batch by batch', async () => {
      const { controller, logger } = await sweeping({ cleanup_batch: 2, retention: 5000 });
      for (let index = 0; index < 5; index += 1) await open(controller, { idle_timeout: 1000 });
      clock.pass(1001);
      await until(() => logger.lines.length > 0);
      expect(logger.lines).to.deep.equal(['Swept: 5 sessions expired, 0 records removed']);
      clock.pass(5000);
      await until(() => logger.lines.length > 1);
      expect(logger.lines[1]).to.equal('Swept: 0 sessions expired, 5 records removed');
      expect(await controller.countSessions('c', {})).to.deep.equal({ count: 0 });
    });

    it('comes soon after the start, whatever the interval', async () => {
      const { controller, logger } = await sweeping({ cleanup_interval: 900_000 });
      await open(controller, { idle_timeout: 1 });
      clock.pass(2);
      await until(() => logger.lines.length > 0);
      expect(logger.lines).to.deep.equal(['Swept: 1 sessions expired, 0 records removed']);
    });

    it('rests once after the wall clock was set, says so and counts it', async () => {
      const { counters, logger } = await sweeping({});
      clock.step(-7000);
      await until(() => logger.lines.length > 0);
      expect(logger.lines).to.deep.equal([
        'The wall clock was set by -7000 ms; the sweep rests once',
      ]);
      expect(counters.getAll().map(({ name, count }) => [name, count])).to.deep.equal([
        ['sessions.clock_steps', 1],
      ]);
    });

    it('is left to the process that leads, and asks again before each step', async () => {
      const leases: number[] = [];
      let leads = false;
      const lead = async (leaseMs: number) => {
        leases.push(leaseMs);
        return leads;
      };
      Object.assign(store, { lead });
      const { controller, logger } = await sweeping({ cleanup_batch: 2 });
      for (let index = 0; index < 5; index += 1) await open(controller, { idle_timeout: 1 });
      clock.pass(2);
      const before = leases.length;
      await until(() => leases.length >= before + 6);
      expect(logger.lines).to.deep.equal([]);
      expect(await store.countSessions({ active: false, closeReason: 'idle' }, 0)).to.equal(0);
      leads = true;
      await until(() => logger.lines.length > 0);
      expect(logger.lines).to.deep.equal(['Swept: 5 sessions expired, 0 records removed']);
      expect(new Set(leases)).to.deep.equal(new Set([5_000]));
    });

    it('goes on after a store that failed', async () => {
      const { controller, logger } = await sweeping({});
      await store.close('c');
      await until(() => logger.lines.includes('The sweep failed'));
      await store.open('c');
      await open(controller, { idle_timeout: 1 });
      clock.pass(2);
      await until(() => logger.lines.some((line) => line.startsWith('Swept: 1')));
    });

    it('ends with the controller, which can be closed twice', async () => {
      const { controller } = await sweeping({});
      expect(controller.isOpen()).to.equal(true);
      await controller.close('c');
      await controller.close('c');
      expect(controller.isOpen()).to.equal(false);
    });
  });
});
