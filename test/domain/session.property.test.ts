import { expect } from 'chai';
import fc from 'fast-check';
import type { CloseReason } from '../../src/data/version1/words.js';
import { type Beat, beatSession, contextLimit, goneContextLimit } from '../../src/domain/beat.js';
import { changeDocument } from '../../src/domain/change.js';
import { asOf, closeSession, expireSession, summaryAsOf } from '../../src/domain/close.js';
import type { Stretch } from '../../src/domain/context.js';
import { expireTimeOf, isExpired, isLive } from '../../src/domain/expiry.js';
import { openRecord } from '../../src/domain/open.js';
import type { SessionRecord } from '../../src/domain/session.js';
import { isSessionError } from '../../src/errors/session-error.js';
import { after } from '../support/records.js';
import { minute, newSession, second, summaryOf, t0 } from '../support/sessions.js';

/** What happens to a session, so many ms after what happened before. */
type Event =
  | { readonly type: 'beat'; readonly step: number; readonly beat: Beat }
  | { readonly type: 'change'; readonly step: number }
  | { readonly type: 'close'; readonly step: number; readonly reason: CloseReason };

const steps = fc.oneof(
  fc.integer({ min: 0, max: 30 * second }),
  fc.integer({ min: 0, max: 10 * minute }),
  fc.constantFrom(0, 1, minute),
);

const beats = fc.record(
  {
    contextId: fc.nat({ max: 45 }).map((n) => `tab-${n}`),
    epoch: fc.nat({ max: 2 }),
    seq: fc.nat({ max: 9 }),
    status: fc.constantFrom('available' as const, 'busy' as const, 'away' as const),
    visible: fc.boolean(),
    active: fc.boolean(),
    path: fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 2 }),
    activity: fc.nat({ max: 20 }).map((n) => `event ${n}`),
    nextBeatMs: fc.integer({ min: 0, max: 2 * minute }),
    ended: fc.boolean(),
  },
  { requiredKeys: [] },
);

const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({ type: fc.constant('beat' as const), step: steps, beat: beats }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('change' as const), step: steps }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('close' as const),
        step: steps,
        reason: fc.constantFrom('logout' as const, 'admin' as const),
      }),
    },
  ),
  { maxLength: 80, size: 'max' },
);

const sessions: fc.Arbitrary<SessionRecord> = fc
  .record(
    {
      kind: fc.constantFrom('web' as const, 'workstation' as const, 'presence' as const),
      idleTimeoutMs: fc.integer({ min: 1, max: 20 * minute }),
      absoluteTimeoutMs: fc.integer({ min: 1, max: 60 * minute }),
    },
    { requiredKeys: ['kind'] },
  )
  .map((fields) => openRecord(newSession(fields), t0));

interface Moment {
  readonly before: SessionRecord;
  readonly session: SessionRecord;
  readonly now: number;
  readonly event: Event;
}

interface History {
  readonly moments: readonly Moment[];
  readonly stretches: readonly Stretch[];
}

/** What becomes of a session; what is refused changes nothing. */
function live(session: SessionRecord, sequence: readonly Event[]): History {
  const moments: Moment[] = [];
  const stretches: Stretch[] = [];
  let current = session;
  let now = t0;
  for (const event of sequence) {
    now += event.step;
    const change = applied(current, event, now);
    moments.push({ before: current, session: change.session, now, event });
    stretches.push(...change.stretches);
    current = change.session;
  }
  stretches.push(...closeSession(current, 'logout', now).stretches);
  return { moments, stretches };
}

function applied(session: SessionRecord, event: Event, now: number) {
  try {
    switch (event.type) {
      case 'beat': {
        if (!isLive(session, now)) break;
        const outcome = beatSession(session, event.beat, now);
        return { session: after(session, outcome), stretches: outcome.stretches };
      }
      case 'change':
        return {
          session: changeDocument(session, { type: 'data', data: '1' }, now),
          stretches: [],
        };
      case 'close':
        return closeSession(session, event.reason, now);
    }
  } catch (caught) {
    if (!isSessionError(caught)) throw caught;
  }
  return { session, stretches: [] };
}

function check(name: string, holds: (history: History) => void): void {
  it(name, () => {
    const property = fc.property(sessions, events, (session, sequence) =>
      holds(live(session, sequence)),
    );
    fc.assert(property, { numRuns: 200, seed: 20_260_101 });
  });
}

describe('a session, whatever happens to it', () => {
  check('close is terminal', ({ moments }) => {
    const end = moments.find(({ session }) => !session.active)?.session;
    if (end === undefined) return;
    expect(moments.at(-1)?.session).to.deep.equal(end);
    expect([end.user, end.data, end.contexts]).to.deep.equal([undefined, undefined, []]);
    expect(end.closeTime).to.be.within(end.openTime, moments.at(-1)?.now ?? 0);
  });

  check('once past its deadline it never lives again', ({ moments }) => {
    const first = moments.findIndex(({ before, now }) => isExpired(before, now));
    if (first < 0) return;
    for (const { session, now } of moments.slice(first)) {
      expect(isLive(session, now)).to.equal(false);
    }
  });

  check('a duplicate changes nothing', ({ moments }) => {
    for (const { session, event, now } of moments) {
      if (event.type !== 'beat' || !isLive(session, now)) continue;
      const stored = session.contexts.find(
        ({ contextId }) => contextId === (event.beat.contextId ?? 'default'),
      );
      if (stored === undefined) continue;
      const { epoch, seq } = stored;
      const again = beatSession(session, { ...event.beat, epoch, seq }, now);
      expect([again.duplicate, again.epoch, again.seq]).to.deep.equal([true, epoch, seq]);
      expect(after(session, again)).to.deep.equal(session);
      expect(again.stretches).to.deep.equal([]);
    }
  });

  check('deadlines never pass the absolute end, nor move back', ({ moments }) => {
    for (const { before, session, now } of moments) {
      const deadline = expireTimeOf(session) ?? Number.POSITIVE_INFINITY;
      const bound = session.absoluteExpireTime ?? Number.POSITIVE_INFINITY;
      expect(deadline).to.be.at.most(bound);
      expect(session.absoluteExpireTime).to.equal(before.absoluteExpireTime);
      expect(session.requestTime).to.be.within(before.requestTime, now);
    }
  });

  check('expiry at read time equals expiry by sweep', ({ moments }) => {
    for (const { session, now } of moments) {
      for (const time of [now, now + minute, now + 3_600 * second]) {
        const swept = isExpired(session, time) ? expireSession(session).session : session;
        expect(asOf(session, time)).to.deep.equal(swept);
        expect(summaryAsOf(summaryOf(session), time)).to.deep.equal(summaryOf(swept));
        expect(asOf(swept, time + minute).closeTime ?? 0).to.be.at.least(swept.closeTime ?? 0);
      }
    }
  });

  check('it has at most 32 live contexts, and remembers at most 32 more', ({ moments }) => {
    for (const { session } of moments) {
      const alive = session.contexts.filter(({ goneTime }) => goneTime === undefined);
      expect(alive.length).to.be.at.most(contextLimit);
      expect(session.contexts.length - alive.length).to.be.at.most(goneContextLimit);
      const ids = new Set(session.contexts.map(({ contextId }) => contextId));
      expect(ids.size).to.equal(session.contexts.length);
      for (const { stretches } of session.contexts) {
        expect(stretches.length).to.be.at.most(16);
        expect(new Set(stretches.map(({ activity }) => activity)).size).to.equal(stretches.length);
      }
    }
  });

  check('its time is never negative and never counted twice', ({ moments, stretches }) => {
    const end = Math.max(t0, ...moments.map(({ now }) => now));
    const trackOf = ({ contextId, activity }: Stretch) => `${contextId} ${activity}`;
    for (const name of new Set(stretches.map(trackOf))) {
      const track = stretches.filter((stretch) => trackOf(stretch) === name);
      let reached = t0;
      for (const { from, kind, to, visible } of track.toSorted(
        (one, other) => one.from - other.from,
      )) {
        expect(from).to.be.at.least(reached);
        expect(to - from).to.be.at.least(kind === 'workstation' ? 0 : 1);
        expect(visible).to.equal(true);
        reached = to;
      }
      expect(reached).to.be.at.most(end);
    }
  });

  check('every row of its ledger has a key of its own', ({ stretches }) => {
    const keys = stretches.map(({ contextId, epoch, seq, activity, from }) =>
      JSON.stringify([contextId, epoch, seq, activity, from]),
    );
    expect(new Set(keys).size).to.equal(keys.length);
  });

  check('a session of kind presence writes no time', ({ moments, stretches }) => {
    if (moments[0]?.before.kind === 'presence') expect(stretches).to.deep.equal([]);
  });
});
