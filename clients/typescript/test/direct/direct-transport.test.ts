import { expect } from 'chai';
import { ConflictException } from 'pip-services3-commons-nodex';
import { scribble } from '../../../../test/support/values.js';
import { createDirectTransport, createSessionsClient, type DirectApi } from '../../src/index.js';
import { errorOf } from '../support/error-of.js';

/** A service whose every command is one function. */
function apiOf(execute: (correlationId: string, args: unknown) => Promise<unknown>): DirectApi {
  return { getCommandSet: () => ({ findCommand: () => ({ execute }) }) };
}

function clientOf(execute: (correlationId: string, args: unknown) => Promise<unknown>) {
  return createSessionsClient(createDirectTransport(apiOf(execute)));
}

describe('createDirectTransport()', () => {
  it('passes on the correlation id and the parameters without what is undefined', async () => {
    const seen: unknown[] = [];
    const client = clientOf(async (...call) => {
      seen.push(call);
      return { count: 0 };
    });
    await client.countSessions({ filter: undefined }, { correlationId: 'my-id' });
    expect(seen).to.deep.equal([['my-id', {}]]);
  });

  it('answers null for undefined', async () => {
    const client = clientOf(async () => undefined);
    expect(await client.getSessionById({ session_id: 'a' })).to.equal(null);
  });

  it('shares no part of an answer with the service', async () => {
    const session = { id: 'a', data: { list: [1] } };
    const client = clientOf(async () => session);
    const read = await client.getSessionById({ session_id: 'a' });
    expect(read).to.deep.equal(session);
    scribble(read);
    expect(session).to.deep.equal({ id: 'a', data: { list: [1] } });
  });

  it('shares no details of an error with the service', async () => {
    const details = { list: [1] };
    const failure = Object.assign(new Error('Too many.'), {
      name: 'SessionError',
      code: 'SESSION_LIMIT',
      category: 'Conflict',
      status: 409,
      details,
    });
    const client = clientOf(async () => await Promise.reject(failure));
    const error = await errorOf(client.getSessions({}));
    expect(error.details).to.deep.equal(details);
    expect(error.details).not.to.equal(details);
    expect(error.details?.['list']).not.to.equal(details.list);
  });

  it('keeps code, status and category of an exception of Pip.Services', async () => {
    const exception = new ConflictException('theirs', 'NAME_TAKEN', 'Taken.');
    const client = clientOf(async () => await Promise.reject(exception));
    const { category, cause, code, message, status } = await errorOf(client.getSessions({}));
    expect({ category, code, message, status }).to.deep.equal({
      category: 'Conflict',
      code: 'NAME_TAKEN',
      message: 'Taken.',
      status: 409,
    });
    expect(cause).to.equal(exception);
  });

  it('says INTERNAL for anything else, with it as the cause', async () => {
    const cause = new TypeError('foreign');
    const client = clientOf(async () => await Promise.reject(cause));
    const error = await errorOf(client.getSessions({}, { correlationId: 'my-id' }));
    expect([error.code, error.status, error.cause, error.correlationId]).to.deep.equal([
      'INTERNAL',
      500,
      cause,
      'my-id',
    ]);
  });

  it('says NO_ROUTE for a command that the service does not have', async () => {
    const api: DirectApi = { getCommandSet: () => ({ findCommand: () => null }) };
    const client = createSessionsClient(createDirectTransport(api));
    expect((await errorOf(client.getSessions({}))).code).to.equal('NO_ROUTE');
  });

  it('ends a call at its deadline though the service goes on', async () => {
    const client = createSessionsClient(
      createDirectTransport(
        apiOf(async () => await new Promise(() => undefined)),
        { timeoutMs: 20 },
      ),
    );
    expect((await errorOf(client.getSessions({}))).code).to.equal('TIMED_OUT');
  });
});
