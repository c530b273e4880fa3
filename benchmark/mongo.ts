import { join } from 'node:path';
import { startMongoServer } from '../test/support/mongo-server.js';
import { startServer } from './child-server.js';
import type { Failure, System, Workspace } from './contender.js';
import { fillOverHttp } from './fill.js';
import { createJsonClient } from './http-client.js';
import { compile, ourCommand } from './ours.js';
import { installPeer, peerCommand } from './peer.js';

/** Name of this service on MongoDB, in the tables. */
export const oursMongo = 'ours on mongodb';
/** Name of the peer on MongoDB, in the tables. */
export const peerMongo = '1.1.1 on mongodb';

/**
 * The server is one process of Java: at 20,000 sessions the first page of all took longer than the
 * 2.2 s of a request.
 */
const maxSize = 1_000;

/** What takes part, and what cannot. */
interface MongoSystems {
  readonly systems: readonly System[];
  readonly failures: readonly Failure[];
}

/**
 * This service and `service-sessions-node` 1.1.1, both on the same mongo-java-server. Without Java
 * or Maven neither takes part, and the results say so by name.
 */
export async function mongoSystems(workspace: Workspace): Promise<MongoSystems> {
  let uri: string;
  try {
    ({ uri } = await startMongoServer());
  } catch (caught) {
    const reason = `no MongoDB server (needs Java 17 and Maven): ${firstLine(caught)}`;
    process.stderr.write(`not measured: ${oursMongo}, ${peerMongo}: ${reason}\n`);
    return {
      systems: [],
      failures: [oursMongo, peerMongo].map((system) => ({ system, command: 'start', reason })),
    };
  }
  await compile(workspace);
  const nextUri = databases(uri);
  const peer = { folder: await installPeer(workspace), workspace, config: publishedConfig };
  const ours: System = {
    name: oursMongo,
    keeps: true,
    beats: true,
    maxSize,
    async start(size) {
      const server = await startServer(ourCommand(workspace, environment(nextUri())));
      return { server, ids: await fillOverHttp(server.port, size) };
    },
  };
  const theirs: System = {
    name: peerMongo,
    keeps: true,
    beats: false,
    maxSize,
    async start(size) {
      const server = await startServer(peerCommand(peerMongo, peer, environment(nextUri())));
      return { server, ids: await fillOverHttp(server.port, size) };
    },
  };
  const failures = await findFailures(theirs);
  const failing = failures.map(({ command }) => command);
  const canStart = !(failing.includes('start') || failing.includes('open_session'));
  return { systems: canStart ? [ours, { ...theirs, failing }] : [ours], failures };
}

const publishedConfig = join('node_modules', 'service-sessions-node', 'config', 'config.yml');

function databases(uri: string): () => string {
  let made = 0;
  return () => {
    made += 1;
    return `${uri}/bench_${made}`;
  };
}

function environment(uri: string): Readonly<Record<string, string>> {
  return { MONGO_ENABLED: 'true', MONGO_SERVICE_URI: uri };
}

/** Does every command of the peer once, and answers those that do not do what they say. */
async function findFailures(system: System): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  const note = (command: string, reason: string) =>
    failures.push({ system: system.name, command, reason });
  const started = await system.start(0).catch((caught: unknown) => {
    note('start', firstLine(caught));
  });
  if (started === undefined) return failures;
  const client = createJsonClient(started.server.port, 1);
  let id = '';
  const ask = async (command: string, body: object, isRight: (answer: Answer) => boolean) => {
    const { status, text } = await client.post(command, JSON.stringify(body));
    const answer = parse(text);
    if (status >= 300) note(command, `${status} ${text.slice(0, 200)}`);
    else if (!isRight(answer))
      note(command, `${status}, but ${text.slice(0, 200) || 'no content'}`);
    return answer;
  };
  try {
    const opened = await ask('open_session', { user_id: 'u', data: { a: 1 } }, hasId);
    id = String(opened['id']);
    const session = { session_id: id };
    await ask('get_session_by_id', session, hasId);
    await ask('get_sessions', { filter: { user_id: 'u' }, paging: { take: 10 } }, hasRow);
    const active = { filter: { active: true }, paging: { take: 10, total: true } };
    await ask('get_sessions', active, (page) => hasRow(page) && page['total'] === 1);
    const since = { filter: { from_time: new Date(0), to_time: new Date(2 ** 42) } };
    await ask('get_sessions', since, hasRow);
    await ask('update_session_user', { ...session, user: { b: 2 } }, hasId);
    await ask('store_session_data', { ...session, data: { a: 2 } }, hasId);
    await ask('get_session_by_id', session, ({ data }) => JSON.stringify(data) === '{"a":2}');
    await ask('close_session', session, ({ active }) => active === false);
    await ask('get_session_by_id', session, ({ active }) => active === false);
    await ask('delete_session_by_id', session, hasId);
    await ask('get_sessions', { filter: { user_id: 'u' } }, ({ data }) => isEmpty(data));
  } finally {
    client.close();
    await started.server.stop();
  }
  return failures;
}

type Answer = Readonly<Record<string, unknown>>;

function parse(text: string): Answer {
  try {
    return (JSON.parse(text) as Answer | null) ?? {};
  } catch {
    return {};
  }
}

function hasId(answer: Answer): boolean {
  return typeof answer['id'] === 'string';
}

function hasRow({ data }: Answer): boolean {
  return Array.isArray(data) && data.length === 1;
}

function isEmpty(data: unknown): boolean {
  return Array.isArray(data) && data.length === 0;
}

function firstLine(caught: unknown): string {
  const text = caught instanceof Error ? caught.message : String(caught);
  return text.trim().split('\n').slice(0, 2).join(' ').slice(0, 300);
}
