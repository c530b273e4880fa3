import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { commandNames, commandsV1 } from '../../../src/data/version1/commands.js';
import { useOwnMongoServer } from '../../support/mongo-database.js';
import { callCommand, type RpcAnswer } from '../../support/rpc.js';
import { projectFolder } from '../../support/service-process.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { FaultProxy } from './fault-proxy.js';
import { startMongoService } from './mongo-service.js';
import { type FaultRow, faultRows, type Outcome, requestTimeoutMs } from './outcomes.js';
import {
  type Records,
  type Scenario,
  type Subject,
  scenarios,
  sessionsOfUser,
} from './scenarios.js';
import type { WireCommand } from './wire-messages.js';

let users = 0;

const modes = ['on', 'off'] as const;

describe('every command under every fault of MongoDB', () => {
  const server = useOwnMongoServer();
  let folder: TemporaryFolder;

  it('docs/mongodb.md has the outcomes that are checked here, and no others', async () => {
    const text = await readFile(`${projectFolder}docs/mongodb.md`, 'utf8');
    const section = text.slice(text.indexOf('| one message'), text.indexOf('Where a command'));
    const rows = faultRows.map(({ name, reading, retrying, plain }) => {
      const cells = [reading, retrying, plain].map((outcomes) => outcomes.join(', '));
      return `| ${[name, ...cells].join(' | ')} |`;
    });
    expect(section.trim().split('\n').slice(2)).to.deep.equal(rows);
  });

  it('every command of the table is tried', () => {
    const tried = new Set(scenarios.map(({ command }) => command));
    expect([...tried].toSorted()).to.deep.equal(commandNames.toSorted());
  });

  const tries = { on: new Map<Scenario, Promise<void>>(), off: new Map<Scenario, Promise<void>>() };
  const lanes: Promise<void>[] = [];

  before(async () => {
    folder = await createTemporaryFolder();
    for (const mode of modes) {
      const rest = scenarios.values();
      const begin = (scenario: Scenario, lane: Lane) => {
        const tried = tryAll(scenario, lane);
        tries[mode].set(scenario, tried);
        return tried;
      };
      for (let index = 0; index < laneCount; index += 1) {
        lanes.push(runLane({ folder, port: server().port, mode, index }, rest, begin));
      }
    }
  });
  after(async function () {
    this.timeout(180_000);
    await Promise.all(lanes);
    await folder.remove();
  });

  for (const mode of modes) {
    describe(`retryable writes ${mode}`, () => {
      for (const scenario of scenarios) {
        it(`${scenario.name}: each fault at each message has a documented outcome`, async function () {
          this.timeout(180_000);
          while (!tries[mode].has(scenario)) await Promise.race([sleep(50), failing(lanes)]);
          await tries[mode].get(scenario);
        });
      }
    });
  }
});

/** Rejects when a lane does. */
async function failing(lanes: readonly Promise<void>[]): Promise<void> {
  await Promise.all(lanes);
}

/** Nearly all of the time is waiting: so many services do it at once. */
const laneCount = 4;

/** A service with a proxy of its own. */
interface Lane {
  readonly url: string;
  readonly proxy: FaultProxy;
  readonly records: Records;
  readonly retryWrites: boolean;
}

interface LaneOptions {
  readonly folder: TemporaryFolder;
  readonly port: number;
  readonly mode: (typeof modes)[number];
  readonly index: number;
}

/** Takes scenarios until there are no more; a failure is that of its test. */
async function runLane(
  { folder, port, mode, index }: LaneOptions,
  rest: Iterator<Scenario> & Iterable<Scenario>,
  begin: (scenario: Scenario, lane: Lane) => Promise<void>,
): Promise<void> {
  const retryWrites = mode === 'on';
  const database = `faults_${mode}_${index}`;
  const proxy = await FaultProxy.start(port);
  const service = await startMongoService(folder, {
    uri: proxy.uri(database),
    store: { request_timeout: requestTimeoutMs, retry_writes: retryWrites },
    controller: {
      max_sessions_per_user: sessionsOfUser,
      limit_kinds: 'web',
      limit_policy: 'end_oldest',
    },
  });
  const client = await MongoClient.connect(`mongodb://127.0.0.1:${port}`);
  const records: Records = client.db(database).collection('sessions');
  await firstSweep(proxy);
  for (const scenario of rest) {
    await Promise.allSettled([begin(scenario, { url: service.url, proxy, records, retryWrites })]);
  }
  await service.stop();
  await client.close();
  await proxy.refuse();
}

async function tryAll(scenario: Scenario, lane: Lane): Promise<void> {
  const messages = await countMessages(scenario, lane);
  for (const row of faultRows) {
    for (let place = 0; place < messages; place += 1) {
      const trial = { scenario, row, place };
      const label = `${row.name}, at message ${place + 1} of ${messages}`;
      const outcome = await outcomeOf(trial, lane).catch((cause: unknown) => {
        throw new Error(label, { cause });
      });
      expect(allowed(trial, lane.retryWrites), label).to.include(outcome);
    }
  }
}

/** Where a later message fails, an earlier one may have done it. */
function allowed({ row, scenario, place }: Trial, retryWrites: boolean): readonly Outcome[] {
  const { command } = scenario;
  if (commandsV1[command].role === 'read') return row.reading;
  const outcomes = retryWrites ? row.retrying : row.plain;
  const isLater = place > 0 || command === 'touch_session';
  return isLater && outcomes.includes('not done') ? [...outcomes, 'perhaps done'] : outcomes;
}

/** What the service asks on its own account, again and again. */
function isOfLease({ name, document }: WireCommand): boolean {
  return document[name] === 'sessions_meta';
}

/** What else it asks at the start is over. */
async function firstSweep(proxy: FaultProxy): Promise<void> {
  while (!proxy.commands.some(({ document }) => document['update'] === 'sessions_meta')) {
    await sleep(20);
  }
  await sleep(300);
}

/** How many messages a command makes when nothing fails; the first ones of a process are more. */
async function countMessages(scenario: Scenario, lane: Lane): Promise<number> {
  const { url, proxy } = lane;
  let count = 0;
  for (let round = 0; round < 2; round += 1) {
    const subject = await prepare(scenario, lane);
    const from = proxy.commands.length;
    await callCommand(url, scenario.command, subject.params);
    count = proxy.commands.slice(from).filter((command) => !isOfLease(command)).length;
    expect(await subject.observe(), 'without a fault').to.deep.equal(subject.done);
  }
  expect(count).to.be.greaterThan(0);
  return count;
}

async function prepare(scenario: Scenario, { url, records }: Lane): Promise<Subject> {
  users += 1;
  const subject = await scenario.prepare(url, `user-${users}`, records);
  // So that what moves a time can be seen.
  await sleep(2);
  return subject;
}

interface Trial {
  readonly scenario: Scenario;
  readonly row: FaultRow;
  readonly place: number;
}

/** Lets a fault meet one message of a command, and looks what has become of it. */
async function outcomeOf(trial: Trial, lane: Lane): Promise<Outcome> {
  const { scenario, row, place } = trial;
  const { url, proxy } = lane;
  const subject = await prepare(scenario, lane);
  let seen = 0;
  proxy.inject((command) => {
    if (isOfLease(command)) return undefined;
    seen += 1;
    return seen === place + 1 ? row.fault : undefined;
  });
  const answer = await callCommand(url, scenario.command, subject.params);
  proxy.inject();
  // What is on its way in spite of an answer arrives.
  if (row.fault.kind === 'slow') await sleep(row.fault.delayMs - requestTimeoutMs / 4);
  const state = await subject.observe();
  const isDone = same(state, subject.done);
  if (answer.status < 300) {
    expect(state, 'answered, so it is done once').to.deep.equal(subject.done);
    return 'done';
  }
  expectUnavailable(answer);
  const isBefore = same(state, subject.before);
  expect(isDone || isBefore || subject.isPart?.(state), `state ${JSON.stringify(state)}`).to.equal(
    true,
  );
  await expectRepeatable(trial, subject, url);
  return isBefore ? 'not done' : 'perhaps done';
}

/** Whoever repeats the call gets it done, once, or hears that it is. */
async function expectRepeatable({ scenario }: Trial, subject: Subject, url: string): Promise<void> {
  let again = await callCommand(url, scenario.command, subject.params);
  // A change of the same session that is still on its way goes first.
  for (const deadline = Date.now() + 5_000; again.status === 503 && Date.now() < deadline; ) {
    await sleep(50);
    again = await callCommand(url, scenario.command, subject.params);
  }
  expect([200, 204, 409], `repeated: ${JSON.stringify(again.body)}`).to.include(again.status);
  expect(await subject.observe(), 'repeated, so it is done once').to.deep.equal(subject.done);
}

function expectUnavailable({ status, headers, body }: RpcAnswer): void {
  expect({ status, code: (body as { code: string }).code }).to.deep.equal({
    status: 503,
    code: 'STORE_UNAVAILABLE',
  });
  expect(headers.get('retry-after')).to.equal('1');
  expect(JSON.stringify(body)).to.not.match(/mongo|primary|conflict|127\.0\.0\.1/i);
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
