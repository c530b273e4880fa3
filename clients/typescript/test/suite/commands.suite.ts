import { expect } from 'chai';
import { shapeOf } from '../support/shape-of.js';
import { newUser, present, summaryOf } from './new-user.js';
import type { SharedClient } from './subject.js';

/** An id that no session has. */
const absentId = 'a'.repeat(43);

/** Every command of the table, with whole answers. */
export function describeCommands(shared: SharedClient): void {
  const openOne = async (data: object = { cart: [] }) =>
    present(await shared.client.openSession({ user_id: newUser(), data: { ...data } }));

  it('openSession() answers the session with all that was given', async () => {
    const given = {
      user_id: newUser(),
      user_name: 'Zoë 😀',
      address: '::1',
      client: 'shop',
      device_id: 'phone',
      kind: 'web' as const,
      user: { name: 'Zoë', roles: ['a', null] },
      data: [1, 2.5, { deep: [true, null] }],
    };
    const timeouts = { idle_timeout: 60_000, absolute_timeout: 600_000 };
    const session = await shared.client.openSession({ ...given, ...timeouts });
    expect(shapeOf(session)).to.deep.equal({
      ...given,
      id: 'an id',
      active: true,
      open_time: 'a time',
      request_time: 'a time',
      expire_time: 'a time',
      absolute_expire_time: 'a time',
      revision: 0,
    });
  });

  it('openSession() with a request_id answers the first session again', async () => {
    const params = { user_id: newUser(), request_id: 'once' };
    const first = await shared.client.openSession(params);
    expect(await shared.client.openSession(params)).to.deep.equal(first);
  });

  it('getSessionById() answers what openSession() did', async () => {
    const session = await openOne();
    const read = await shared.client.getSessionById({ session_id: session.id });
    expect(read).to.deep.equal(session);
  });

  it('every command about a session that is not there answers null', async () => {
    const { client } = shared;
    const sessionId = absentId;
    const answers = [
      await client.getSessionById({ session_id: sessionId }),
      await client.storeSessionData({ session_id: sessionId, data: 1 }),
      await client.patchSessionData({ session_id: sessionId, patch: {} }),
      await client.updateSessionUser({ session_id: sessionId, user: 1 }),
      await client.touchSession({ session_id: sessionId }),
      await client.closeSession({ session_id: sessionId }),
      await client.deleteSessionById({ session_id: sessionId }),
    ];
    expect(answers).to.deep.equal(answers.map(() => null));
  });

  it('storeSessionData() replaces the data, null included', async () => {
    const { id } = await openOne();
    const stored = await shared.client.storeSessionData({ session_id: id, data: [1], revision: 0 });
    expect([stored?.data, stored?.revision]).to.deep.equal([[1], 1]);
    const emptied = await shared.client.storeSessionData({ session_id: id, data: null });
    expect([emptied?.data, emptied?.revision]).to.deep.equal([null, 2]);
    expect(await shared.client.getSessionById({ session_id: id })).to.deep.equal(emptied);
  });

  it('patchSessionData() merges', async () => {
    const { id } = await openOne({ kept: 1, gone: 2 });
    const patched = await shared.client.patchSessionData({
      session_id: id,
      patch: { gone: null, made: { here: true } },
    });
    expect(patched?.data).to.deep.equal({ kept: 1, made: { here: true } });
  });

  it('updateSessionUser() replaces the user', async () => {
    const { id } = await openOne();
    const updated = await shared.client.updateSessionUser({ session_id: id, user: { age: 7 } });
    expect([updated?.user, updated?.revision]).to.deep.equal([{ age: 7 }, 1]);
  });

  it('touchSession() answers the beat, and a repeated one as a duplicate', async () => {
    const { id } = await openOne();
    const beat = { session_id: id, context_id: 'tab', epoch: 5, seq: 1, next_beat: 7 };
    const first = await shared.client.touchSession({ ...beat, status: 'busy', path: ['a', 'b'] });
    expect(shapeOf(first)).to.deep.equal({
      server_time: 'a time',
      active: true,
      expire_time: 'a time',
      status: 'busy',
      next_beat: 7,
      duplicate: false,
      epoch: 5,
      seq: 1,
    });
    const second = await shared.client.touchSession(beat);
    expect([second?.duplicate, second?.epoch, second?.seq]).to.deep.equal([true, 5, 1]);
  });

  it('closeSession() ends a session for good and erases what it held', async () => {
    const session = await openOne();
    const closed = await shared.client.closeSession({ session_id: session.id, reason: 'admin' });
    const { expire_time: _, ...kept } = summaryOf(session);
    expect(closed).to.deep.equal({
      ...kept,
      active: false,
      close_reason: 'admin',
      close_time: closed?.close_time,
    });
    expect(await shared.client.closeSession({ session_id: session.id })).to.deep.equal(closed);
  });

  it('closeUserSessions() ends all sessions of a user but one', async () => {
    const userId = newUser();
    const { client } = shared;
    const kept = present(await client.openSession({ user_id: userId }));
    await client.openSession({ user_id: userId });
    await client.openSession({ user_id: userId });
    const closed = await client.closeUserSessions({ user_id: userId, except_session_id: kept.id });
    expect(closed).to.deep.equal({ closed: 2, more: false });
    const live = await client.getSessions({ filter: { user_id: userId, active: true } });
    expect(live.data.map(({ id }) => id)).to.deep.equal([kept.id]);
  });

  it('a session past its deadline reads as ended, before and after closeExpiredSessions()', async () => {
    const { client } = shared;
    const userId = newUser();
    const { id } = present(await client.openSession({ user_id: userId, idle_timeout: 5, data: 1 }));
    await shared.pass(50);
    const read = present(await client.getSessionById({ session_id: id }));
    expect([read.active, read.close_reason, 'data' in read]).to.deep.equal([false, 'idle', false]);
    const { closed, more } = await client.closeExpiredSessions({});
    // The timer of the service may have been there first.
    expect([closed >= 0 && closed <= 1, more]).to.deep.equal([true, false]);
    expect(await client.getSessionById({ session_id: id })).to.deep.equal(read);
    expect(await client.closeExpiredSessions({})).to.deep.equal({ closed: 0, more: false });
  });

  it('countSessions() counts the sessions of a filter', async () => {
    const { client } = shared;
    const userId = newUser();
    const { id } = present(await client.openSession({ user_id: userId }));
    await client.openSession({ user_id: userId });
    await client.closeSession({ session_id: id });
    const count = async (active?: boolean) =>
      await client.countSessions({ filter: { user_id: userId, active } });
    expect([await count(), await count(true)]).to.deep.equal([{ count: 2 }, { count: 1 }]);
  });

  it('deleteSessionById() answers the session as it was, and it is gone', async () => {
    const session = await openOne();
    const deleted = await shared.client.deleteSessionById({ session_id: session.id });
    expect(deleted?.id).to.equal(session.id);
    expect(await shared.client.getSessionById({ session_id: session.id })).to.equal(null);
  });

  it('deleteUserSessions() removes all sessions of a user, ended ones too', async () => {
    const { client } = shared;
    const userId = newUser();
    const { id } = present(await client.openSession({ user_id: userId }));
    await client.openSession({ user_id: userId });
    await client.closeSession({ session_id: id });
    expect(await client.deleteUserSessions({ user_id: userId })).to.deep.equal({
      deleted: 2,
      more: false,
    });
    expect(await client.countSessions({ filter: { user_id: userId } })).to.deep.equal({ count: 0 });
  });
}
