import { expect } from 'chai';
import { deepFreeze, scribble } from '../../../../test/support/values.js';
import { errorOf } from '../support/error-of.js';
import { newUser, present } from './new-user.js';
import type { OpenClient, SharedClient } from './subject.js';

/** What holds for every call: values, concurrency, abort, deadline, close. */
export function describeCalls(shared: SharedClient, open: OpenClient): void {
  it('a call changes nothing in its parameters', async () => {
    const params = deepFreeze({ user_id: newUser(), data: { a: [1] }, user: { b: {} } });
    const session = present(await shared.client.openSession(params));
    expect([session.data, session.user]).to.deep.equal([{ a: [1] }, { b: {} }]);
  });

  it('a caller can change neither a stored session nor a call that is under way', async () => {
    const params = { user_id: newUser(), data: { a: [1] } };
    const opening = shared.client.openSession(params);
    scribble(params);
    const session = present(await opening);
    const sessionId = session.id;
    expect(session.data).to.deep.equal({ a: [1] });
    const kept = structuredClone(session);
    scribble(session);
    const read = await shared.client.getSessionById({ session_id: sessionId });
    expect(read).to.deep.equal(kept);
    scribble(read);
    expect(await shared.client.getSessionById({ session_id: sessionId })).to.deep.equal(kept);
  });

  it('undefined is absence', async () => {
    const session = await shared.client.openSession({ user_id: newUser(), client: undefined });
    expect(present(session)).not.to.have.property('client');
  });

  it('changes at once are all kept', async () => {
    const { client } = shared;
    const { id: sessionId } = present(await client.openSession({ user_id: newUser(), data: {} }));
    const keys = Array.from({ length: 100 }, (_, n) => `key-${n}`);
    await Promise.all(
      keys.map(
        async (key) =>
          await client.patchSessionData({ session_id: sessionId, patch: { [key]: key } }),
      ),
    );
    const read = await client.getSessionById({ session_id: sessionId });
    const expected = Object.fromEntries(keys.map((key) => [key, key]));
    expect([read?.data, read?.revision]).to.deep.equal([expected, 100]);
  });

  it('opens with one request_id at once make one session', async () => {
    const params = { user_id: newUser(), request_id: 'once' };
    const opens = Array.from({ length: 20 }, async () => await shared.client.openSession(params));
    const ids = (await Promise.all(opens)).map((session) => present(session).id);
    expect(new Set(ids).size).to.equal(1);
  });

  it('a call with an aborted signal fails with ABORTED, and nothing was done', async () => {
    const userId = newUser();
    const reason = new Error('no more');
    const signal = AbortSignal.abort(reason);
    const { cause, code } = await errorOf(
      shared.client.openSession({ user_id: userId }, { signal }),
    );
    expect({ cause, code }).to.deep.equal({ cause: reason, code: 'ABORTED' });
    expect(await shared.client.countSessions({ filter: { user_id: userId } })).to.deep.equal({
      count: 0,
    });
  });

  it('a call that is aborted under way fails with ABORTED, and later calls go on', async () => {
    const abort = new AbortController();
    const call = shared.client.getSessions({}, { signal: abort.signal });
    abort.abort();
    expect((await errorOf(call)).code).to.equal('ABORTED');
    const { signal } = new AbortController();
    const count = await shared.client.countSessions({ filter: { user_id: newUser() } }, { signal });
    expect(count).to.deep.equal({ count: 0 });
  });

  it('a call whose deadline is over fails with TIMED_OUT, and nothing was done', async () => {
    const userId = newUser();
    const { code } = await errorOf(
      shared.client.openSession({ user_id: userId }, { timeoutMs: 0 }),
    );
    expect(code).to.equal('TIMED_OUT');
    expect(await shared.client.countSessions({ filter: { user_id: userId } })).to.deep.equal({
      count: 0,
    });
  });

  it('close() ends running calls, refuses later ones, and can be called again', async () => {
    const { client, close } = await open();
    const running = client.getSessions({});
    await client.close();
    await client.close();
    const codes = [await errorOf(running), await errorOf(client.getSessions({}))];
    expect(codes.map(({ code }) => code)).to.deep.equal(['ABORTED', 'ABORTED']);
    await close();
  });
}
