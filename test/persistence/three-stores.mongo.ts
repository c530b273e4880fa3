import { expect } from 'chai';
import fc from 'fast-check';
import { MongoClient } from 'mongodb';
import type { SessionPersistence } from '../../src/logic/session-persistence.js';
import { MemorySessionPersistence } from '../../src/persistence/memory/memory-session-persistence.js';
import { type MongoDatabase, useMongoDatabases } from '../support/mongo-database.js';
import { t0 } from '../support/sessions.js';
import { createPicker, outcomeOf, readAll } from './model/answers.js';
import { type Operation, operations } from './model/operations.js';
import { openMongodbStore } from './mongodb/mongodb-store.js';
import { createFileStores } from './sqlite/file-store.js';

/** Issue 5: a thousand in CI; fewer where somebody waits for the tests. */
const runs = Number(process.env['MODEL_RUNS'] ?? (process.env['REQUIRE_ALL'] ? 1_000 : 100));
/** So many at a time, each with stores of its own: most of the time is waiting. */
const lanes = 4;

/** What counts or removes written ends only: a store may have written some when it read them. */
const asksForEnds = /sweep|prune/;

describe('Memory, file and MongoDB', () => {
  const databases = useMongoDatabases();

  it(`answer the same to the same ${runs} random sequences of up to 40 calls`, async function () {
    this.timeout(runs * 500);
    const tried = Array.from({ length: lanes }, async (_, lane) => {
      const mongodb = await openMongodb(databases.create());
      try {
        const property = fc.asyncProperty(operations, async (sequence) => {
          await mongodb.clear();
          await compareStores(mongodb.store, sequence.slice(0, 40));
        });
        const numRuns = Math.ceil(runs / lanes);
        await fc.assert(property, { numRuns, seed: 20_261_121 + lane });
      } finally {
        await mongodb.close();
      }
    });
    await Promise.all(tried);
  });
});

async function compareStores(
  mongodb: SessionPersistence,
  sequence: readonly Operation[],
): Promise<void> {
  const memory = new MemorySessionPersistence();
  await memory.open('test');
  const file = await createFileStores()();
  try {
    await compare([memory, file.store, mongodb], sequence);
  } finally {
    await memory.close('test');
    await file.close();
  }
}

/** The time never goes back here: an end that one store has written stays, whatever the clock says. */
async function compare(
  stores: readonly SessionPersistence[],
  sequence: readonly Operation[],
): Promise<void> {
  const ids: string[] = [];
  let now = t0;
  for (const operation of sequence) {
    now += Math.max(0, operation.step);
    const pick = createPicker(ids);
    const isOfEnds = asksForEnds.test(operation.toString());
    const answers = await Promise.all(
      stores.map(async (store) => {
        if (isOfEnds) await store.closeExpired(now, 1_000);
        return await outcomeOf(operation.run(store, now, pick));
      }),
    );
    expectSame(answers, operation.toString());
  }
  const all = stores.map(async (store) => {
    // The stretches of a session go to the ledger when its end is written.
    await store.closeExpired(now, 1_000);
    return await readAll(store, ids, now);
  });
  expectSame(await Promise.all(all), 'at the end');
}

function expectSame([memory, file, mongodb]: readonly unknown[], what: string): void {
  expect(file, `file, ${what}`).to.deep.equal(memory);
  expect(mongodb, `mongodb, ${what}`).to.deep.equal(memory);
}

async function openMongodb(database: MongoDatabase) {
  const store = await openMongodbStore(database.uri);
  const client = await MongoClient.connect(database.uri);
  return {
    store,
    /** Empties the collections, which cost more to make than to empty. */
    async clear() {
      // What runs beside requests is over after it.
      await store.prune({ now: 0, endedBefore: 0, stretchesBefore: 0, limit: 1 });
      const emptied = ['', '_stretches', '_requests', '_limits'].map((part) =>
        client.db().collection(`sessions${part}`).deleteMany({}),
      );
      await Promise.all(emptied);
    },
    async close() {
      await client.close();
      await store.close('test');
    },
  };
}
