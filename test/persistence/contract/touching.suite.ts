import { expect } from 'chai';
import type { Beat } from '../../../src/domain/beat.js';
import { failureOf, settle } from '../../support/failure.js';
import { minute, openedSession, present, second, t0, touchInput } from '../../support/sessions.js';
import type { Subject } from './subject.js';

/** Beats (DESIGN §1). */
export function describeTouching(subject: Subject): void {
  const touch = (id: string, beat: Beat, now: number) =>
    subject.store.touchSession(touchInput(id, beat, now));
  describe('touchSession()', () => {
    describeOneBeat(subject, touch);
    describeRefusedBeats(subject, touch);
    describeUserStatus(subject, touch);
    describeLedger(subject, touch);
  });
}

type Touch = (id: string, beat: Beat, now: number) => ReturnType<Subject['store']['touchSession']>;

function describeOneBeat(subject: Subject, touch: Touch): void {
  it('touchSession() moves the idle deadline, never the absolute one', async () => {
    const timeouts = { idleTimeoutMs: minute, absoluteTimeoutMs: 90 * second };
    const opened = await openedSession(subject.store, { ...timeouts, data: '1', user: '2' });
    const touched = await touch(opened.id, { status: 'available' }, t0 + 50 * second);
    expect(touched).to.deep.equal({
      outcome: {
        duplicate: false,
        epoch: 0,
        seq: 0,
        nextBeatMs: 24 * second,
        requestTime: t0 + 50 * second,
      },
      session: {
        active: true,
        openTime: t0,
        requestTime: t0 + 50 * second,
        idleTimeoutMs: minute,
        absoluteExpireTime: t0 + 90 * second,
      },
      status: 'available',
    });
    const read = present(await subject.store.getSession(opened.id, t0 + 90 * second));
    expect({ ...read, contexts: [] }).to.deep.equal({ ...opened, requestTime: t0 + 50 * second });
    const late = present(await subject.store.getSession(opened.id, t0 + 90 * second + 1));
    expect([late.closeReason, late.closeTime]).to.deep.equal(['lifetime', t0 + 90 * second]);
  });

  it('touchSession() leaves out what the session does not have', async () => {
    const { id } = await openedSession(subject.store);
    expect(await touch(id, {}, t0 + 1)).to.deep.equal({
      outcome: {
        duplicate: false,
        epoch: 0,
        seq: 0,
        nextBeatMs: 2 * minute,
        requestTime: t0 + 1,
      },
      session: { active: true, openTime: t0, requestTime: t0 + 1 },
    });
  });

  it('touchSession() stores what the beat said of its context', async () => {
    const { id } = await openedSession(subject.store);
    const beat = { contextId: 'tab', epoch: 3, seq: 5, path: ['cart', 'items'], nextBeatMs: 5_000 };
    await touch(id, { ...beat, status: 'busy', visible: true }, t0 + 1);
    const read = present(await subject.store.getSession(id, t0 + 1));
    const opening = { epoch: 3, seq: 5, visible: true, path: ['cart', 'items'] };
    expect(read.contexts).to.deep.equal([
      {
        ...opening,
        contextId: 'tab',
        status: 'busy',
        lastBeat: t0 + 1,
        lastActive: t0 + 1,
        stretches: [
          {
            ...opening,
            activity: '',
            from: t0 + 1,
            to: t0 + 1,
            lastBeat: t0 + 1,
            promiseMs: 5_000,
          },
        ],
      },
    ]);
  });

  it('touchSession() changes nothing for a duplicate and answers the stored pair', async () => {
    const { id } = await openedSession(subject.store, { idleTimeoutMs: minute });
    await touch(id, { epoch: 2, seq: 7, status: 'available' }, t0 + second);
    const before = await subject.store.getSession(id, t0 + second);
    for (const pair of [
      { epoch: 2, seq: 7 },
      { epoch: 2, seq: 0 },
      { epoch: 1, seq: 99 },
      { seq: 99 },
    ]) {
      const again = await touch(id, { ...pair, status: 'busy' }, t0 + 30 * second);
      expect(present(again).outcome).to.deep.equal({
        duplicate: true,
        epoch: 2,
        seq: 7,
        nextBeatMs: 24 * second,
        requestTime: t0 + second,
      });
      expect(present(again).status).to.equal('available');
    }
    expect(await subject.store.getSession(id, t0 + second)).to.deep.equal(before);
  });

  it('touchSession() takes one of two equal beats at the same time', async () => {
    const { id } = await openedSession(subject.store);
    const beats = Array.from({ length: 6 }, () => touch(id, { seq: 1 }, t0 + 1));
    const { values } = await settle(beats);
    const duplicates = values.filter((touched) => present(touched).outcome.duplicate);
    expect([values.length, duplicates.length]).to.deep.equal([6, 5]);
  });

  it('touchSession() loses no beat of several contexts at the same time', async () => {
    const { id } = await openedSession(subject.store);
    const ids = Array.from({ length: 20 }, (_, n) => `tab-${n}`);
    await Promise.all(ids.map((contextId) => touch(id, { contextId }, t0 + 1)));
    const read = present(await subject.store.getSession(id, t0 + 1));
    expect(new Set(read.contexts.map(({ contextId }) => contextId))).to.deep.equal(new Set(ids));
  });
}

function describeRefusedBeats(subject: Subject, touch: Touch): void {
  it('touchSession() answers null for an absent session', async () => {
    expect(await touch('absent', {}, t0)).to.equal(null);
  });

  it('touchSession() refuses an ended session', async () => {
    const { id } = await openedSession(subject.store);
    await subject.store.closeSession({ sessionId: id, reason: 'admin', now: t0 + 1 });
    expect(await failureOf(touch(id, {}, t0 + 2))).to.deep.equal({
      code: 'SESSION_ENDED',
      details: { close_reason: 'admin', close_time: new Date(t0 + 1).toISOString() },
    });
  });

  it('touchSession() takes a beat at the deadline and none after it', async () => {
    const { id } = await openedSession(subject.store, { idleTimeoutMs: minute });
    expect(present(await touch(id, {}, t0 + minute)).session.active).to.equal(true);
    expect(await failureOf(touch(id, {}, t0 + 2 * minute + 1))).to.deep.equal({
      code: 'SESSION_ENDED',
      details: { close_reason: 'idle', close_time: new Date(t0 + 2 * minute).toISOString() },
    });
  });

  it('touchSession() refuses one activity too many and keeps nothing of the beat', async () => {
    const { id } = await openedSession(subject.store);
    for (let n = 0; n < 16; n += 1) await touch(id, { activity: `event-${n}` }, t0 + n);
    const before = await subject.store.getSession(id, t0 + 16);
    const failure = await failureOf(touch(id, { activity: 'event-16' }, t0 + 16));
    expect(failure.code).to.equal('INVALID_DATA');
    expect(await subject.store.getSession(id, t0 + 16)).to.deep.equal(before);
  });
}

function describeUserStatus(subject: Subject, touch: Touch): void {
  it('touchSession() answers the status of the user over all live sessions', async () => {
    const one = await openedSession(subject.store);
    const two = await openedSession(subject.store);
    const other = await openedSession(subject.store, { userId: 'bob' });
    const status = async (id: string, beat: Beat, now: number) =>
      present(await touch(id, beat, now)).status;
    expect(await status(one.id, {}, t0)).to.equal(undefined);
    expect(await status(one.id, { status: 'away' }, t0 + 1)).to.equal('away');
    expect(await status(two.id, { status: 'available' }, t0 + 2)).to.equal('available');
    expect(await status(one.id, { status: 'busy' }, t0 + 3)).to.equal('busy');
    expect(await status(two.id, {}, t0 + 4)).to.equal('busy');
    expect(await status(other.id, {}, t0 + 5)).to.equal(undefined);
    await subject.store.closeSession({ sessionId: one.id, reason: 'logout', now: t0 + 6 });
    expect(await status(two.id, {}, t0 + 7)).to.equal('available');
    await subject.store.deleteSession(two.id, t0 + 8);
    const three = await openedSession(subject.store, {}, t0 + 9);
    expect(await status(three.id, {}, t0 + 10)).to.equal(undefined);
  });

  it('touchSession() does not count a session past its deadline', async () => {
    const one = await openedSession(subject.store, { idleTimeoutMs: minute });
    const two = await openedSession(subject.store);
    await touch(one.id, { status: 'busy' }, t0);
    expect(present(await touch(two.id, {}, t0 + minute)).status).to.equal('busy');
    expect(present(await touch(two.id, {}, t0 + minute + 1)).status).to.equal(undefined);
  });

  it('touchSession() lets what was said lapse', async () => {
    const one = await openedSession(subject.store);
    const two = await openedSession(subject.store);
    await touch(one.id, { status: 'busy' }, t0);
    const status = async (now: number) => present(await touch(two.id, {}, now)).status;
    expect(await status(t0 + 300 * second)).to.equal('busy');
    expect(await status(t0 + 300 * second + 1)).to.equal('away');
    expect(await status(t0 + 500 * second)).to.equal('away');
    expect(await status(t0 + 500 * second + 1)).to.equal(undefined);
  });

  it('touchSession() takes the word of a context back when it ends', async () => {
    const { id } = await openedSession(subject.store);
    await touch(id, { contextId: 'one', status: 'busy' }, t0);
    await touch(id, { contextId: 'two', status: 'available' }, t0);
    const left = await touch(id, { contextId: 'one', ended: true }, t0 + 1);
    expect(present(left).status).to.equal('available');
    const nobody = await touch(id, { contextId: 'two', ended: true }, t0 + 2);
    expect(present(nobody).status).to.equal(undefined);
  });
}

function describeLedger(subject: Subject, touch: Touch): void {
  it('getStretches() has what beats closed, oldest first', async () => {
    const { id } = await openedSession(subject.store, { kind: 'web', deviceId: 'phone' });
    await touch(id, { path: ['home'], nextBeatMs: 10_000 }, t0);
    await touch(id, { path: ['home'], nextBeatMs: 10_000 }, t0 + 10 * second);
    await touch(id, { path: ['cart'], nextBeatMs: 10_000 }, t0 + 20 * second);
    await touch(id, { path: ['home'], nextBeatMs: 10_000 }, t0 + 25 * second);
    const row = {
      sessionId: id,
      contextId: 'default',
      activity: '',
      userId: 'ann',
      kind: 'web',
      deviceId: 'phone',
      epoch: 0,
      visible: true,
      promiseMs: 10_000,
    };
    expect(await subject.store.getStretches(id)).to.deep.equal([
      { ...row, seq: 0, path: ['home'], from: t0, to: t0 + 20 * second },
      { ...row, seq: 2, path: ['cart'], from: t0 + 20 * second, to: t0 + 25 * second },
    ]);
  });

  it('getStretches() is empty for a session without any, and for an absent one', async () => {
    const { id } = await openedSession(subject.store);
    await touch(id, {}, t0);
    expect(await subject.store.getStretches(id)).to.deep.equal([]);
    expect(await subject.store.getStretches('absent')).to.deep.equal([]);
  });

  it('getStretches() has what an end closed, also after the session is deleted', async () => {
    const { id } = await openedSession(subject.store);
    await touch(id, { nextBeatMs: 10_000 }, t0);
    await touch(id, { nextBeatMs: 10_000 }, t0 + 10 * second);
    await subject.store.closeSession({ sessionId: id, reason: 'logout', now: t0 + 15 * second });
    const rows = await subject.store.getStretches(id);
    expect(rows).to.deep.equal([
      {
        sessionId: id,
        contextId: 'default',
        activity: '',
        userId: 'ann',
        kind: 'rpc',
        epoch: 0,
        seq: 0,
        visible: true,
        promiseMs: 10_000,
        from: t0,
        to: t0 + 10 * second,
      },
    ]);
    await subject.store.deleteSession(id, t0 + minute);
    expect(await subject.store.getStretches(id)).to.deep.equal(rows);
  });
}
