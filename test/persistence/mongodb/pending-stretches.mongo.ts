import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { type Collections, collectionsOf } from '../../../src/persistence/mongodb/collections.js';
import type { MongodbSessionPersistence } from '../../../src/persistence/mongodb/mongodb-session-persistence.js';
import { FaultProxy } from '../../faults/mongodb/fault-proxy.js';
import { failureOf } from '../../support/failure.js';
import { useOwnMongoServer } from '../../support/mongo-database.js';
import { openedSession, second, t0, touchInput } from '../../support/sessions.js';
import { openMongodbStore } from './mongodb-store.js';

const nothing = { endedBefore: 0, stretchesBefore: 0, now: t0, limit: 100 };

/** The primary has done it, and no majority is known to have it. */
const concernFailed = { code: 64, codeName: 'WriteConcernFailed', errmsg: 'no majority' };
const duplicate = { index: 0, code: 11_000, errmsg: 'E11000 duplicate key' };

describe('the copy of stretches to the ledger', () => {
  const server = useOwnMongoServer();
  let proxy: FaultProxy;
  let store: MongodbSessionPersistence;
  let client: MongoClient;
  let collections: Collections;

  beforeEach(async () => {
    proxy = await FaultProxy.start(server().port);
    store = await openMongodbStore(proxy.uri('pending'));
    client = await MongoClient.connect(`${server().uri}/pending`);
    collections = collectionsOf(client.db(), 'sessions');
  });
  afterEach(async () => {
    await store.close('test');
    await client.close();
    await proxy.refuse();
  });

  const answers = {
    'was written by the primary alone': { ok: 1, n: 1, writeConcernError: concernFailed },
    'was there, by the primary alone': {
      ok: 1,
      n: 0,
      writeErrors: [duplicate],
      writeConcernError: concernFailed,
    },
  };
  for (const [name, document] of Object.entries(answers)) {
    it(`is done again when a stretch ${name}`, async () => {
      proxy.inject(({ name: command, document: { insert } }) =>
        command === 'insert' && insert === 'sessions_stretches'
          ? { kind: 'reply', document }
          : undefined,
      );
      const { id } = await openedSession(store);
      for (const [n, path] of ['a', 'b'].entries()) {
        await store.touchSession(touchInput(id, { path: [path] }, t0 + n * second));
      }
      expect((await failureOf(store.prune(nothing))).code).to.equal('STORE_UNAVAILABLE');
      expect((await collections.sessions.findOne({ _id: id }))?.pending?.length).to.equal(1);
      proxy.inject();
      expect(await store.prune(nothing)).to.deep.equal({ count: 1, more: false });
      expect((await store.getStretches(id)).map(({ path }) => path)).to.deep.equal([['a']]);
      expect(await collections.stretches.countDocuments({ session_id: id })).to.equal(1);
      await store.deleteSession(id, t0);
    });
  }
});
