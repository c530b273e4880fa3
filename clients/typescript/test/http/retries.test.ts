import { getEventListeners, once } from 'node:events';
import { expect } from 'chai';
import type { HttpTransportOptions, SessionError, SessionsClient } from '../../src/index.js';
import { createHttpTransport, createSessionsClient } from '../../src/index.js';
import { errorOf } from '../support/error-of.js';
import {
  answer,
  hangUp,
  keepSilent,
  refusal,
  type Script,
  type ScriptedServer,
  startScriptedServer,
} from '../support/scripted-server.js';

const quick = { delayMs: 1, maxDelayMs: 2 };
const count = answer(200, { count: 1 });
const overloaded = refusal(503, 'OVERLOADED');

/** Runs a test beside a server that answers by scripts. */
async function withServer(
  scripts: readonly Script[],
  test: (client: SessionsClient, server: ScriptedServer) => Promise<void>,
  options: Partial<HttpTransportOptions> = {},
): Promise<void> {
  const server = await startScriptedServer(...scripts);
  const transport = createHttpTransport({ url: server.url, retry: quick, ...options });
  try {
    await test(createSessionsClient(transport), server);
  } finally {
    await transport.close();
    await server.close();
  }
}

describe('the repetition of calls over HTTP', () => {
  const passing = [
    ['no answer', hangUp],
    ['a 503', overloaded],
    ['a 429', refusal(429, 'RATE_LIMITED')],
    ['a 502 of a gateway', (response) => response.writeHead(502).end('<html>')],
    [
      'an answer that breaks off',
      (response, socket) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"count"', () => socket.destroy());
      },
    ],
  ] as const satisfies readonly (readonly [string, Script])[];
  for (const [name, script] of passing) {
    it(`a call that changes nothing is repeated after ${name}, with one correlation id`, async () => {
      await withServer([script, script, count], async (client, { requests }) => {
        expect(await client.countSessions({})).to.deep.equal({ count: 1 });
        const ids = requests.map(({ headers }) => headers['x-correlation-id']);
        expect([ids.length, new Set(ids).size]).to.deep.equal([3, 1]);
      });
    });
  }

  for (const [status, code] of [
    [400, 'INVALID_DATA'],
    [401, 'UNAUTHORIZED'],
    [404, 'NO_ROUTE'],
    [409, 'SESSION_ENDED'],
    [500, 'INTERNAL'],
    [507, 'STORAGE_FULL'],
  ] as const) {
    it(`nothing is repeated after ${status} ${code}`, async () => {
      await withServer([refusal(status, code), count], async (client, { requests }) => {
        const error = await errorOf(client.countSessions({}));
        expect([error.code, error.status, requests.length]).to.deep.equal([code, status, 1]);
      });
    });
  }

  it('openSession() is repeated with one request_id, which is made where there is none', async () => {
    const session = { id: 'a' };
    await withServer([hangUp, answer(200, session)], async (client, { requests }) => {
      expect(await client.openSession({ user_id: 'ann' })).to.deep.equal(session);
      const [first, second] = requests.map(({ body }) => body as { request_id: string });
      expect(first).to.deep.equal({ user_id: 'ann', request_id: second?.request_id });
      expect(first?.request_id).to.match(/^[0-9a-f]{32}$/);
    });
  });

  it('openSession() keeps the request_id of the caller', async () => {
    await withServer([answer(200, {})], async (client, { requests }) => {
      await client.openSession({ user_id: 'ann', request_id: 'mine' });
      expect(requests[0]?.body).to.deep.equal({ user_id: 'ann', request_id: 'mine' });
    });
  });

  it('openSession() sends no request_id where nothing is repeated', async () => {
    const retry = { limit: 0 };
    const test = async (client: SessionsClient, { requests }: ScriptedServer) => {
      await client.openSession({ user_id: 'ann' });
      expect(requests[0]?.body).to.deep.equal({ user_id: 'ann' });
    };
    await withServer([answer(200, {})], test, { retry });
  });

  it('touchSession() is repeated with a seq, not without one', async () => {
    await withServer([hangUp, answer(200, {})], async (client, { requests }) => {
      await client.touchSession({ session_id: 'a', seq: 0 });
      expect(requests.length).to.equal(2);
    });
    await withServer([hangUp, answer(200, {})], async (client, { requests }) => {
      const { code } = await errorOf(client.touchSession({ session_id: 'a' }));
      expect([code, requests.length]).to.deep.equal(['UNREACHABLE', 1]);
    });
  });

  it('what changes each time, and what outlives its page, is not repeated', async () => {
    await withServer([overloaded], async (client, { requests }) => {
      const codes = [
        await errorOf(client.storeSessionData({ session_id: 'a', data: 1 })),
        await errorOf(client.patchSessionData({ session_id: 'a', patch: 1 })),
        await errorOf(client.deleteSessionById({ session_id: 'a' })),
        await errorOf(client.touchSession({ session_id: 'a', seq: 1 }, { keepalive: true })),
      ].map(({ code }) => code);
      expect(codes).to.deep.equal(codes.map(() => 'OVERLOADED'));
      expect(requests.length).to.equal(4);
    });
  });

  it('a call is repeated as often as its limit says', async () => {
    const retry = { ...quick, limit: 2 };
    const test = async (client: SessionsClient, { requests }: ScriptedServer) => {
      const { code } = await errorOf(client.countSessions({}));
      expect([code, requests.length]).to.deep.equal(['OVERLOADED', 3]);
    };
    await withServer([overloaded], test, { retry });
  });

  it('a service that fails all the time is asked 10 more times, then a tenth more', async () => {
    await withServer([overloaded], async (client, { requests }) => {
      const calls = 200;
      for (let n = 0; n < calls; n += 1) await errorOf(client.countSessions({}));
      // Each call adds a tenth, to ten at most; sums of tenths may lack the last bit.
      expect(requests.length - calls).to.be.within(10 + calls / 10 - 3, 10 + calls / 10);
    });
  });

  it('a pause of Retry-After that is longer than the call may last ends it at once', async () => {
    const slow = refusal(503, 'OVERLOADED', { 'retry-after': '3600' });
    await withServer([slow, count], async (client, { requests }) => {
      const { code } = await errorOf(client.countSessions({}));
      expect([code, requests.length]).to.deep.equal(['OVERLOADED', 1]);
    });
    const dated = refusal(503, 'OVERLOADED', { 'retry-after': 'Fri, 01 Jan 2100 00:00:00 GMT' });
    await withServer([dated, count], async (client, { requests }) => {
      const { code } = await errorOf(client.countSessions({}));
      expect([code, requests.length]).to.deep.equal(['OVERLOADED', 1]);
    });
  });

  it('a Retry-After that is short, past or nonsense is followed or passed over', async () => {
    const scripts = ['0', 'Thu, 01 Jan 1970 00:00:00 GMT', 'soon'].map((header) =>
      refusal(503, 'OVERLOADED', { 'retry-after': header }),
    );
    await withServer([...scripts, count], async (client) => {
      expect(await client.countSessions({})).to.deep.equal({ count: 1 });
    });
  });

  it('the pause before each repetition is a random part of a doubling one', async () => {
    const pauses: number[] = [];
    const retry = { delayMs: 2, maxDelayMs: 6, limit: 3 };
    const random = () => {
      pauses.push(pauses.length);
      return 0.5;
    };
    const test = async (client: SessionsClient) => {
      await client.countSessions({});
      expect(pauses).to.deep.equal([0, 1, 2]);
    };
    await withServer([overloaded, overloaded, overloaded, count], test, { retry, random });
  });

  it('the random pause comes after Retry-After: who were refused together come back apart', async () => {
    const hourMs = 3_600_000;
    const slow = refusal(503, 'OVERLOADED', { 'retry-after': '3600' });
    const codeAfter = async (timeoutMs: number): Promise<string> => {
      const abort = new AbortController();
      const codes: string[] = [];
      const random = () => {
        setImmediate(() => abort.abort());
        return 0.5;
      };
      const test = async (client: SessionsClient) => {
        const { signal } = abort;
        codes.push((await errorOf(client.countSessions({}, { signal, timeoutMs }))).code);
      };
      await withServer([slow], test, { retry: { delayMs: hourMs, maxDelayMs: hourMs }, random });
      return codes.join();
    };
    // An hour and a half: no use to wait when the call ends before, else it waits until the abort.
    expect(await codeAfter(hourMs * 1.4)).to.equal('OVERLOADED');
    expect(await codeAfter(hourMs * 1.6)).to.equal('ABORTED');
  });

  it('a call ends at its deadline while it waits for a silent service', async () => {
    await withServer([keepSilent], async (client, { requests }) => {
      const error = await errorOf(client.countSessions({}, { timeoutMs: 50 }));
      expect([error.code, error.status, requests.length]).to.deep.equal(['TIMED_OUT', 0, 1]);
    });
  });

  it('a call that ends at its deadline says how it failed before', async () => {
    await withServer([overloaded, keepSilent], async (client) => {
      const { cause, code } = await errorOf(client.countSessions({}, { timeoutMs: 300 }));
      expect([code, (cause as SessionError).code]).to.deep.equal(['TIMED_OUT', 'OVERLOADED']);
    });
  });

  it('an aborted call hangs up', async () => {
    const abort = new AbortController();
    let hungUp: Promise<unknown> = Promise.reject(new Error('Nothing was sent.'));
    hungUp.catch(() => undefined);
    const script: Script = (response) => {
      hungUp = once(response, 'close');
      abort.abort();
    };
    await withServer([script], async (client) => {
      const { code } = await errorOf(client.countSessions({}, { signal: abort.signal }));
      expect(code).to.equal('ABORTED');
      await hungUp;
    });
  });

  it('a call leaves nothing behind at the signal of its caller', async () => {
    const { signal } = new AbortController();
    await withServer([hangUp, count], async (client) => {
      await client.countSessions({}, { signal });
      expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
    });
  });

  it('a call can be aborted between two repetitions', async () => {
    const abort = new AbortController();
    const hour = { delayMs: 3_600_000, maxDelayMs: 3_600_000 };
    const random = () => {
      setImmediate(() => abort.abort());
      return 1;
    };
    const test = async (client: SessionsClient, { requests }: ScriptedServer) => {
      const options = { signal: abort.signal, timeoutMs: Number.POSITIVE_INFINITY };
      const { code } = await errorOf(client.countSessions({}, options));
      expect([code, requests.length]).to.deep.equal(['ABORTED', 1]);
    };
    await withServer([overloaded], test, { retry: hour, random });
  });
});
