import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { ConfigParams } from 'pip-services3-commons-nodex';
import type { NewSession } from '../../src/domain/open.js';
import { SqliteSessionPersistence } from '../../src/persistence/sqlite/sqlite-session-persistence.js';
import { sampleSession, userCount } from '../sample-sessions.js';

/**
 * Fills a database through the store itself, as if opened evenly over the last hour.
 * Usage: fill-file.ts DATABASE SIZE IDS; writes the ids, one a line.
 */
const [path = '', count = '', idsPath = ''] = process.argv.slice(2);
const size = Number(count);
const hourMs = 3_600_000;
/** Opens of one transaction. */
const batchSize = 5_000;

const store = new SqliteSessionPersistence();
store.configure(ConfigParams.fromTuples('path', path));
await store.open('benchmark');
const first = Date.now() - hourMs;
const ids: string[] = [];
while (ids.length < size) await fillBatch();
await store.close('benchmark');
writeFileSync(idsPath, `${ids.join('\n')}\n`);

async function fillBatch(): Promise<void> {
  const start = ids.length;
  const numbers = Array.from(
    { length: Math.min(batchSize, size - start) },
    (_, index) => start + index,
  );
  const opened = numbers.map((number) => {
    const session = newSession(number);
    ids.push(session.id);
    const now = first + Math.floor((number * hourMs) / size);
    return store.openSession({ session, now });
  });
  await Promise.all(opened);
}

function newSession(number: number): NewSession {
  const sample = sampleSession(number % userCount(size), number);
  return {
    id: randomBytes(32).toString('base64url'),
    userId: sample.user_id,
    userName: sample.user_name,
    address: sample.address,
    client: sample.client,
    kind: 'rpc',
    idleTimeoutMs: 24 * hourMs,
    user: JSON.stringify(sample.user),
    data: JSON.stringify(sample.data),
  };
}
