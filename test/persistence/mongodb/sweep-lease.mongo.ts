import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { type Collections, collectionsOf } from '../../../src/persistence/mongodb/collections.js';
import type { MongodbSessionPersistence } from '../../../src/persistence/mongodb/mongodb-session-persistence.js';
import { isServed } from '../../../src/persistence/mongodb/sweep-lease.js';
import { useMongoDatabases } from '../../support/mongo-database.js';
import { minute, present } from '../../support/sessions.js';
import { makeDatabase, openMongodbStore } from './mongodb-store.js';

const leaseMs = 15_000;

/** A process with a monotonic clock of its own. */
interface Replica {
  readonly store: MongodbSessionPersistence;
  /** Lets `ms` pass. */
  pass(ms: number): void;
  /** `ms`: its lease, 15 s if not given. */
  lead(ms?: number): Promise<boolean>;
}

describe('the lease of the sweep', () => {
  const databases = useMongoDatabases();
  let uri: string;
  let client: MongoClient;
  let collections: Collections;
  let replicas: readonly Replica[] = [];

  /** `start`: where its clock stands; `stepMs`: how long each look at it takes. */
  async function open(start = 0, stepMs = 0): Promise<Replica> {
    let time = start;
    const monotonicNow = () => {
      time += stepMs;
      return time;
    };
    const store = await openMongodbStore(uri, {}, { monotonicNow });
    const replica = {
      store,
      pass: (ms: number) => {
        time += ms;
      },
      lead: async (ms = leaseMs) => await store.lead(ms),
    };
    replicas = [...replicas, replica];
    return replica;
  }

  beforeEach(async () => {
    ({ uri } = databases.create());
    await makeDatabase(uri);
    client = await MongoClient.connect(uri);
    collections = collectionsOf(client.db(), 'sessions');
    replicas = [];
  });
  afterEach(async () => {
    for (const { store } of replicas) await store.close('test');
    await client.close();
  });

  const leadAtOnce = async (asked: readonly Replica[]) =>
    await Promise.all(asked.map(async (replica) => await replica.lead()));

  /** One after the other. */
  async function leads(asked: readonly Replica[]): Promise<readonly boolean[]> {
    const answers: boolean[] = [];
    for (const replica of asked) answers.push(await replica.lead());
    return answers;
  }

  it('one of three has it, for as long as it renews it', async () => {
    const three = [await open(), await open(), await open()];
    const first = await leadAtOnce(three);
    expect(first.filter(Boolean).length).to.equal(1);
    for (let step = 0; step < 10; step += 1) {
      for (const replica of three) replica.pass(leaseMs / 3);
      expect(await leadAtOnce(three)).to.deep.equal(first);
    }
  });

  it('another takes it when it saw nobody renew it for all of it, and no sooner', async () => {
    const [leader, one, two] = [await open(), await open(), await open()];
    expect(await leads([leader, one, two])).to.deep.equal([true, false, false]);
    // The leader is gone: it asks no more. The second one has not looked for long.
    one.pass(leaseMs - 1);
    expect(await leads([one, two])).to.deep.equal([false, false]);
    one.pass(1);
    expect(await leads([one, two])).to.deep.equal([true, false]);
    two.pass(leaseMs);
    expect(await leads([one, two, leader])).to.deep.equal([true, false, false]);
  });

  it('a look that comes late takes nothing that was renewed since the last one', async () => {
    const [leader, other] = [await open(), await open()];
    expect(await leads([leader, other])).to.deep.equal([true, false]);
    await leader.lead();
    other.pass(10 * leaseMs);
    expect(await leads([other])).to.deep.equal([false]);
    expect(await leads([leader])).to.deep.equal([true]);
  });

  it('of two who saw the same silence one takes it', async () => {
    const [leader, one, two] = [await open(), await open(), await open()];
    await leads([leader, one, two]);
    for (const replica of [one, two]) replica.pass(leaseMs);
    expect((await leadAtOnce([one, two])).filter(Boolean).length).to.equal(1);
  });

  for (const hour of [60 * minute, -60 * minute]) {
    it(`clocks that are ${hour} ms apart disturb nobody`, async () => {
      const [one, other] = [await open(hour), await open()];
      expect(await leads([one, other])).to.deep.equal([true, false]);
      other.pass(leaseMs / 2);
      expect(await leads([one, other])).to.deep.equal([true, false]);
      other.pass(leaseMs);
      expect(await leads([other, one])).to.deep.equal([true, false]);
      one.pass(leaseMs / 2);
      expect(await leads([other, one])).to.deep.equal([true, false]);
      one.pass(leaseMs);
      expect(await leads([one])).to.deep.equal([true]);
    });
  }

  it('who gets the answer after half of it does not count on it', async () => {
    const slow = await open(0, leaseMs);
    expect(await leads([slow, slow])).to.deep.equal([false, false]);
  });

  it('the leader goes on after a renewal whose answer was lost', async () => {
    const [leader, other] = [await open(), await open()];
    expect(await leads([leader, other])).to.deep.equal([true, false]);
    await collections.meta.updateOne({ _id: 'sweep' }, { $inc: { turn: 1 } });
    expect(await leads([leader, other])).to.deep.equal([true, false]);
  });

  for (const [own, others] of [
    [leaseMs, 5_000],
    [5_000, leaseMs],
  ] as const) {
    it(`one with a lease of ${others} ms waits for the longer one when the leader has ${own} ms`, async () => {
      const [leader, other] = [await open(), await open()];
      expect([await leader.lead(own), await other.lead(others)]).to.deep.equal([true, false]);
      // Renewed: as long as it was the first time.
      expect([await leader.lead(own), await other.lead(others)]).to.deep.equal([true, false]);
      other.pass(leaseMs - 1);
      expect(await other.lead(others)).to.equal(false);
      other.pass(1);
      expect([await other.lead(others), await leader.lead(own)]).to.deep.equal([true, false]);
      // Now it is that one's.
      leader.pass(leaseMs - 1);
      expect(await leader.lead(own)).to.equal(false);
      leader.pass(1);
      expect(await leader.lead(own)).to.equal(true);
    });
  }

  it('one that says no length is taken after the longest', async () => {
    const one = await open();
    await collections.meta.insertOne({ _id: 'sweep', owner: 'old', turn: 7 });
    expect(await one.lead(5_000)).to.equal(false);
    one.pass(leaseMs - 1);
    expect(await one.lead(5_000)).to.equal(false);
    one.pass(1);
    expect(await one.lead(5_000)).to.equal(true);
  });

  it('close() gives it up, and another takes it at once', async () => {
    const [leader, other] = [await open(), await open()];
    expect(await leads([leader, other])).to.deep.equal([true, false]);
    await leader.store.close('test');
    expect(await leads([other])).to.deep.equal([true]);
    await leader.store.close('test');
    expect(await leads([other])).to.deep.equal([true]);
  });

  it('close() of another leaves it to the leader', async () => {
    const [leader, other] = [await open(), await open()];
    expect(await leads([leader, other])).to.deep.equal([true, false]);
    const before = await collections.meta.findOne({ _id: 'sweep' });
    await other.store.close('test');
    expect(await collections.meta.findOne({ _id: 'sweep' })).to.deep.equal(before);
  });

  it('one of a version that counted no turns is taken when it stands still', async () => {
    const one = await open();
    await collections.meta.insertOne({ _id: 'sweep', owner: 'old' });
    expect(await leads([one])).to.deep.equal([false]);
    one.pass(leaseMs);
    expect(await leads([one])).to.deep.equal([true]);
  });

  describe('isServed()', () => {
    const quick = { watchMs: 300, pauseMs: 5 };

    it('is false where nobody ever was, and where the last one has closed', async () => {
      expect(await isServed(collections, quick)).to.equal(false);
      const leader = await open();
      await leader.lead();
      await leader.store.close('test');
      const before = performance.now();
      expect(await isServed(collections)).to.equal(false);
      expect(performance.now() - before).to.be.lessThan(1_000);
    });

    it('is true as soon as a leader renews its lease', async () => {
      const leader = await open();
      await leader.lead();
      const served = isServed(collections, { ...quick, watchMs: 10_000 });
      await sleep(50);
      await leader.lead();
      expect(await served).to.equal(true);
    });

    it('is false when the leader was killed, and true when another takes over', async () => {
      const [leader, other] = [await open(), await open()];
      expect(await leads([leader, other])).to.deep.equal([true, false]);
      expect(await isServed(collections, quick)).to.equal(false);
      const served = isServed(collections, { ...quick, watchMs: 10_000 });
      await sleep(50);
      other.pass(leaseMs);
      expect(await leads([other])).to.deep.equal([true]);
      expect(await served).to.equal(true);
    });

    it('is true when the last one has closed and another takes over within the time to watch', async () => {
      const [leader, other] = [await open(), await open()];
      expect(await leads([leader, other])).to.deep.equal([true, false]);
      await leader.store.close('test');
      const served = isServed(collections, { ...quick, freeMs: 10_000 });
      await sleep(50);
      expect(await leads([other])).to.deep.equal([true]);
      expect(await served).to.equal(true);
      expect(present(await collections.meta.findOne({ _id: 'sweep' })).turn).to.equal(2);
    });
  });
});
