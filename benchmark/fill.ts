import { createJsonClient } from './http-client.js';
import { sampleSession, userCount } from './sample-sessions.js';

const connections = 32;

/**
 * Opens `size` sessions over HTTP and answers their ids, in the order they were asked for.
 * @throws Error at the first answer that is no session.
 */
export async function fillOverHttp(
  port: number,
  size: number,
  onProgress: (done: number) => void = () => undefined,
): Promise<readonly string[]> {
  const client = createJsonClient(port, connections);
  const ids: string[] = new Array<string>(size).fill('');
  const users = userCount(size);
  let next = 0;
  const work = async () => {
    while (next < size) {
      const number = next++;
      const body = JSON.stringify(sampleSession(number % users, number));
      ids[number] = idOf(await client.post('open_session', body));
      if (number % 10_000 === 0) onProgress(number);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, work));
  } finally {
    client.close();
  }
  return ids;
}

/**
 * Reads every session once, so that what a server keeps in its caches is what it keeps when it has
 * served for a while. @throws Error at the first answer that is no session.
 */
export async function readOverHttp(port: number, ids: readonly string[]): Promise<void> {
  const client = createJsonClient(port, connections);
  const rest = ids.values();
  const work = async () => {
    for (const id of rest) {
      const body = JSON.stringify({ session_id: id });
      idOf(await client.post('get_session_by_id', body));
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, work));
  } finally {
    client.close();
  }
}

function idOf(answer: { readonly status: number; readonly text: string }): string {
  // Not by a pattern: a `user` may have an id too.
  const { id } = answer.status === 200 ? (JSON.parse(answer.text) as { id?: unknown }) : {};
  if (typeof id !== 'string') {
    throw new Error(`no session was answered but ${answer.status}: ${answer.text.slice(0, 300)}`);
  }
  return id;
}
