import { sampleSession } from '../sample-sessions.js';
import type { CheckedClient, Json } from './checked-client.js';

/** A session that the service must still know after a restart, and what it must answer. */
export interface KeptSession {
  readonly id: string;
  readonly fields: Json;
}

/** Which life is lived: nobody else has this user. */
export interface LifeOptions {
  readonly client: CheckedClient;
  /** Number of the user. */
  readonly user: number;
  /** Number of the life of this user. */
  readonly life: number;
}

/** Every so many lives, the session stays: open, then closed. */
const keptEvery = 5;

/**
 * One session from its opening to its end, each answer checked. Answers what must be there after a
 * restart; `undefined` when nothing must.
 */
export async function liveOneLife(options: LifeOptions): Promise<KeptSession | undefined> {
  const { client, life } = options;
  const id = await openTwice(options);
  const data = await change(client, id);
  await beat(client, id);
  await find(options, id);
  await refuseBad(client, id);
  if (life % keptEvery === 0) return { id, fields: { active: true, data, revision: 3 } };
  await end(client, id);
  if (life % keptEvery === 1) {
    return { id, fields: { active: false, data: undefined, close_reason: 'logout' } };
  }
  await client.call('delete_session_by_id', { session_id: id }, { fields: { id } });
  await client.call('get_session_by_id', { session_id: id }, { status: 204 });
  return undefined;
}

/** Opens a session and, as a client does that lost the answer, asks once more. */
async function openTwice({ client, user, life }: LifeOptions): Promise<string> {
  const session = sampleSession(user, life);
  const params = { ...session, device_id: `device-${life}`, request_id: `open-${life}` };
  const fields = { user_id: session.user_id, data: session.data, active: true, revision: 0 };
  const { id } = await client.call('open_session', params, { fields });
  await client.call('open_session', params, { fields: { ...fields, id } });
  return String(id);
}

/** Changes what it holds in each way, and reads it; answers what it holds then. */
async function change(client: CheckedClient, id: string): Promise<Json> {
  const stored = { step: 1, text: 'grüße 🙂 "quoted"', nested: { ['a.b']: [1, null, true] } };
  const data = { ...stored, step: 2 };
  const user = { id: 'changed', roles: [] };
  await client.call(
    'store_session_data',
    { session_id: id, data: stored, revision: 0 },
    { fields: { data: stored, revision: 1 } },
  );
  await client.call(
    'patch_session_data',
    { session_id: id, patch: { step: 2 }, revision: 1 },
    { fields: { data, revision: 2 } },
  );
  await client.call(
    'patch_session_data',
    { session_id: id, patch: {}, revision: 0 },
    { status: 409, fields: { code: 'REVISION_CONFLICT' } },
  );
  await client.call('update_session_user', { session_id: id, user }, { fields: { revision: 3 } });
  await client.call('get_session_by_id', { session_id: id }, { fields: { id, data, user } });
  return data;
}

async function beat(client: CheckedClient, id: string): Promise<void> {
  for (const seq of [1, 2, 3]) {
    const params = { session_id: id, context_id: 'tab', epoch: 1, seq, status: 'busy' };
    const fields = { active: true, duplicate: false, epoch: 1, seq, status: 'busy' };
    await client.call('touch_session', params, { fields });
  }
  const late = { session_id: id, context_id: 'tab', epoch: 1, seq: 2, status: 'away' };
  await client.call('touch_session', late, { fields: { duplicate: true, epoch: 1, seq: 3 } });
}

/** Finds it in the lists of its user and device. */
async function find({ client, user, life }: LifeOptions, id: string): Promise<void> {
  const { user_id } = sampleSession(user, life);
  const filter = { user_id, device_id: `device-${life}`, active: true };
  const page = await client.call('get_sessions', { filter: { user_id }, paging: { take: 1 } });
  const [newest] = Array.isArray(page['data']) ? (page['data'] as readonly Json[]) : [];
  if (newest?.['id'] !== id || newest['data'] !== undefined) {
    client.fail(`get_sessions of ${user_id}: the newest is ${JSON.stringify(newest)}, not ${id}`);
  }
  await client.call('count_sessions', { filter }, { fields: { count: 1 } });
}

async function refuseBad(client: CheckedClient, id: string): Promise<void> {
  await client.send('open_session', '{"user_id":', {
    status: 400,
    fields: { code: 'INVALID_JSON' },
  });
  await client.call(
    'touch_session',
    { session_id: id, epoch: 'x' },
    { status: 400, fields: { code: 'INVALID_DATA' } },
  );
  await client.call('get_session_by_id', { session_id: `${id}x` }, { status: 204 });
}

async function end(client: CheckedClient, id: string): Promise<void> {
  const ended = { id, active: false, close_reason: 'logout', data: undefined, user: undefined };
  const refused = { status: 409, fields: { code: 'SESSION_ENDED' } };
  await client.call('close_session', { session_id: id }, { fields: ended });
  await client.call('close_session', { session_id: id }, { fields: ended });
  await client.call('touch_session', { session_id: id }, refused);
  await client.call('store_session_data', { session_id: id, data: 1 }, refused);
  await client.call('get_session_by_id', { session_id: id }, { fields: ended });
}
