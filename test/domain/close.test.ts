import { expect } from 'chai';
import { asOf, closeSession, expireSession, summaryAsOf } from '../../src/domain/close.js';
import { contextOf, recordOf, stretchOf } from '../support/records.js';
import { second, summaryOf, t0 } from '../support/sessions.js';
import { deepFreeze } from '../support/values.js';

const stretch = stretchOf({ to: t0 + 5 * second });
const live = deepFreeze(
  recordOf({
    idleTimeoutMs: 60 * second,
    requestTime: t0 + 5 * second,
    user: '1',
    data: '2',
    contexts: [contextOf({ stretches: [stretch] })],
  }),
);
const deadline = t0 + 65 * second;
const { user: _user, data: _data, ...kept } = live;

describe('closeSession()', () => {
  it('closeSession() erases and keeps the rest, request_time too', () => {
    const { session, stretches } = closeSession(live, 'admin', t0 + 10 * second);
    expect(session).to.deep.equal({
      ...kept,
      active: false,
      contexts: [],
      closeReason: 'admin',
      closeTime: t0 + 10 * second,
    });
    expect(stretches.map(({ from, to }) => [from, to])).to.deep.equal([[t0, t0 + 5 * second]]);
  });

  it('closeSession() changes nothing of an ended session', () => {
    const { session } = closeSession(live, 'admin', t0 + 10 * second);
    expect(closeSession(session, 'logout', t0 + 20 * second)).to.deep.equal({
      session,
      stretches: [],
    });
  });

  it('closeSession() gives a session past its deadline the end it had', () => {
    expect(closeSession(live, 'logout', deadline).session.closeReason).to.equal('logout');
    expect(closeSession(live, 'logout', deadline + 1)).to.deep.equal(expireSession(live));
  });

  it('closeSession() never ends before the session began', () => {
    expect(closeSession(live, 'logout', t0 - second).session.closeTime).to.equal(t0);
  });

  it('closeSession() cuts the open stretches at the end', () => {
    const ahead = { ...live, contexts: [contextOf({ stretches: [stretchOf({ to: t0 + 99 })] })] };
    const { stretches } = closeSession(ahead, 'logout', t0 + 50);
    expect(stretches.map(({ to }) => to)).to.deep.equal([t0 + 50]);
  });
});

describe('asOf() and summaryAsOf()', () => {
  it('asOf() answers the same record up to the deadline', () => {
    expect(asOf(live, deadline)).to.equal(live);
    const summary = summaryOf(live);
    expect(summaryAsOf(summary, deadline)).to.equal(summary);
  });

  it('asOf() reads as ended after the deadline, at the deadline', () => {
    const expired = asOf(live, deadline + 3_600 * second);
    expect(expired).to.deep.equal({
      ...kept,
      active: false,
      contexts: [],
      closeReason: 'idle',
      closeTime: deadline,
    });
    expect(summaryAsOf(summaryOf(live), deadline + 1)).to.deep.equal(summaryOf(expired));
  });
});
