import { expect } from 'chai';
import { FilterParams, PagingParams } from 'pip-services3-commons-nodex';
import { deepFreeze } from '../../../../test/support/values.js';
import { PipException, SessionV1 } from '../../src/pip/index.js';
import { newUser } from '../suite/new-user.js';
import { shapeOf } from '../support/shape-of.js';
import { type OpenPipClient, sharePipClient } from './subject.js';

const day = 24 * 3_600_000;

/** The failure of a call, which must be a `PipException`. */
async function exceptionOf(call: Promise<unknown>): Promise<PipException> {
  const [outcome] = await Promise.allSettled([call]);
  if (outcome.status === 'fulfilled') throw new Error('A failure was expected.');
  if (!(outcome.reason instanceof PipException)) throw outcome.reason;
  return outcome.reason;
}

/** What every client of the published names does that calls a service. */
export function describeSessionsClientV1(name: string, open: OpenPipClient): void {
  describe(name, () => {
    const shared = sharePipClient(open);
    const openOne = async (userId = newUser()) =>
      await shared.client.openSession('c', userId, 'Ann', '::1', 'shop', { b: 1 }, { a: [1] });

    it('openSession() answers a SessionV1 with dates, as JSON what crosses the wire', async () => {
      const userId = newUser();
      const session = await openOne(userId);
      expect(session).to.be.instanceOf(SessionV1);
      expect(session.open_time).to.be.instanceOf(Date);
      expect(session.expire_time?.getTime()).to.equal(session.open_time.getTime() + day);
      expect(shapeOf(JSON.parse(JSON.stringify(session)))).to.deep.equal({
        id: 'an id',
        user_id: userId,
        user_name: 'Ann',
        kind: 'rpc',
        active: true,
        open_time: 'a time',
        request_time: 'a time',
        expire_time: 'a time',
        revision: 0,
        address: '::1',
        client: 'shop',
        user: { b: 1 },
        data: { a: [1] },
      });
    });

    it('openSession() takes null for all that is optional, and leaves it out', async () => {
      const userId = newUser();
      const session = await shared.client.openSession(null, userId, null, null, null, null, null);
      expect(Object.keys(session)).to.have.members(
        ['id', 'user_id', 'kind', 'active', 'open_time', 'request_time'].concat([
          'expire_time',
          'revision',
        ]),
      );
    });

    it('getSessionById() answers what was opened, and null for what is absent', async () => {
      const session = await openOne();
      expect(await shared.client.getSessionById('c', session.id)).to.deep.equal(session);
      expect(await shared.client.getSessionById('c', 'absent')).to.equal(null);
    });

    it('getSessions() takes the filter and the paging of Pip.Services', async () => {
      const userId = newUser();
      const opened = [];
      shared.pass(1);
      for (let n = 0; n < 3; n += 1) {
        opened.unshift(await openOne(userId));
        shared.pass(1_000);
      }
      const [second, third] = [opened[1]?.open_time, opened[0]?.open_time];
      const list = async (paging: PagingParams | null, ...tuples: readonly unknown[]) => {
        const filter = FilterParams.fromTuples('user_id', userId, ...tuples);
        return await shared.client.getSessions('c', filter, paging);
      };
      const rows = opened.map(({ data: _data, user: _user, ...row }) => row);
      const first = await list(new PagingParams(0, 2, true), 'active', true);
      expect({ ...first, next_cursor: typeof first.next_cursor }).to.deep.equal({
        total: 3,
        data: rows.slice(0, 2),
        next_cursor: 'string',
      });
      expect(first.data.every((row) => row instanceof SessionV1)).to.equal(true);
      expect(await list(new PagingParams(2, 2))).to.deep.equal({
        total: null,
        data: rows.slice(2),
      });
      const between = await list(null, 'from_time', second, 'to_time', third);
      expect(between.data).to.deep.equal(rows.slice(1, 2));
      expect(await list(null, 'active', false)).to.deep.equal({ total: null, data: [] });
      const all = await shared.client.getSessions(null, null, null);
      expect(all.data.slice(0, 3)).to.deep.equal(rows);
    });

    it('getSessions() goes on at a cursor', async () => {
      const userId = newUser();
      for (let n = 0; n < 3; n += 1) await openOne(userId);
      const filter = { user_id: userId };
      const first = await shared.client.getSessions('c', filter, { take: 2 });
      const rest = await shared.client.getSessions('c', filter, { cursor: first.next_cursor });
      const ids = [...first.data, ...rest.data].map(({ id }) => id);
      expect([new Set(ids).size, 'next_cursor' in rest]).to.deep.equal([3, false]);
    });

    it('storeSessionData() and updateSessionUser() replace the documents', async () => {
      const { id } = await openOne();
      await shared.client.storeSessionData('c', id, null);
      const updated = await shared.client.updateSessionUser('c', id, 'text');
      expect([updated.data, updated.user, updated.revision]).to.deep.equal([null, 'text', 2]);
      expect(await shared.client.getSessionById('c', id)).to.deep.equal(updated);
    });

    it('closeSession() ends a session, and later changes say so', async () => {
      const { id } = await openOne();
      const closed = await shared.client.closeSession('c', id);
      expect([closed.active, closed.close_reason]).to.deep.equal([false, 'logout']);
      expect(closed.close_time).to.be.instanceOf(Date);
      expect([closed.data, closed.user]).to.deep.equal([undefined, undefined]);
      const { category, code, details, name, status } = await exceptionOf(
        shared.client.storeSessionData('c', id, 1),
      );
      expect({ category, code, details, name, status }).to.deep.equal({
        category: 'Conflict',
        code: 'SESSION_ENDED',
        details: { close_reason: 'logout', close_time: closed.close_time.toISOString() },
        name: 'SESSION_ENDED',
        status: 409,
      });
    });

    it('a session past its deadline reads as ended, and closeExpiredSessions() writes it', async () => {
      const { id } = await openOne();
      shared.pass(day + 1);
      const read = await shared.client.getSessionById('c', id);
      expect([read.active, read.close_reason]).to.deep.equal([false, 'idle']);
      expect(await shared.client.closeExpiredSessions('c')).to.equal(undefined);
      expect(await shared.client.getSessionById('c', id)).to.deep.equal(read);
    });

    it('deleteSessionById() answers what was deleted, then null', async () => {
      const session = await openOne();
      expect(await shared.client.deleteSessionById('c', session.id)).to.deep.equal(session);
      expect(await shared.client.deleteSessionById('c', session.id)).to.equal(null);
    });

    it('changes of an absent session answer null', async () => {
      expect([
        await shared.client.storeSessionData('c', 'absent', 1),
        await shared.client.updateSessionUser('c', 'absent', 1),
        await shared.client.closeSession('c', 'absent'),
      ]).to.deep.equal([null, null, null]);
    });

    it('a wrong parameter is an exception that names it, with the correlation id', async () => {
      const call = shared.client.openSession('my-id', '', null, null, null, null, null);
      const { code, correlation_id, details, message, status } = await exceptionOf(call);
      const reason = 'must not have fewer than 1 characters';
      expect({ code, correlation_id, details, message, status }).to.deep.equal({
        code: 'INVALID_DATA',
        correlation_id: 'my-id',
        details: { problems: [{ path: '/user_id', reason }] },
        message: `The parameters are not valid: /user_id: ${reason}.`,
        status: 400,
      });
    });

    it('data that is too large is an exception with the status of its category', async () => {
      const { id } = await openOne();
      const { code, status } = await exceptionOf(
        shared.client.storeSessionData('c', id, 'x'.repeat(300_000)),
      );
      expect([code, status]).to.deep.equal(['BODY_TOO_LARGE', 400]);
    });

    it('a call changes nothing in its parameters, nor a caller a stored session', async () => {
      const data = deepFreeze({ list: [1] });
      const session = await shared.client.openSession('c', newUser(), 'a', 'b', 'c', data, data);
      session.data.list.push(2);
      const read = await shared.client.getSessionById('c', session.id);
      expect([read.data, read.user]).to.deep.equal([{ list: [1] }, { list: [1] }]);
    });
  });
}
