import { expect } from 'chai';
import {
  absent,
  defaultPresenceRules,
  mergePresences,
  presenceOf,
  statusAt,
} from '../../src/domain/presence.js';
import { contextOf } from '../support/records.js';
import { second, t0 } from '../support/sessions.js';

const rules = defaultPresenceRules;

describe('presenceOf()', () => {
  it('presenceOf() is nobody for contexts that said nothing, and for those that went', () => {
    const silent = contextOf();
    const went = contextOf({ status: 'busy', goneTime: t0 });
    for (const contexts of [[], [silent], [went], [silent, went]]) {
      expect(presenceOf(contexts, rules)).to.deep.equal(absent);
    }
  });

  it('presenceOf() holds what was said for 300 s without activity, and 200 s more as away', () => {
    const presence = presenceOf([contextOf({ status: 'busy' })], rules);
    expect(statusAt(presence, t0)).to.equal('busy');
    expect(statusAt(presence, t0 + 300 * second)).to.equal('busy');
    expect(statusAt(presence, t0 + 300 * second + 1)).to.equal('away');
    expect(statusAt(presence, t0 + 500 * second)).to.equal('away');
    expect(statusAt(presence, t0 + 500 * second + 1)).to.equal(undefined);
  });

  it('presenceOf() is away when beats come and the person does nothing', () => {
    const lastBeat = t0 + 400 * second;
    const presence = presenceOf([contextOf({ status: 'available', lastBeat })], rules);
    expect(statusAt(presence, t0 + 300 * second)).to.equal('available');
    expect(statusAt(presence, lastBeat)).to.equal('away');
    expect(statusAt(presence, lastBeat + 500 * second)).to.equal('away');
    expect(statusAt(presence, lastBeat + 500 * second + 1)).to.equal(undefined);
  });

  it('presenceOf() goes by the rules it is given', () => {
    const short = { activeLifetimeMs: 10, awayLifetimeMs: 5 };
    const presence = presenceOf([contextOf({ status: 'available' })], short);
    expect([10, 11, 15, 16].map((ms) => statusAt(presence, t0 + ms))).to.deep.equal([
      'available',
      'away',
      'away',
      undefined,
    ]);
  });
});

describe('mergePresences()', () => {
  const said = (status: 'available' | 'busy' | 'away', at = t0) =>
    presenceOf([contextOf({ status, lastBeat: at, lastActive: at })], rules);

  it('mergePresences() has any busy before any available before away', () => {
    const all = [said('away'), said('available'), said('busy')];
    expect(statusAt(mergePresences(all), t0)).to.equal('busy');
    expect(statusAt(mergePresences(all.slice(0, 2)), t0)).to.equal('available');
    expect(statusAt(mergePresences(all.slice(0, 1)), t0)).to.equal('away');
    expect(statusAt(mergePresences([]), t0)).to.equal(undefined);
  });

  it('mergePresences() falls back to what still holds', () => {
    const merged = mergePresences([said('busy'), said('available', t0 + 100 * second)]);
    expect(statusAt(merged, t0 + 300 * second)).to.equal('busy');
    expect(statusAt(merged, t0 + 301 * second)).to.equal('available');
    expect(statusAt(merged, t0 + 401 * second)).to.equal('away');
  });
});
