import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  createHttpTransport,
  createSessionsClient,
  type HttpTransportOptions,
  SessionError,
  type SessionsClient,
} from '../../src/index.js';
import { errorOf } from '../support/error-of.js';
import {
  answer,
  answerText,
  type Script,
  type ScriptedServer,
  startScriptedServer,
} from '../support/scripted-server.js';

/** Runs a test beside a server that answers by scripts; nothing is repeated. */
async function withServer(
  scripts: readonly Script[],
  test: (client: SessionsClient, server: ScriptedServer) => Promise<void>,
  options: Partial<HttpTransportOptions> = {},
): Promise<void> {
  const server = await startScriptedServer(...scripts);
  const { url = '', ...rest } = options;
  const base = `${server.url}${String(url)}`;
  const transport = createHttpTransport({ url: base, retry: { limit: 0 }, ...rest });
  try {
    await test(createSessionsClient(transport), server);
  } finally {
    await transport.close();
    await server.close();
  }
}

const count = answer(200, { count: 1 });

describe('createHttpTransport()', () => {
  for (const { route, seen, url } of [
    { url: '', seen: '/v1/sessions/count_sessions' },
    { url: '/', seen: '/v1/sessions/count_sessions' },
    { url: '/gate/way/', seen: '/gate/way/v1/sessions/count_sessions' },
    { url: '', route: '/sessions/', seen: '/sessions/count_sessions' },
    { url: '/gate', route: '', seen: '/gate/count_sessions' },
  ]) {
    it(`posts to ${seen} for the path "${url}" and the route ${route ?? 'of default'}`, async () => {
      const test = async (client: SessionsClient, { requests }: ScriptedServer) => {
        await client.countSessions({});
        expect(requests.map((request) => request.url)).to.deep.equal([seen]);
      };
      await withServer([count], test, { url, ...(route === undefined ? {} : { route }) });
    });
  }

  for (const url of [
    'no url',
    'ftp://127.0.0.1/',
    'http://ann:secret@127.0.0.1/',
    'http://127.0.0.1/?key=secret',
    'http://127.0.0.1/#here',
  ]) {
    it(`refuses the address ${url} without repeating it`, () => {
      expect(() => createHttpTransport({ url }))
        .to.throw(SessionError, /^url: [^/]*$/)
        .with.property('code', 'INVALID_CONFIG');
    });
  }

  it('sends JSON, the correlation id and the trace of the call', async () => {
    await withServer([count], async (client, { requests }) => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const params = { filter: { user_id: 'Zoë' } };
      await client.countSessions(params, { correlationId: 'my-id', traceparent });
      const [request] = requests;
      expect(request?.body).to.deep.equal(params);
      expect(request?.headers).to.include({
        'content-type': 'application/json',
        'x-correlation-id': 'my-id',
        traceparent,
      });
    });
  });

  it('leaves out a trace that could not stand in a header', async () => {
    await withServer([count], async (client, { requests }) => {
      await client.countSessions({}, { traceparent: 'line\nbreak' });
      expect(requests[0]?.headers).not.to.have.property('traceparent');
    });
  });

  it('uses its connections again, whatever the answers', async () => {
    const page = answerText(404, '<html>');
    const four = [count, answer(409, { code: 'ANY' }), page, answerText(204, '')];
    const rounds = 10;
    const scripts = Array.from({ length: rounds }, () => four).flat();
    await withServer(scripts, async (client, server) => {
      for (let round = 0; round < rounds; round += 1) {
        await client.countSessions({});
        await errorOf(client.countSessions({}));
        await errorOf(client.countSessions({}));
        await client.getSessionById({ session_id: 'a' });
      }
      expect(server.requests.length).to.equal(4 * rounds);
      // The platform opens a second one when the first has not quite ended its answer.
      expect(server.connections).to.be.within(1, 2);
    });
  });

  it('shows an API key or a bearer token, also one that a function makes each time', async () => {
    let made = 0;
    const bearer = async () => {
      made += 1;
      return `token-${made}`;
    };
    const shown = async (options: Partial<HttpTransportOptions>) => {
      const seen: unknown[] = [];
      const test = async (client: SessionsClient, { requests }: ScriptedServer) => {
        await client.countSessions({});
        await client.countSessions({});
        seen.push(...requests.map(({ headers }) => headers.authorization ?? headers['x-api-key']));
      };
      await withServer([count], test, options);
      return seen;
    };
    expect(await shown({ apiKey: 'key' })).to.deep.equal(['key', 'key']);
    expect(await shown({ bearer: 'token' })).to.deep.equal(['Bearer token', 'Bearer token']);
    expect(await shown({ bearer })).to.deep.equal(['Bearer token-1', 'Bearer token-2']);
  });

  it('refuses two credentials, and one that no header can hold', () => {
    const url = 'http://127.0.0.1';
    for (const options of [{ apiKey: 'a', bearer: 'b' }, { apiKey: '' }, { bearer: 'a\nb' }]) {
      expect(() => createHttpTransport({ url, ...options }))
        .to.throw(SessionError)
        .with.property('code', 'INVALID_CONFIG');
    }
  });

  it('sends nothing when a credential cannot be had', async () => {
    const cause = new Error('no token');
    const failing = async (): Promise<string> => await Promise.reject(cause);
    const absent = (() => undefined) as unknown as () => string;
    for (const bearer of [failing, () => 'a\nb', absent]) {
      const test = async (client: SessionsClient, { requests }: ScriptedServer) => {
        const error = await errorOf(client.countSessions({}));
        expect([error.code, error.status, requests.length]).to.deep.equal(['UNAUTHORIZED', 0, 0]);
        expect(error.cause).to.equal(bearer === failing ? cause : undefined);
      };
      await withServer([count], test, { bearer });
    }
  });

  it('does not follow a redirect', async () => {
    await withServer([count], async (_client, target) => {
      const script: Script = (response) => {
        response.writeHead(307, { location: `${target.url}/v1/sessions/count_sessions` }).end();
      };
      const test = async (client: SessionsClient) => {
        const { code, status } = await errorOf(client.countSessions({}));
        expect({ code, status }).to.deep.equal({ code: 'INVALID_ANSWER', status: 307 });
        expect(target.requests).to.deep.equal([]);
      };
      await withServer([script], test, { apiKey: 'secret' });
    });
  });

  it('an error has all that the service says, of a code that is unknown too', async () => {
    const body = {
      code: 'NEWER_THAN_THIS',
      status: 418,
      category: 'Conflict',
      message: 'Not yet.',
      correlation_id: 'theirs',
      details: { a: [1] },
    };
    await withServer([answer(418, body, { 'x-correlation-id': 'theirs' })], async (client) => {
      const { category, code, correlationId, details, message, status } = await errorOf(
        client.countSessions({}),
      );
      expect({
        category,
        code,
        correlation_id: correlationId,
        details,
        message,
        status,
      }).to.deep.equal(body);
    });
  });

  it('an error without more than a code has what the code means', async () => {
    await withServer([answer(409, { code: 'SESSION_ENDED' })], async (client) => {
      const { category, code, details, message, status } = await errorOf(client.countSessions({}));
      expect({ category, code, details, message, status }).to.deep.equal({
        category: 'Conflict',
        code: 'SESSION_ENDED',
        details: undefined,
        message: 'The session has ended.',
        status: 409,
      });
    });
  });

  const wrong: readonly (readonly [string, Script, string, string | undefined])[] = [
    ['a page', answerText(200, '<html>'), 'INVALID_ANSWER', 'it is no JSON'],
    ['nothing', answerText(200, ''), 'INVALID_ANSWER', 'it is empty'],
    [
      'no UTF-8',
      answerText(200, Buffer.from([0x22, 0xff, 0x22])),
      'INVALID_ANSWER',
      'it is no UTF-8',
    ],
    [
      'cut off UTF-8',
      answerText(200, Buffer.from([0x22, 0xc3])),
      'INVALID_ANSWER',
      'it is no UTF-8',
    ],
    ['too much', answer(200, 'x'.repeat(2_000)), 'INVALID_ANSWER', 'it is too large'],
    ['a 204 where an answer must be', answerText(204, ''), 'INVALID_ANSWER', 'it is empty'],
    ['another success', answer(202, {}), 'INVALID_ANSWER', 'its status is not of a command'],
    ['a page of a 404', answerText(404, '<html>'), 'INVALID_ANSWER', 'it is no JSON'],
    ['an error without a code', answer(400, { code: 7 }), 'INVALID_ANSWER', 'it has no code'],
    ['an error that is a list', answer(400, [1]), 'INVALID_ANSWER', 'it has no code'],
    ['a 401 of a gateway', answerText(401, '<html>'), 'UNAUTHORIZED', undefined],
    ['a 403 of a gateway', answerText(403, '<html>'), 'FORBIDDEN', undefined],
    ['a 413 of a gateway', answerText(413, '<html>'), 'BODY_TOO_LARGE', undefined],
    ['a 504 of a gateway', answerText(504, '<html>'), 'UNREACHABLE', undefined],
  ];
  for (const [name, script, code, reason] of wrong) {
    it(`says ${code} when the answer is ${name}`, async () => {
      const test = async (client: SessionsClient) => {
        const error = await errorOf(client.countSessions({}));
        expect([error.code, error.details?.['reason']]).to.deep.equal([code, reason]);
      };
      await withServer([script], test, { maxAnswerBytes: 1_000 });
    });
  }

  it('says UNREACHABLE when nobody listens', async () => {
    const { close, url } = await startScriptedServer(count);
    await close();
    const client = createSessionsClient(createHttpTransport({ url, retry: { limit: 0 } }));
    const { cause, code, status } = await errorOf(client.countSessions({}));
    expect([code, status, cause instanceof Error]).to.deep.equal(['UNREACHABLE', 0, true]);
  });

  it('reads answers of many parts', async () => {
    const text = JSON.stringify({ count: 1, text: 'ë😀'.repeat(10) });
    const script: Script = async (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      for (const byte of Buffer.from(text)) {
        await new Promise((resolve) => response.write(Buffer.from([byte]), resolve));
      }
      response.end();
    };
    await withServer([script], async (client) => {
      expect(await client.countSessions({})).to.deep.equal(JSON.parse(text));
    });
  });

  it('an option that is undefined has its default', async () => {
    const options = { route: undefined, timeoutMs: undefined, apiKey: undefined, fetch: undefined };
    const test = async (client: SessionsClient, { requests }: ScriptedServer) => {
      await client.countSessions({});
      expect(requests.map(({ url }) => url)).to.deep.equal(['/v1/sessions/count_sessions']);
    };
    await withServer([count], test, { ...options, retry: { limit: undefined } });
  });

  it('sends by the fetch that it is given', async () => {
    const sent: unknown[] = [];
    const own: typeof fetch = async (input, init) => {
      sent.push(input, init?.redirect, init?.keepalive);
      return new Response('{"count":3}');
    };
    const client = createSessionsClient(createHttpTransport({ url: 'http://a.test', fetch: own }));
    expect(await client.countSessions({}, { keepalive: true })).to.deep.equal({ count: 3 });
    expect(sent).to.deep.equal(['http://a.test/v1/sessions/count_sessions', 'manual', true]);
  });

  it('keeps no process alive after its last call', async () => {
    await withServer([count], async (_client, { url }) => {
      const entry = new URL('../../src/index.js', import.meta.url).href;
      const script = `
        const { createHttpTransport, createSessionsClient } = await import(${JSON.stringify(entry)});
        const transport = createHttpTransport({ url: '${url}', timeoutMs: 3_600_000 });
        console.log(await createSessionsClient(transport).countSessions({}));
      `;
      const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 15_000 });
      expect(stdout).to.equal('{ count: 1 }\n');
    });
  });
});
