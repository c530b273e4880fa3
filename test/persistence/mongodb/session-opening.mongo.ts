import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { closeSession } from '../../../src/domain/close.js';
import type { SessionRecord } from '../../../src/domain/session.js';
import type { OpenSessionInput } from '../../../src/logic/session-persistence.js';
import { type Collections, collectionsOf } from '../../../src/persistence/mongodb/collections.js';
import { DamagedSessions } from '../../../src/persistence/mongodb/damaged-sessions.js';
import { KnownSessions } from '../../../src/persistence/mongodb/known-sessions.js';
import type { MongodbSessionPersistence } from '../../../src/persistence/mongodb/mongodb-session-persistence.js';
import { RequestLog } from '../../../src/persistence/mongodb/request-log.js';
import { SessionChanges } from '../../../src/persistence/mongodb/session-changes.js';
import type { StoredSession } from '../../../src/persistence/mongodb/session-documents.js';
import { SessionLimits } from '../../../src/persistence/mongodb/session-limits.js';
import { SessionOpening } from '../../../src/persistence/mongodb/session-opening.js';
import {
  type InsertOptions,
  SessionTable,
} from '../../../src/persistence/mongodb/session-table.js';
import { UserPresences } from '../../../src/persistence/mongodb/user-presences.js';
import { failureOf } from '../../support/failure.js';
import { useMongoDatabases } from '../../support/mongo-database.js';
import { minute, openInput, present, t0, touchInput } from '../../support/sessions.js';
import { openMongodbStore } from './mongodb-store.js';

type Step = () => Promise<void>;

/** A table on whose writes something else happens first, once. */
class HaltedTable extends SessionTable {
  beforeInsert: Step | undefined;
  beforeActivate: Step | undefined;

  override async insert(session: SessionRecord, options: InsertOptions) {
    const step = this.beforeInsert;
    this.beforeInsert = undefined;
    await step?.();
    return await super.insert(session, options);
  }

  override async activate(stored: StoredSession) {
    const step = this.beforeActivate;
    this.beforeActivate = undefined;
    await step?.();
    return await super.activate(stored);
  }
}

const request = { requestId: 'r', fingerprint: 'f', expireTime: t0 + minute };
const limit = { max: 1, policy: 'reject', kinds: ['rpc'] } as const;
const signal = new AbortController().signal;

/** An open that is overtaken by what another process does to the same request or user. */
describe('SessionOpening, overtaken', () => {
  const databases = useMongoDatabases();
  let other: MongodbSessionPersistence;
  let client: MongoClient;
  let collections: Collections;
  let table: HaltedTable;
  let opening: SessionOpening;

  beforeEach(async () => {
    const { uri } = databases.create();
    other = await openMongodbStore(uri);
    client = await MongoClient.connect(uri);
    collections = collectionsOf(client.db(), 'sessions');
    table = new HaltedTable(collections);
    const requests = new RequestLog(collections);
    const damaged = new DamagedSessions(() => undefined);
    const limits = new SessionLimits({ collections, table, damaged, onEnd: () => undefined });
    opening = new SessionOpening({ table, requests, limits });
  });
  afterEach(async () => {
    await other.close('test');
    await client.close();
  });

  const open = async (rest: Partial<OpenSessionInput>) =>
    await opening.open(openInput({}, rest), { signal });
  const ids = async () => (await collections.sessions.find().toArray()).map(({ _id }) => _id);

  it('answers the session that a repetition of the request opened', async () => {
    let first: string | undefined;
    table.beforeInsert = async () => {
      first = present(await other.openSession(openInput({}, { request }))).id;
    };
    expect(await open({ request })).to.deep.equal({ repeated: first });
    expect(await ids()).to.deep.equal([first]);
  });

  it('does not raise a session that was opened and deleted meanwhile', async () => {
    table.beforeInsert = async () => {
      const { id } = present(await other.openSession(openInput({}, { request })));
      await other.deleteSession(id, t0);
    };
    const result = await open({ request });
    expect(Object.keys(result)).to.deep.equal(['repeated']);
    expect(await ids()).to.deep.equal([]);
    expect(await other.openSession(openInput({}, { request }))).to.equal(null);
  });

  it('leaves the session live that a repetition of the request began under a limit', async () => {
    let first: string | undefined;
    table.beforeActivate = async () => {
      first = present(await other.openSession(openInput({}, { request, limit }))).id;
    };
    expect(await open({ request, limit })).to.deep.equal({ repeated: first });
    expect(await ids()).to.deep.equal([first]);
    expect(await other.countSessions({ active: true }, t0)).to.equal(1);
  });

  it('is refused when another session took the last place, and leaves nothing', async () => {
    table.beforeInsert = async () => void (await other.openSession(openInput({}, { limit })));
    expect((await failureOf(open({ limit }))).code).to.equal('SESSION_LIMIT');
    expect((await ids()).length).to.equal(1);
    expect(await other.countSessions({ active: true }, t0)).to.equal(1);
  });

  it('is refused with a request id, which other parameters may use then', async () => {
    table.beforeInsert = async () => void (await other.openSession(openInput({}, { limit })));
    expect((await failureOf(open({ limit, request }))).code).to.equal('SESSION_LIMIT');
    const again = { ...request, fingerprint: 'another' };
    const opened = await other.openSession(openInput({}, { request: again }));
    expect(present(opened).active).to.equal(true);
  });

  it('opens anew when it was aborted before it could begin', async () => {
    table.beforeActivate = async () => void (await collections.sessions.deleteMany({}));
    expect(Object.keys(await open({ limit }))).to.deep.equal(['opened']);
    expect(await other.countSessions({ active: true }, t0)).to.equal(1);
  });

  it('has been opened and ended when another session ended it as the oldest', async () => {
    const endOldest = { ...limit, policy: 'end_oldest' } as const;
    table.beforeActivate = async () =>
      void (await other.openSession(openInput({}, { limit: endOldest, now: t0 + 1 })));
    expect(Object.keys(await open({ limit: endOldest }))).to.deep.equal(['opened']);
    expect(await other.countSessions({ active: true }, t0 + 1)).to.equal(1);
    expect(await other.countSessions({ closeReason: 'limit' }, t0 + 1)).to.equal(1);
  });

  it('answers the end of a session that another ended, with which nobody goes on', async () => {
    const endOldest = { ...limit, policy: 'end_oldest' } as const;
    table.beforeActivate = async () =>
      void (await other.openSession(openInput({}, { limit: endOldest, now: t0 + 1 })));
    const result = await open({ limit: endOldest });
    if (!('opened' in result)) throw new Error('it was opened');
    const { session } = result.opened;
    expect([session.active, session.closeReason, session.closeTime]).to.deep.equal([
      false,
      'limit',
      t0 + 1,
    ]);
    const changes = new SessionChanges({
      table,
      known: new KnownSessions(10),
      presences: new UserPresences(collections),
      requests: new RequestLog(collections),
      onPending: () => undefined,
    });
    changes.learn(result.opened);
    const before = await collections.sessions.findOne({ _id: session.id });
    for (let n = 2; n < 5; n += 1) {
      const beat = touchInput(session.id, { status: 'busy', path: [`${n}`] }, t0 + n);
      expect((await failureOf(changes.touch(beat, { signal }))).code).to.equal('SESSION_ENDED');
    }
    expect(await collections.sessions.findOne({ _id: session.id })).to.deep.equal(before);
  });

  it('nothing is written to an ended session by who takes its version for that of a live one', async () => {
    const { id } = present(await other.openSession(openInput()));
    await other.closeSession({ sessionId: id, reason: 'logout', now: t0 });
    const ended = present(await table.load(id, { signal }));
    const live: StoredSession = { ...ended, session: { ...ended.session, active: true } };
    const gone = { busyUntil: 0, availableUntil: 0, goneAfter: 0 };
    expect(await table.move(live, { session: live.session, stretches: [] }, gone)).to.equal(
      undefined,
    );
    expect(await table.change(live, live.session)).to.equal(undefined);
    expect(await table.end(live, closeSession(live.session, 'admin', t0 + 1))).to.equal(undefined);
    expect(await table.load(id, { signal })).to.deep.equal(ended);
  });

  it('refuses an id that is taken, also with a request id, and changes nothing', async () => {
    const taken = present(await other.openSession(openInput({ id: 'taken' })));
    for (const rest of [{}, { request }, { limit: { ...limit, max: 9 } }]) {
      const input = openInput({ id: 'taken', userId: 'bob' }, rest);
      expect((await failureOf(opening.open(input, { signal }))).code).to.equal('INTERNAL');
    }
    expect(await other.getSession('taken', t0)).to.deep.equal(taken);
    expect(await ids()).to.deep.equal(['taken']);
  });
});
