import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { useMongoDatabases } from '../support/mongo-database.js';
import { callCommand, expectCommand } from '../support/rpc.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { Replicas } from './replicas.js';
import { SessionLives } from './session-lives.js';

/** Issue 5: 20,000 in CI; fewer where somebody waits for the tests. */
const sessions = Number(
  process.env['REPLICA_SESSIONS'] ?? (process.env['REQUIRE_ALL'] ? 20_000 : 2_000),
);
const clients = 64;
/** How often each replica is killed. */
const killsOfEach = 3;

/** Of the sweep, at short intervals: the lease, and the pause between two looks at it. */
const leaseMs = 5_000;
const lookMs = 1_700;

describe('replicas on one database', () => {
  const databases = useMongoDatabases();
  let folder: TemporaryFolder;
  let replicas: Replicas;

  before(async () => {
    folder = await createTemporaryFolder();
  });
  after(async () => await folder.remove());
  afterEach(async () => await replicas.stop());

  async function start(count: number, controller: Readonly<Record<string, unknown>> = {}) {
    const { uri } = databases.create();
    replicas = await Replicas.start({ folder, uri, count, controller });
    return uri;
  }

  for (const count of [2, 4]) {
    it(`${count} replicas lose no acknowledged write of ${sessions / 2} sessions, killed one after the other`, async function () {
      this.timeout(600_000);
      await start(count);
      const lives = new SessionLives(() => replicas.anyUrl);
      let isOver = false;
      const living = lives.live(sessions / 2, clients).finally(() => {
        isOver = true;
      });
      const killing = async () => {
        for (let kill = 0; !isOver && kill < killsOfEach * count; kill += 1) {
          await Promise.race([sleep(300 + Math.random() * 1_500), living]);
          if (!isOver) await replicas.replace(kill % count);
        }
      };
      await killing().catch((caught: unknown) => {
        lives.stop();
        throw caught;
      });
      await living;
      expect(lives.count).to.equal(sessions / 2);
      expect(lives.repeated).to.be.greaterThan(0);
      expect(await lives.differences(clients)).to.deep.equal([]);
      const { count: kept } = await expectCommand<{ count: number }>(
        replicas.anyUrl,
        'count_sessions',
      );
      expect(kept, 'an open that was repeated made one session').to.equal(sessions / 2);
    });
  }

  it('a limit holds over all replicas, whichever policy', async function () {
    this.timeout(120_000);
    for (const limitPolicy of ['reject', 'end_oldest']) {
      await start(4, { max_sessions_per_user: 3, limit_policy: limitPolicy });
      const opens = Array.from({ length: 10 }, (_, user) =>
        Array.from({ length: 12 }, async (_, index) => {
          const params = { user_id: `user-${user}`, request_id: `open-${index}` };
          return await openStubbornly(replicas, params);
        }),
      ).flat();
      const statuses = new Set(await Promise.all(opens));
      expect([...statuses].toSorted()).to.deep.equal(limitPolicy === 'reject' ? [200, 409] : [200]);
      for (let user = 0; user < 10; user += 1) {
        const filter = { user_id: `user-${user}`, active: true };
        const body = await expectCommand(replicas.anyUrl, 'count_sessions', { filter });
        expect(body, limitPolicy).to.deep.equal({ count: 3 });
      }
      await replicas.stop();
    }
  });

  it('one replica sweeps at a time, each session once; when it is killed another takes over', async function () {
    this.timeout(120_000);
    const uri = await start(3, { cleanup_interval: 500, idle_timeout: 2_000 });
    const client = await MongoClient.connect(uri);
    const owner = async () => (await leaseIn(client))?.owner;
    const seen = new Set<string>();

    await openMany(replicas, 200);
    const opened = await versions(client, { active: true });
    await untilAllEnded(client, 200, async () => void seen.add(String(await owner())));
    expect([...seen], 'one at a time').to.have.lengthOf(1);
    const swept = await versions(client, { active: false });
    // Each write of a session counts its version up by one.
    const writes = [...opened].map(([id, version]) => Number(swept.get(id)) - version);
    expect(writes.length, 'sessions seen before their end').to.be.greaterThan(100);
    expect(new Set(writes), 'writes of the sweep for each session').to.deep.equal(new Set([1]));

    const before = await owner();
    const replacedAfterMs = await replaceLeader(replicas, client);
    expect(replacedAfterMs, 'until another took over').to.be.lessThan(leaseMs + 2 * lookMs + 500);
    expect(await owner(), 'another took over').to.not.equal(before);
    await openMany(replicas, 20);
    const total = await client.db().collection('sessions').countDocuments({});
    await untilAllEnded(client, total, async () => undefined);
    const ended = await client.db().collection('sessions').find({}).toArray();
    expect(ended.every(({ close_reason: reason }) => reason === 'idle')).to.equal(true);
    await replicas.stop();
    expect(await owner(), 'given up at the end').to.equal(undefined);
    await client.close();
  });
});

interface Lease {
  readonly _id: string;
  readonly owner?: string;
  readonly turn: number;
}

async function leaseIn(client: MongoClient): Promise<Lease | null> {
  return await client.db().collection<Lease>('sessions_meta').findOne({ _id: 'sweep' });
}

/** Kills one replica after the other until it was the leader; answers how long there was none. */
async function replaceLeader(replicas: Replicas, client: MongoClient): Promise<number> {
  for (let index = 0; ; index += 1) {
    const kill = performance.now();
    await replicas.replace(index);
    const left = await leaseIn(client);
    while (performance.now() - kill < leaseMs + 3 * lookMs) {
      await sleep(20);
      const lease = await leaseIn(client);
      if (lease?.owner !== left?.owner) return performance.now() - kill;
      // It lives.
      if (lease?.turn !== left?.turn) break;
    }
  }
}

/** The versions of the records that fit a filter, by their ids. */
async function versions(
  client: MongoClient,
  filter: { readonly active: boolean },
): Promise<ReadonlyMap<unknown, number>> {
  const records = await client.db().collection('sessions').find(filter).toArray();
  return new Map(records.map(({ _id, v }) => [_id, Number(v)]));
}

async function openMany(replicas: Replicas, count: number): Promise<void> {
  const round = Math.random();
  const opens = Array.from({ length: count }, (_, index) =>
    openStubbornly(replicas, { user_id: `user-${index}`, request_id: `open-${round}` }),
  );
  expect(new Set(await Promise.all(opens))).to.deep.equal(new Set([200]));
}

/** Opens as a caller does whom a 503 tells to come back, and answers the status. */
async function openStubbornly(replicas: Replicas, params: object): Promise<number> {
  for (;;) {
    const { status } = await callCommand(replicas.anyUrl, 'open_session', params);
    if (status !== 503) return status;
    await sleep(100);
  }
}

/** Looks at the records themselves: a caller sees an end before it is written. */
async function untilAllEnded(
  client: MongoClient,
  count: number,
  look: () => Promise<void>,
): Promise<void> {
  const records = client.db().collection('sessions');
  while ((await records.countDocuments({ active: false })) < count) {
    await look();
    await sleep(20);
  }
}
