import { expect } from 'chai';

import { commandNames, methodOf } from '../../src/sessions-client.js';
import { errorOf, failureOf } from '../support/error-of.js';
import { newUser, present, summaryOf } from './new-user.js';
import type { OpenClient, SharedClient } from './subject.js';

/** The errors of every command, as callers decide by them. */
export function describeErrors(shared: SharedClient, open: OpenClient): void {
  const openOne = async () => present(await shared.client.openSession({ user_id: newUser() }));

  for (const name of commandNames) {
    it(`${methodOf(name)}() with an unknown parameter is refused and names it`, async () => {
      const call = shared.client[methodOf(name)] as (params: object) => Promise<unknown>;
      const { code, details, status } = await failureOf(call({ nonsense: 1 }));
      const problems = details?.['problems'] as readonly { readonly path: string }[];
      expect({ code, status }).to.deep.equal({ code: 'INVALID_DATA', status: 400 });
      expect(problems.map(({ path }) => path)).to.include('/nonsense');
    });
  }

  it('a parameter that JSON cannot hold is refused before it is sent', async () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const data = cycle as never;
    expect(await failureOf(shared.client.openSession({ user_id: 'a', data }))).to.deep.equal({
      code: 'INVALID_DATA',
      status: 400,
      details: { problems: [{ path: '', reason: 'is no JSON' }] },
    });
  });

  it('changes of an ended session fail with why and when it ended', async () => {
    const { client } = shared;
    const { id: sessionId } = await openOne();
    const closed = await client.closeSession({ session_id: sessionId });
    const failures = await Promise.all([
      failureOf(client.storeSessionData({ session_id: sessionId, data: 1 })),
      failureOf(client.patchSessionData({ session_id: sessionId, patch: {} })),
      failureOf(client.updateSessionUser({ session_id: sessionId, user: 1 })),
      failureOf(client.touchSession({ session_id: sessionId })),
    ]);
    const expected = {
      code: 'SESSION_ENDED',
      status: 409,
      details: { close_reason: 'logout', close_time: closed?.close_time },
    };
    expect(failures).to.deep.equal(failures.map(() => expected));
  });

  it('a change of another revision fails with the current one', async () => {
    const { client } = shared;
    const { id: sessionId } = await openOne();
    await client.storeSessionData({ session_id: sessionId, data: 1 });
    const failures = await Promise.all([
      failureOf(client.storeSessionData({ session_id: sessionId, data: 2, revision: 0 })),
      failureOf(client.patchSessionData({ session_id: sessionId, patch: 2, revision: 0 })),
      failureOf(client.updateSessionUser({ session_id: sessionId, user: 2, revision: 0 })),
    ]);
    const expected = { code: 'REVISION_CONFLICT', status: 409, details: { revision: 1 } };
    expect(failures).to.deep.equal(failures.map(() => expected));
  });

  it('a request_id with other parameters fails', async () => {
    const params = { user_id: newUser(), request_id: 'once' };
    await shared.client.openSession(params);
    const failure = await failureOf(shared.client.openSession({ ...params, client: 'other' }));
    expect(failure).to.deep.equal({ code: 'REQUEST_ID_REUSED', status: 409 });
  });

  it('data that is too large fails', async () => {
    const { id: sessionId } = await openOne();
    const data = 'x'.repeat(300 * 1_024);
    const { code, status } = await errorOf(
      shared.client.storeSessionData({ session_id: sessionId, data }),
    );
    expect({ code, status }).to.deep.equal({ code: 'BODY_TOO_LARGE', status: 413 });
  });

  it('a damaged cursor fails', async () => {
    const { code } = await errorOf(shared.client.getSessions({ paging: { cursor: 'damaged' } }));
    expect(code).to.equal('INVALID_DATA');
  });

  it('one session too many fails with the limit and the live sessions', async () => {
    const { client, close } = await open({ maxSessionsPerUser: 2 });
    try {
      const userId = newUser();
      const first = present(await client.openSession({ user_id: userId, data: 1 }));
      const outcomes = await Promise.allSettled([
        client.openSession({ user_id: userId }),
        client.openSession({ user_id: userId }),
        client.openSession({ user_id: userId }),
      ]);
      const opened = outcomes.flatMap((outcome) =>
        outcome.status === 'fulfilled' ? [present(outcome.value)] : [],
      );
      const { code, details, status } = await failureOf(client.openSession({ user_id: userId }));
      const sessions = details?.['sessions'] as readonly { readonly id: string }[];
      const byId = (a: { readonly id: string }, b: { readonly id: string }) =>
        a.id < b.id ? -1 : 1;
      expect({ code, status, limit: details?.['limit'] }).to.deep.equal({
        code: 'SESSION_LIMIT',
        status: 409,
        limit: 2,
      });
      expect([...sessions].sort(byId)).to.deep.equal([first, ...opened].map(summaryOf).sort(byId));
    } finally {
      await close();
    }
  });

  it('an error has the correlation id of its call', async () => {
    const options = { correlationId: 'my-own-id' };
    const error = await errorOf(shared.client.openSession({ user_id: '' }, options));
    expect(error.correlationId).to.equal('my-own-id');
  });

  it('a correlation id that the service would not take is replaced', async () => {
    const options = { correlationId: 'line\nbreak' };
    const error = await errorOf(shared.client.openSession({ user_id: '' }, options));
    expect(error.correlationId).to.match(/^[0-9a-f]{32}$/);
  });
}
