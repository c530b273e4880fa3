import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import type { SessionFilter } from '../../../src/domain/filter.js';
import { type Collections, collectionsOf } from '../../../src/persistence/mongodb/collections.js';
import type { MongodbSessionPersistence } from '../../../src/persistence/mongodb/mongodb-session-persistence.js';
import { SessionLists } from '../../../src/persistence/mongodb/session-lists.js';
import { useMongoDatabases } from '../../support/mongo-database.js';
import { minute, openedSession, t0 } from '../../support/sessions.js';
import { openMongodbStore } from './mongodb-store.js';

const now = t0 + minute;
const signal = new AbortController().signal;
const filters: readonly SessionFilter[] = [{ active: false }, { closeReason: 'idle' }];

/** Lists of sessions that another process sweeps meanwhile. */
describe('SessionLists during a sweep', () => {
  const databases = useMongoDatabases();
  let store: MongodbSessionPersistence;
  let client: MongoClient;
  let collections: Collections;
  const ids: string[] = [];

  beforeEach(async () => {
    const { uri } = databases.create();
    store = await openMongodbStore(uri);
    client = await MongoClient.connect(uri);
    collections = collectionsOf(client.db(), 'sessions');
    ids.length = 0;
    for (let n = 0; n < 6; n += 1) {
      const { id } = await openedSession(store, { idleTimeoutMs: 1 }, t0 + n);
      ids.unshift(id);
    }
  });
  afterEach(async () => {
    await store.close('test');
    await client.close();
  });

  /** Lists before and after whose questions `limit` sessions are swept. */
  function sweptLists(limit: number): SessionLists {
    const find = (...parameters: Parameters<typeof collections.sessions.find>) => {
      const cursor = collections.sessions.find(...parameters);
      return {
        toArray: async () => {
          await store.closeExpired(now, limit);
          const rows = await cursor.toArray();
          await store.closeExpired(now, limit);
          return rows;
        },
      };
    };
    const sessions = new Proxy(collections.sessions, {
      get: (target, name) => (name === 'find' ? find : Reflect.get(target, name)),
    });
    return new SessionLists({ ...collections, sessions }, 2_000);
  }

  for (const filter of filters) {
    for (const limit of [1, 2, 6]) {
      it(`page() has each session once: ${JSON.stringify(filter)}, swept by ${limit}`, async () => {
        const page = await sweptLists(limit).page({ filter, now, take: 10 }, { signal });
        expect(page.sessions.map(({ id }) => id)).to.deep.equal(ids);
        expect(page.more).to.equal(false);
      });

      it(`page() passes over none: ${JSON.stringify(filter)}, swept by ${limit}`, async () => {
        const query = { filter, now, take: 2, skip: 2 };
        const page = await sweptLists(limit).page(query, { signal });
        expect(page.sessions.map(({ id }) => id)).to.deep.equal(ids.slice(2, 4));
        expect(page.more).to.equal(true);
      });
    }
  }

  it('count() is one question, and counts each session once while they are swept', async () => {
    let isOver = false;
    const counts = new Set<number>();
    const sweep = async () => {
      for (let more = true; more; ) ({ more } = await store.closeExpired(now, 1));
      isOver = true;
    };
    const count = async () => {
      while (!isOver) {
        for (const filter of filters) counts.add(await store.countSessions(filter, now));
      }
    };
    await Promise.all([sweep(), count()]);
    expect([...counts]).to.deep.equal([6]);
  });
});
