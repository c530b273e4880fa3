import { expect } from 'chai';
import { continues, earnGap, isRunning, openStretch, toLedger } from '../../src/domain/time.js';
import { contextOf, recordOf, stretchOf } from '../support/records.js';
import { second, t0 } from '../support/sessions.js';

const web = recordOf();
const workstation = recordOf({ kind: 'workstation' });

describe('isRunning()', () => {
  it('isRunning() is true up to 2.5 promises after the last beat', () => {
    const stretch = stretchOf();
    expect(isRunning(stretch, t0 + 25 * second)).to.equal(true);
    expect(isRunning(stretch, t0 + 25 * second + 1)).to.equal(false);
  });
});

describe('earnGap()', () => {
  it('earnGap() earns the gap of a visible state up to 2.5 promises', () => {
    const now = t0 + 25 * second;
    expect(earnGap(stretchOf(), now, web)).to.deep.equal(stretchOf({ to: now }));
  });

  it('earnGap() earns nothing of a longer gap', () => {
    expect(earnGap(stretchOf(), t0 + 25 * second + 1, web)).to.deep.equal(stretchOf());
  });

  it('earnGap() earns a workstation one promise of a longer gap', () => {
    const earned = earnGap(stretchOf(), t0 + 3_600 * second, workstation);
    expect(earned).to.deep.equal(stretchOf({ to: t0 + 10 * second }));
  });

  it('earnGap() earns nothing while the context was hidden, also for a workstation', () => {
    const hidden = stretchOf({ visible: false });
    for (const owner of [web, workstation]) {
      for (const gap of [second, 3_600 * second]) {
        expect(earnGap(hidden, t0 + gap, owner)).to.deep.equal(hidden);
      }
    }
  });

  it('earnGap() earns nothing when no time has passed, or a clock is behind', () => {
    for (const now of [t0, t0 - second]) {
      expect(earnGap(stretchOf(), now, web)).to.deep.equal(stretchOf());
    }
  });
});

describe('continues()', () => {
  const state = { activity: '', epoch: 0, seq: 1, visible: true, promiseMs: 10_000 };
  const earned = stretchOf({ to: t0 + second });
  const now = t0 + second;

  it('continues() is true for the same state without a gap', () => {
    expect(continues(earned, state, now)).to.equal(true);
    const shown = { ...earned, path: ['a', 'b'] };
    expect(continues(shown, { ...state, path: ['a', 'b'] }, now)).to.equal(true);
  });

  it('continues() is false for another visibility or another path', () => {
    expect(continues(earned, { ...state, visible: false }, now)).to.equal(false);
    for (const [one, other] of [
      [['a'], ['b']],
      [['a'], ['a', 'b']],
      [['a', 'b'], ['a']],
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
    ]) {
      const before = { ...earned, path: one ?? [] };
      expect(continues(before, { ...state, path: other ?? [] }, now)).to.equal(false);
    }
    expect(continues(earned, { ...state, path: ['a'] }, now)).to.equal(false);
    expect(continues({ ...earned, path: ['a'] }, state, now)).to.equal(false);
  });

  it('continues() is false after a gap that was not earned', () => {
    expect(continues(earned, state, now + 1)).to.equal(false);
  });

  it('continues() goes on with a hidden state while its beats come in time', () => {
    const hidden = stretchOf({ visible: false });
    const stillHidden = { ...state, visible: false };
    expect(continues(hidden, stillHidden, t0 + 25 * second)).to.equal(true);
    expect(continues(hidden, stillHidden, t0 + 25 * second + 1)).to.equal(false);
  });
});

describe('openStretch()', () => {
  it('openStretch() starts empty at the beat', () => {
    const state = { activity: 'x', epoch: 1, seq: 2, visible: true, promiseMs: 7, path: ['a'] };
    expect(openStretch(state, t0)).to.deep.equal({ ...state, from: t0, to: t0, lastBeat: t0 });
  });
});

describe('toLedger()', () => {
  const earned = stretchOf({ to: t0 + second, path: ['a'] });

  it('toLedger() repeats what a report needs of the session', () => {
    const owner = recordOf({ deviceId: 'laptop' });
    expect(toLedger(owner, contextOf(), earned)).to.deep.equal([
      {
        sessionId: 'session',
        contextId: 'tab',
        userId: 'ann',
        kind: 'web',
        deviceId: 'laptop',
        activity: '',
        epoch: 0,
        seq: 0,
        visible: true,
        path: ['a'],
        from: t0,
        to: t0 + second,
        promiseMs: 10_000,
      },
    ]);
  });

  it('toLedger() keeps a single beat of a workstation, for its promise', () => {
    const [row, ...others] = toLedger(workstation, contextOf(), stretchOf());
    expect(others).to.deep.equal([]);
    expect(row).to.include({ from: t0, to: t0, promiseMs: 10 * second });
  });

  it('toLedger() has no row for an empty stretch, a hidden one, and presence', () => {
    expect(toLedger(web, contextOf(), stretchOf())).to.deep.equal([]);
    expect(toLedger(web, contextOf(), { ...earned, visible: false })).to.deep.equal([]);
    expect(toLedger(recordOf({ kind: 'presence' }), contextOf(), earned)).to.deep.equal([]);
  });
});
