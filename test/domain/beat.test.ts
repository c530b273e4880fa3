import { expect } from 'chai';
import {
  activityLimit,
  type Beat,
  beatSession,
  closeStretches,
  contextLimit,
  goneContextLimit,
  goneContextMs,
} from '../../src/domain/beat.js';
import type { SessionRecord } from '../../src/domain/session.js';
import { thrownBy } from '../support/failure.js';
import { after, contextOf, recordOf, stretchOf } from '../support/records.js';
import { minute, second, t0 } from '../support/sessions.js';
import { deepFreeze } from '../support/values.js';

/** The session after beats, each so many ms after `t0`. */
function beaten(session: SessionRecord, ...beats: readonly (Beat & { at: number })[]) {
  return beats.reduce(
    (before, { at, ...beat }) => after(before, beatSession(deepFreeze(before), beat, t0 + at)),
    session,
  );
}

describe('beatSession(): order', () => {
  const session = beaten(recordOf(), { at: 1, contextId: 'tab', epoch: 2, seq: 5 });
  const beat = (said: Beat) => {
    const { duplicate, epoch, seq } = beatSession(session, { contextId: 'tab', ...said }, t0 + 2);
    return { duplicate, epoch, seq };
  };

  it('beatSession() takes a larger seq, or a larger epoch with any seq', () => {
    expect(beat({ epoch: 2, seq: 6 })).to.deep.equal({ duplicate: false, epoch: 2, seq: 6 });
    expect(beat({ epoch: 3, seq: 0 })).to.deep.equal({ duplicate: false, epoch: 3, seq: 0 });
  });

  it('beatSession() answers the stored pair to what is not above it', () => {
    for (const said of [{ epoch: 2, seq: 5 }, { epoch: 2, seq: 4 }, { epoch: 1, seq: 9 }, {}]) {
      expect(beat(said)).to.deep.equal({ duplicate: true, epoch: 2, seq: 5 });
    }
  });

  it('beatSession() counts on where no seq is given', () => {
    expect(beat({ epoch: 2 })).to.deep.equal({ duplicate: false, epoch: 2, seq: 6 });
    expect(beat({ epoch: 3 })).to.deep.equal({ duplicate: false, epoch: 3, seq: 0 });
    const other = beatSession(session, {}, t0 + 2);
    expect([other.duplicate, other.epoch, other.seq]).to.deep.equal([false, 0, 0]);
  });

  it('beatSession() keeps the orders of contexts apart, and names the nameless default', () => {
    const more = beaten(session, { at: 2 }, { at: 3, contextId: 'other', seq: 1 });
    expect(more.contexts.map(({ contextId, seq }) => [contextId, seq])).to.deep.equal([
      ['other', 1],
      ['default', 0],
      ['tab', 5],
    ]);
  });

  it('beatSession() never moves request_time back', () => {
    const moved = beaten(recordOf(), { at: 10 * second });
    const late = beatSession(moved, {}, t0 + second);
    expect([late.duplicate, late.requestTime]).to.deep.equal([false, t0 + 10 * second]);
  });
});

describe('beatSession(): what a context says', () => {
  it('beatSession() keeps the status that a beat does not name, and no path', () => {
    const first: Beat = { status: 'busy', path: ['a'], visible: false };
    const [context] = beaten(recordOf(), { at: 1, ...first }, { at: 2 }).contexts;
    expect([context?.status, context?.path, context?.visible]).to.deep.equal([
      'busy',
      undefined,
      true,
    ]);
  });

  it('beatSession() moves last_active only for an active beat', () => {
    const idle = beaten(recordOf(), { at: 1 }, { at: 5, active: false });
    const lasts = idle.contexts.map(({ lastBeat, lastActive }) => [lastBeat - t0, lastActive - t0]);
    expect(lasts).to.deep.equal([[5, 1]]);
  });

  it('beatSession() promises what the beat did, within 1 s and 1 h', () => {
    const promise = (nextBeatMs: number) => beatSession(recordOf(), { nextBeatMs }, t0).nextBeatMs;
    expect([-5, 999, 1_000, 3_600_000, 3_600_001, Number.POSITIVE_INFINITY].map(promise))
      .to.deep //
      .equal([1_000, 1_000, 1_000, 3_600_000, 3_600_000, 3_600_000]);
  });

  it('beatSession() promises 2 min otherwise, or what the idle timeout allows', () => {
    const pace = (fields: Partial<SessionRecord>) =>
      beatSession(recordOf(fields), {}, t0).nextBeatMs / second;
    expect(pace({})).to.equal(120);
    expect([1, 2_500, 30_000, 300_000, 86_400_000].map((ms) => pace({ idleTimeoutMs: ms })))
      .to //
      .deep.equal([1, 1, 12, 120, 120]);
  });
});

describe('beatSession(): contexts that leave', () => {
  const ended = beaten(
    recordOf(),
    { at: 0, contextId: 'tab', epoch: 1, seq: 1, status: 'busy', path: ['a'] },
    { at: second, contextId: 'tab', epoch: 1, seq: 2, ended: true },
  );

  it('beatSession() leaves the pair of a context that ended, and nothing else of it', () => {
    expect(ended.contexts).to.deep.equal([
      {
        contextId: 'tab',
        epoch: 1,
        seq: 2,
        visible: false,
        lastBeat: t0 + second,
        lastActive: t0 + second,
        goneTime: t0 + second,
        stretches: [],
      },
    ]);
  });

  it('beatSession() does not raise a context by a late beat for 10 min', () => {
    const late = { contextId: 'tab', epoch: 1, seq: 1 };
    const until = t0 + second + goneContextMs;
    expect(beatSession(ended, late, until).duplicate).to.equal(true);
    expect(beatSession(ended, late, until + 1).duplicate).to.equal(false);
  });

  it('beatSession() raises it by a newer beat, which says everything anew', () => {
    const [context] = beaten(ended, { at: 2 * second, contextId: 'tab', epoch: 2 }).contexts;
    expect([context?.goneTime, context?.status, context?.stretches.length]).to.deep.equal([
      undefined,
      undefined,
      1,
    ]);
  });

  it('beatSession() forgets contexts that went 10 min ago at the next beat', () => {
    const forgotten = beaten(ended, { at: goneContextMs + second + 1 });
    expect(forgotten.contexts.map(({ contextId }) => contextId)).to.deep.equal(['default']);
  });

  it(`beatSession() lets the stalest of ${contextLimit} contexts go, and closes its time`, () => {
    const beats = Array.from({ length: contextLimit }, (_, n) => ({
      at: n,
      contextId: `tab-${n}`,
    }));
    const full = beaten(recordOf(), ...beats, { at: 5 * second, contextId: 'tab-0' });
    const outcome = beatSession(full, { contextId: 'new' }, t0 + 6 * second);
    const gone = outcome.contexts.filter(({ goneTime }) => goneTime !== undefined);
    expect(gone.map(({ contextId }) => contextId)).to.deep.equal(['tab-1']);
    expect(outcome.contexts.length).to.equal(contextLimit + 1);
    const next = beatSession(after(full, outcome), { contextId: 'tab-0' }, t0 + 7 * second);
    expect(next.contexts.filter(({ goneTime }) => goneTime !== undefined).length).to.equal(1);
  });

  it('beatSession() writes the time of the context that it lets go', () => {
    const stale = contextOf({ contextId: 'stale', stretches: [stretchOf({ to: t0 + 1 })] });
    const others = Array.from({ length: contextLimit - 1 }, (_, n) =>
      contextOf({ contextId: `tab-${n}`, lastBeat: t0 + 10 }),
    );
    const session = recordOf({ requestTime: t0 + 10, contexts: [stale, ...others] });
    const { stretches } = beatSession(session, { contextId: 'new' }, t0 + 20);
    expect(stretches.map(({ contextId, to }) => [contextId, to])).to.deep.equal([
      ['stale', t0 + 1],
    ]);
  });

  it(`beatSession() remembers at most ${goneContextLimit} contexts that went, the latest`, () => {
    const count = goneContextLimit + 9;
    const beats = Array.from({ length: count }, (_, n) => ({
      at: n,
      contextId: `tab-${n}`,
      ended: true,
    }));
    const ids = beaten(recordOf(), ...beats).contexts.map(({ contextId }) => contextId);
    expect(ids.length).to.equal(goneContextLimit);
    expect([ids[0], ids.at(-1)]).to.deep.equal([`tab-${count - 1}`, 'tab-9']);
  });

  it('beatSession() refuses to count beyond the last whole number, and takes another epoch', () => {
    const last = Number.MAX_SAFE_INTEGER;
    const session = beaten(recordOf(), { at: 0, seq: last });
    expect(() => beatSession(session, {}, t0 + 1)).to.throw('/seq');
    expect(beatSession(session, { epoch: 1 }, t0 + 1)).to.include({ epoch: 1, seq: 0 });
    expect(beatSession(session, { seq: last }, t0 + 1)).to.include({ duplicate: true });
  });
});

describe('beatSession(): time', () => {
  const rows = (session: SessionRecord, beat: Beat, at: number) =>
    beatSession(session, beat, t0 + at).stretches.map(({ activity, path, from, to }) => ({
      activity,
      path: path?.join('/'),
      from: from - t0,
      to: to - t0,
    }));
  const said = { nextBeatMs: 10 * second };

  it('beatSession() closes no stretch while the state stays the same', () => {
    const session = beaten(recordOf(), { at: 0, ...said }, { at: 20 * second, ...said });
    expect(rows(session, said, 40 * second)).to.deep.equal([]);
    expect(closeStretches(session, t0 + minute).map(({ to }) => to - t0)).to.deep.equal([
      20 * second,
    ]);
  });

  it('beatSession() gives the gap to the state before, also when the context was hidden', () => {
    const shown = beaten(recordOf(), { at: 0, path: ['a'], ...said });
    const leaving = { path: ['b'], visible: false, ...said };
    expect(rows(shown, leaving, 20 * second)).to.deep.equal([
      { activity: '', path: 'a', from: 0, to: 20 * second },
    ]);
    const hidden = beaten(shown, { at: 20 * second, ...leaving });
    expect(rows(hidden, { path: ['a'], ...said }, 30 * second)).to.deep.equal([]);
  });

  it('beatSession() begins anew after a gap above the cap', () => {
    const session = beaten(recordOf(), { at: 0, ...said }, { at: 5 * second, ...said });
    const row = { activity: '', path: undefined, from: 0, to: 5 * second };
    expect(rows(session, said, 30 * second + 1)).to.deep.equal([row]);
    expect(rows(session, said, 30 * second)).to.deep.equal([]);
    const workstation = { ...session, kind: 'workstation' as const };
    expect(rows(workstation, said, 30 * second + 1)).to.deep.equal([{ ...row, to: 15 * second }]);
  });

  it('beatSession() keeps the time of activities apart', () => {
    const session = beaten(
      recordOf(),
      { at: 0, ...said },
      { at: 0, activity: 'read', ...said },
      { at: 10 * second, activity: 'read', ...said },
    );
    const closed = closeStretches(session, t0 + 10 * second);
    expect(closed.map(({ activity, to }) => [activity, to - t0])).to.deep.equal([
      ['read', 10 * second],
    ]);
    const ended = rows(session, { ended: true }, 15 * second);
    expect(ended).to.deep.equal([
      { activity: 'read', path: undefined, from: 0, to: 10 * second },
      { activity: '', path: undefined, from: 0, to: 15 * second },
    ]);
  });

  it(`beatSession() takes ${activityLimit} running activities, and others once one has lapsed`, () => {
    const beats = Array.from({ length: activityLimit }, (_, n) => ({
      at: n * second,
      activity: `event ${n}`,
      ...said,
    }));
    const full = beaten(recordOf(), ...beats);
    const one = { activity: 'one more', ...said };
    expect(thrownBy(() => beatSession(full, one, t0 + 25 * second)).code).to.equal('INVALID_DATA');
    expect(beatSession(full, { activity: 'event 3', ...said }, t0 + 25 * second).duplicate)
      .to //
      .equal(false);
    const outcome = beatSession(full, one, t0 + 25 * second + 1);
    expect(outcome.contexts[0]?.stretches.length).to.equal(activityLimit);
  });
});
