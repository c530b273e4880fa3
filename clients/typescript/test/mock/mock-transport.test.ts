import { expect } from 'chai';
import { controllerSettings } from '../../../../src/logic/controller-settings.js';
import { defaultsOf } from '../../../../src/logic/settings.js';
import { createSessionsClient } from '../../src/index.js';
import {
  createMockClock,
  createMockTransport,
  defaultMockOptions,
  type MockOptions,
} from '../../src/mock/index.js';
import { describeSessionsClient } from '../sessions-client.suite.js';
import { newUser, present } from '../suite/new-user.js';
import { failureOf } from '../support/error-of.js';

const hour = 3_600_000;

function openMock(options: MockOptions = {}) {
  const clock = createMockClock(Date.UTC(2026, 0, 1));
  const transport = createMockTransport({ now: clock.now, ...options });
  return { client: createSessionsClient(transport), clock };
}

describeSessionsClient('the mock', async (settings) => {
  const { client, clock } = openMock(settings);
  return {
    client,
    pass: async (ms) => clock.pass(ms),
    close: async () => await client.close(),
  };
});

describe('createMockTransport()', () => {
  it('has the defaults of the service', () => {
    const { idleTimeoutMs, limitPolicy, webIdleTimeoutMs } = defaultsOf(controllerSettings);
    const { now, ...defaults } = defaultMockOptions;
    expect(defaults).to.deep.equal({ idleTimeoutMs, limitPolicy, webIdleTimeoutMs });
    expect(now).to.equal(Date.now);
  });

  it('lives at a deadline and has ended after it, by the clock of the test', async () => {
    const { client, clock } = openMock();
    const { id } = present(await client.openSession({ user_id: newUser() }));
    clock.pass(24 * hour);
    const alive = present(await client.getSessionById({ session_id: id }));
    expect(alive.active).to.equal(true);
    clock.pass(1);
    const ended = await client.getSessionById({ session_id: id });
    const { expire_time: closeTime, ...kept } = alive;
    expect(ended).to.deep.equal({
      ...kept,
      active: false,
      close_reason: 'idle',
      close_time: closeTime,
    });
  });

  it('a beat moves the deadline, never past the absolute one', async () => {
    const { client, clock } = openMock({ idleTimeoutMs: hour, absoluteTimeoutMs: 2 * hour });
    const { id } = present(await client.openSession({ user_id: newUser() }));
    clock.pass(hour);
    await client.touchSession({ session_id: id });
    clock.pass(hour);
    const beat = await client.touchSession({ session_id: id });
    expect(beat?.expire_time).to.equal(beat?.absolute_expire_time);
    clock.pass(1);
    const failure = await failureOf(client.touchSession({ session_id: id }));
    expect(failure).to.deep.equal({
      code: 'SESSION_ENDED',
      status: 409,
      details: { close_reason: 'lifetime', close_time: beat?.expire_time },
    });
  });

  it('a repeated request_id opens a second session after 24 hours', async () => {
    const { client, clock } = openMock();
    const params = { user_id: newUser(), request_id: 'once' };
    const first = present(await client.openSession(params));
    clock.pass(24 * hour);
    expect((await client.openSession(params))?.id).to.equal(first.id);
    clock.pass(1);
    expect((await client.openSession(params))?.id).not.to.equal(first.id);
  });

  it('ends the oldest session at the limit, where it is told so', async () => {
    const { client, clock } = openMock({ maxSessionsPerUser: 1, limitPolicy: 'end_oldest' });
    const userId = newUser();
    const first = present(await client.openSession({ user_id: userId }));
    clock.pass(1);
    await client.openSession({ user_id: userId });
    const read = await client.getSessionById({ session_id: first.id });
    expect([read?.active, read?.close_reason]).to.deep.equal([false, 'limit']);
  });

  it('ends at most 500 sessions a call, and says that there are more', async () => {
    const { client, clock } = openMock();
    const userId = newUser();
    for (let n = 0; n < 501; n += 1) {
      await client.openSession({ user_id: userId, idle_timeout: 1 });
    }
    clock.pass(2);
    expect(await client.closeExpiredSessions({})).to.deep.equal({ closed: 500, more: true });
    expect(await client.closeExpiredSessions({})).to.deep.equal({ closed: 1, more: false });
    expect(await client.deleteUserSessions({ user_id: userId })).to.deep.equal({
      deleted: 500,
      more: true,
    });
  });

  it('two mocks share nothing, and one made without a clock has that of the machine', async () => {
    const [one, other] = [createMockTransport(), createMockTransport()].map((transport) =>
      createSessionsClient(transport),
    );
    const before = Date.now();
    const session = present(await one?.openSession({ user_id: 'ann' }));
    const opened = Date.parse(session.open_time);
    expect(opened >= before && opened <= Date.now()).to.equal(true);
    expect(await other?.getSessionById({ session_id: session.id })).to.equal(null);
  });
});
