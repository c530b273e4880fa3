import { expect } from 'chai';
import fc from 'fast-check';
import { expireTimeOf } from '../../../src/domain/expiry.js';
import { openRecord } from '../../../src/domain/open.js';
import type { SessionRecord } from '../../../src/domain/session.js';
import { StoredSession } from '../../../src/persistence/memory/stored-session.js';

/** The last millisecond of a Date. */
const latest = 8_640_000_000_000_000;

describe('StoredSession', () => {
  const document = fc.option(fc.json(), { nil: undefined });
  const time = fc.integer({ min: 0, max: latest });
  const records: fc.Arbitrary<SessionRecord> = fc
    .record({
      session: fc.record(
        {
          id: fc.string({ minLength: 1 }),
          userId: fc.string({ minLength: 1 }),
          userName: fc.string(),
          kind: fc.constant('rpc' as const),
          idleTimeoutMs: fc.integer({ min: 1, max: latest }),
          absoluteTimeoutMs: fc.integer({ min: 1, max: latest }),
        },
        { requiredKeys: ['id', 'userId', 'kind'] },
      ),
      user: document,
      data: document,
      now: time,
    })
    .map(({ session, user, data, now }) =>
      openRecord({ ...session, ...(user && { user }), ...(data && { data }) }, now),
    );

  it('gives back the record that it packed', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(new StoredSession(record).toRecord()).to.deep.equal(record);
      }),
    );
  });

  it('gives back the record that it took in its place', () => {
    fc.assert(
      fc.property(records, document, time, (record, data, requestTime) => {
        const { data: _data, ...kept } = record;
        const changed = { ...kept, ...(data && { data }), requestTime, revision: 7 };
        const stored = new StoredSession(record);
        stored.take(changed);
        expect(stored.toRecord()).to.deep.equal(changed);
      }),
    );
  });

  it('reads as the session that it is', () => {
    fc.assert(
      fc.property(records, time, (record, requestTime) => {
        const stored = new StoredSession(record);
        stored.move(requestTime, []);
        const { id, userId, userName, openTime } = stored;
        expect({ id, userId, userName, openTime, requestTime: stored.requestTime }).to.deep.equal({
          id: record.id,
          userId: record.userId,
          userName: record.userName,
          openTime: record.openTime,
          requestTime,
        });
      }),
    );
  });

  it('is filed under its deadline, or under none, and anew', () => {
    fc.assert(
      fc.property(records, time, (record, deadline) => {
        const stored = new StoredSession(record);
        expect(stored.filed).to.equal(expireTimeOf(record) ?? Number.POSITIVE_INFINITY);
        stored.filed = deadline;
        expect(stored.filed).to.equal(deadline);
        stored.filed = Number.POSITIVE_INFINITY;
        expect(stored.filed).to.equal(Number.POSITIVE_INFINITY);
      }),
    );
  });

  it('gives each reader contexts of his own', () => {
    const context = { contextId: 'tab', epoch: 0, seq: 1, visible: true, stretches: [] };
    const contexts = [{ ...context, lastBeat: 1, lastActive: 1, path: ['a'] }];
    const record = openRecord({ id: 'one', userId: 'ann', kind: 'web' }, 1);
    const stored = new StoredSession({ ...record, contexts });
    const [mine] = stored.toRecord().contexts;
    const [other] = stored.toRecord().contexts;
    expect(mine).to.deep.equal(contexts[0]);
    expect(mine?.path).not.to.equal(other?.path);
    expect(mine?.stretches).not.to.equal(other?.stretches);
  });
});
