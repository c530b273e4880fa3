import { expect } from 'chai';
import { maxDocumentBytes } from '../../../src/domain/document.js';
import { failureOf, settle } from '../../support/failure.js';
import { minute, openedSession, present, second, t0 } from '../../support/sessions.js';
import type { Subject } from './subject.js';

/** Changes of `data` and `user`. */
export function describeChanging(subject: Subject): void {
  describe('changeSession()', () => {
    describeChanges(subject);
    describeRefusedChanges(subject);
    describeConcurrentChanges(subject);
  });
}

function describeChanges(subject: Subject): void {
  it('changeSession() replaces data or user: one revision more, and a sign of life', async () => {
    const opened = await openedSession(subject.store, {
      idleTimeoutMs: minute,
      data: '{"a":1}',
      user: '{"b":2}',
    });
    const stored = await subject.store.changeSession(
      opened.id,
      { type: 'data', data: '[1]' },
      t0 + 30 * second,
    );
    const changedOnce = { ...opened, data: '[1]', revision: 1, requestTime: t0 + 30 * second };
    expect(stored).to.deep.equal(changedOnce);
    const updated = await subject.store.changeSession(
      opened.id,
      { type: 'user', user: 'null' },
      t0 + 90 * second,
    );
    const changedTwice = {
      ...changedOnce,
      user: 'null',
      revision: 2,
      requestTime: t0 + 90 * second,
    };
    expect(updated).to.deep.equal(changedTwice);
    expect(await subject.store.getSession(opened.id, t0 + 90 * second)).to.deep.equal(changedTwice);
  });

  it('changeSession() moves the session in lists by request_time', async () => {
    const { id } = await openedSession(subject.store);
    await subject.store.changeSession(id, { type: 'data', data: '1' }, t0 + minute);
    expect(await subject.store.countSessions({ toTime: t0 + minute }, t0 + minute)).to.equal(0);
    expect(await subject.store.countSessions({ fromTime: t0 + minute }, t0 + minute)).to.equal(1);
  });

  it('changeSession() merges a patch into data, or into nothing', async () => {
    const { id } = await openedSession(subject.store);
    const patch = async (value: object) => {
      const change = { type: 'patch', patch: value as Record<string, never> } as const;
      return present(await subject.store.changeSession(id, change, t0 + 1)).data;
    };
    expect(await patch({ a: { b: 1, c: null }, d: 'e' })).to.equal('{"a":{"b":1},"d":"e"}');
    expect(await patch({ a: { b: null, f: [1] }, d: null })).to.equal('{"a":{"f":[1]}}');
    expect(present(await subject.store.getSession(id, t0 + 1)).revision).to.equal(2);
  });

  it('changeSession() takes the current revision as a condition', async () => {
    const { id } = await openedSession(subject.store);
    const store = (revision: number) =>
      subject.store.changeSession(id, { type: 'data', data: '1', revision }, t0);
    expect(present(await store(0)).revision).to.equal(1);
    expect(present(await store(1)).revision).to.equal(2);
    for (const revision of [0, 1, 3]) {
      expect(await failureOf(store(revision))).to.deep.equal({
        code: 'REVISION_CONFLICT',
        details: { revision: 2 },
      });
    }
  });
}

function describeRefusedChanges(subject: Subject): void {
  it('changeSession() answers null for an absent session', async () => {
    const change = { type: 'data', data: '1', revision: 7 } as const;
    expect(await subject.store.changeSession('absent', change, t0)).to.equal(null);
  });

  it('changeSession() refuses an ended session and leaves it as it is', async () => {
    const { id } = await openedSession(subject.store, { data: '1' });
    const closed = await subject.store.closeSession({
      sessionId: id,
      reason: 'logout',
      now: t0 + 1,
    });
    for (const change of [
      { type: 'data', data: '2' },
      { type: 'user', user: '2' },
      { type: 'patch', patch: {} },
      { type: 'data', data: '2', revision: 99 },
    ] as const) {
      expect(await failureOf(subject.store.changeSession(id, change, t0 + 2))).to.deep.equal({
        code: 'SESSION_ENDED',
        details: { close_reason: 'logout', close_time: new Date(t0 + 1).toISOString() },
      });
    }
    expect(await subject.store.getSession(id, t0 + 2)).to.deep.equal(closed);
  });

  it('changeSession() changes at the deadline and not after it', async () => {
    const { id } = await openedSession(subject.store, { absoluteTimeoutMs: minute });
    const change = (now: number) =>
      subject.store.changeSession(id, { type: 'data', data: '1' }, now);
    expect(present(await change(t0 + minute)).revision).to.equal(1);
    expect(await failureOf(change(t0 + minute + 1))).to.deep.equal({
      code: 'SESSION_ENDED',
      details: { close_reason: 'lifetime', close_time: new Date(t0 + minute).toISOString() },
    });
  });

  it('changeSession() refuses a patch whose result is too large, and keeps the data', async () => {
    const half = 'x'.repeat(maxDocumentBytes / 2);
    const opened = await openedSession(subject.store, { data: JSON.stringify({ half }) });
    const change = { type: 'patch', patch: { other: half } } as const;
    const failure = await failureOf(subject.store.changeSession(opened.id, change, t0 + 1));
    expect(failure.code).to.equal('BODY_TOO_LARGE');
    expect(await subject.store.getSession(opened.id, t0)).to.deep.equal(opened);
  });
}

function describeConcurrentChanges(subject: Subject): void {
  it('changeSession() takes one of two changes of the same revision', async () => {
    const { id } = await openedSession(subject.store);
    const { values, failures } = await settle(
      ['1', '2'].map((data) =>
        subject.store.changeSession(id, { type: 'data', data, revision: 0 }, t0),
      ),
    );
    expect(failures).to.deep.equal([{ code: 'REVISION_CONFLICT', details: { revision: 1 } }]);
    expect(values).to.deep.equal([await subject.store.getSession(id, t0)]);
  });

  it('changeSession() loses none of many patches at the same time', async () => {
    const { id } = await openedSession(subject.store);
    const keys = Array.from({ length: 25 }, (_, n) => `key${n}`);
    await Promise.all(
      keys.map((key) =>
        subject.store.changeSession(id, { type: 'patch', patch: { [key]: 1 } }, t0),
      ),
    );
    const read = present(await subject.store.getSession(id, t0));
    expect(new Set(Object.keys(JSON.parse(present(read.data))))).to.deep.equal(new Set(keys));
    expect(read.revision).to.equal(25);
  });

  it('changeSession() and closeSession() at the same time leave an ended session', async () => {
    const { id } = await openedSession(subject.store);
    const { failures } = await settle([
      subject.store.changeSession(id, { type: 'data', data: '1' }, t0),
      subject.store.closeSession({ sessionId: id, reason: 'logout', now: t0 }),
      subject.store.changeSession(id, { type: 'user', user: '1' }, t0),
    ]);
    expect(failures.every(({ code }) => code === 'SESSION_ENDED')).to.equal(true);
    const read = present(await subject.store.getSession(id, t0));
    expect([read.active, read.data, read.user]).to.deep.equal([false, undefined, undefined]);
  });
}
