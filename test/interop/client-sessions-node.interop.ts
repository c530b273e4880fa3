import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import {
  loadPublishedClient,
  type PublishedClient,
  type PublishedPackage,
} from './published-client.js';

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const day = 24 * 3_600_000;

for (const store of ['memory', 'file'] as const) {
  describe(`the published client-sessions-node 1.1.3 with this process on ${store}`, () => {
    let folder: TemporaryFolder;
    let service: ServiceProcess;
    let published: PublishedPackage;
    let client: PublishedClient;
    let users = 0;

    before(async function () {
      this.timeout(120_000);
      published = await loadPublishedClient();
      folder = await createTemporaryFolder();
      const env: Record<string, string> =
        store === 'memory' ? { MEMORY_ENABLED: 'true' } : { FILE_PATH: folder.file('sessions.db') };
      service = await startServiceProcess({ env });
      client = await published.connect(service.url);
    });
    after(async () => {
      await client.close('test');
      await service.stop();
      await folder.remove();
    });

    /** A user that no other test has. */
    function newUser(): string {
      users += 1;
      return `user-${users}`;
    }

    async function openSession(userId = newUser()) {
      return await client.openSession('open', userId, 'Ann', '10.0.0.1', 'shop', { a: 1 }, [null]);
    }

    function later(time: string | undefined, ms: number): string {
      return new Date(Date.parse(time ?? '') + ms).toISOString();
    }

    it('openSession() answers the session, its times as ISO text', async () => {
      const userId = newUser();
      const session = await openSession(userId);
      expect(session.open_time).to.match(isoTime);
      expect(session.id).to.match(/^[\w-]{43}$/);
      expect(session).to.deep.equal({
        id: session.id,
        user_id: userId,
        user_name: 'Ann',
        kind: 'rpc',
        active: true,
        open_time: session.open_time,
        request_time: session.open_time,
        expire_time: later(session.open_time, day),
        revision: 0,
        address: '10.0.0.1',
        client: 'shop',
        user: { a: 1 },
        data: [null],
      });
    });

    it('openSession() takes null for all that is optional', async () => {
      const userId = newUser();
      const session = await client.openSession(null, userId, null, null, null, null, null);
      expect(session).to.deep.equal({
        id: session.id,
        user_id: userId,
        kind: 'rpc',
        active: true,
        open_time: session.open_time,
        request_time: session.open_time,
        expire_time: later(session.open_time, day),
        revision: 0,
      });
    });

    it('getSessionById() answers what was opened, and null for what is absent', async () => {
      const session = await openSession();
      expect(await client.getSessionById('get', session.id)).to.deep.equal(session);
      expect(await client.getSessionById('get', 'absent')).to.equal(null);
    });

    it('getSessions() filters, pages and counts, newest first, without user and data', async () => {
      const userId = newUser();
      const opened = [];
      for (let n = 0; n < 3; n += 1) {
        opened.push(await openSession(userId));
        // The order of two sessions of one millisecond is that of their ids.
        await sleep(2);
      }
      const rows = opened.toReversed().map(({ user: _user, data: _data, ...row }) => row);
      await openSession();
      const { filterOf, pagingOf } = published;
      const ofUser = filterOf('user_id', userId);
      const lists = [
        await client.getSessions('list', ofUser, pagingOf(0, 2, true)),
        await client.getSessions('list', ofUser, pagingOf(2, 2, true)),
        await client.getSessions('list', ofUser, null),
        await client.getSessions('list', filterOf('user_id', 'nobody'), pagingOf(0, 2, true)),
      ];
      const cursor = lists[0]?.next_cursor;
      expect(cursor).to.be.a('string');
      expect(lists).to.deep.equal([
        { total: 3, data: rows.slice(0, 2), next_cursor: cursor },
        { total: 3, data: rows.slice(2) },
        { total: null, data: rows },
        { total: 0, data: [] },
      ]);
    });

    it('getSessions() takes the texts into which their filter turns all values', async () => {
      const userId = newUser();
      const closed = await openSession(userId);
      await client.closeSession('close', closed.id);
      const session = await openSession(userId);
      const time = new Date(session.request_time);
      const { filterOf } = published;
      const idsWhere = async (...tuples: readonly unknown[]) => {
        const filter = filterOf('user_id', userId, ...tuples);
        return (await client.getSessions('list', filter, null)).data.map(({ id }) => id);
      };
      expect(await idsWhere('active', true)).to.deep.equal([session.id]);
      expect(await idsWhere('active', false)).to.deep.equal([closed.id]);
      expect(await idsWhere('id', closed.id)).to.deep.equal([closed.id]);
      expect(await idsWhere('active', true, 'from_time', time)).to.deep.equal([session.id]);
      expect(await idsWhere('active', true, 'to_time', time)).to.deep.equal([]);
    });

    it('getSessions() answers all with neither filter nor paging', async () => {
      const session = await openSession();
      const { total, data } = await client.getSessions('list', null, null);
      expect(total).to.equal(null);
      expect(data.map(({ id }) => id)).to.include(session.id);
    });

    it('storeSessionData() and updateSessionUser() replace the documents', async () => {
      const session = await openSession();
      const stored = await client.storeSessionData('store', session.id, 'text');
      const updated = await client.updateSessionUser('update', session.id, { b: { c: 2 } });
      expect(stored).to.deep.equal({
        ...session,
        data: 'text',
        revision: 1,
        request_time: stored?.request_time,
        expire_time: later(stored?.request_time, day),
      });
      expect(updated).to.deep.equal({
        ...session,
        data: 'text',
        user: { b: { c: 2 } },
        revision: 2,
        request_time: updated?.request_time,
        expire_time: later(updated?.request_time, day),
      });
      expect(await client.getSessionById('get', session.id)).to.deep.equal(updated);
    });

    it('closeSession() ends the session, once, and erases its documents', async () => {
      const session = await openSession();
      const closed = await client.closeSession('close', session.id);
      const { user: _user, data: _data, expire_time: _end, ...kept } = session;
      expect(closed?.close_time).to.match(isoTime);
      expect(closed).to.deep.equal({
        ...kept,
        active: false,
        close_time: closed?.close_time,
        close_reason: 'logout',
      });
      expect(await client.closeSession('close', session.id)).to.deep.equal(closed);
      expect(await client.getSessionById('get', session.id)).to.deep.equal(closed);
    });

    it('deleteSessionById() answers what was deleted, then null', async () => {
      const session = await openSession();
      expect(await client.deleteSessionById('delete', session.id)).to.deep.equal(session);
      expect(await client.deleteSessionById('delete', session.id)).to.equal(null);
      expect(await client.getSessionById('get', session.id)).to.equal(null);
    });

    it('closeExpiredSessions() answers how many ended, where it answered nothing before', async () => {
      expect(await client.closeExpiredSessions('sweep')).to.deep.equal({ closed: 0, more: false });
    });

    it('changes of an absent session answer null', async () => {
      expect([
        await client.storeSessionData('store', 'absent', {}),
        await client.updateSessionUser('update', 'absent', {}),
        await client.closeSession('close', 'absent'),
      ]).to.deep.equal([null, null, null]);
    });
  });
}
