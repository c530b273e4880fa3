import { expect } from 'chai';
import { expireTimeOf, expiryReason, isExpired, isLive } from '../../src/domain/expiry.js';
import { recordOf } from '../support/records.js';
import { t0 } from '../support/sessions.js';

const idle = recordOf({ idleTimeoutMs: 100 });
const bounded = recordOf({ absoluteExpireTime: t0 + 100 });
const endless = recordOf();

describe('expireTimeOf()', () => {
  it('expireTimeOf() is the earlier of the idle deadline and the absolute end', () => {
    expect(expireTimeOf(endless)).to.equal(undefined);
    expect(expireTimeOf(idle)).to.equal(t0 + 100);
    expect(expireTimeOf(bounded)).to.equal(t0 + 100);
    const both = { ...idle, absoluteExpireTime: t0 + 150 };
    expect(expireTimeOf(both)).to.equal(t0 + 100);
    expect(expireTimeOf({ ...both, requestTime: t0 + 90 })).to.equal(t0 + 150);
  });
});

describe('isExpired() and isLive()', () => {
  it('isExpired() begins after the deadline, not at it', () => {
    for (const session of [idle, bounded]) {
      expect([isExpired(session, t0 + 100), isLive(session, t0 + 100)]).to.deep.equal([
        false,
        true,
      ]);
      expect([isExpired(session, t0 + 101), isLive(session, t0 + 101)]).to.deep.equal([
        true,
        false,
      ]);
    }
  });

  it('isExpired() never comes for a session without a deadline', () => {
    expect(isExpired(endless, Number.MAX_SAFE_INTEGER)).to.equal(false);
  });

  it('isExpired() is false for an ended session, which is not live either', () => {
    const ended = { ...idle, active: false };
    expect([isExpired(ended, t0 + 101), isLive(ended, t0)]).to.deep.equal([false, false]);
  });
});

describe('expiryReason()', () => {
  it('expiryReason() is lifetime when the absolute end came no later', () => {
    expect(expiryReason(idle)).to.equal('idle');
    expect(expiryReason(bounded)).to.equal('lifetime');
    expect(expiryReason({ ...idle, absoluteExpireTime: t0 + 100 })).to.equal('lifetime');
    expect(expiryReason({ ...idle, absoluteExpireTime: t0 + 101 })).to.equal('idle');
  });
});
