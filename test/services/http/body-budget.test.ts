import { expect } from 'chai';
import { sendResult } from '../../../src/services/http/http-answers.js';
import { type OpenEndpoint, openEndpoint } from './open-endpoint.js';
import { openSocket, parseAnswers, readToEnd, readUntil, sendRaw } from './raw-http.js';

const host = 'Host: localhost\r\nContent-Type: application/json\r\n';
const head = `POST /echo HTTP/1.1\r\n${host}`;
const limit = 600_000;
const body = JSON.stringify('x'.repeat(limit - 2));

describe('BodyBudget', () => {
  let opened: OpenEndpoint;

  beforeEach(async () => {
    opened = await openEndpoint({
      settings: { 'options.request_max_size': limit, 'options.max_body_memory': 1_048_576 },
      routes: (endpoint) =>
        endpoint.registerRouteWithAuth('post', '/echo', null, 'public', (request, reply) => {
          sendResult(reply, String(request.body).length);
        }),
    });
  });

  afterEach(async () => {
    await opened.endpoint.close('test');
  });

  async function statusOf(headers: string, content: string): Promise<number | undefined> {
    const text = await sendRaw(opened.port, `${head}Connection: close\r\n${headers}\r\n`, content);
    return parseAnswers(text)[0]?.status;
  }

  /** Starts a body that does not come to its end. */
  async function startBody() {
    const socket = await openSocket(opened.port);
    socket.write(`${head}Expect: 100-continue\r\nContent-Length: ${limit}\r\n\r\n`);
    await readUntil(socket, /100 Continue/);
    return socket;
  }

  it('refuses a large body while others take the room, takes small ones, and frees it', async () => {
    const length = `Content-Length: ${limit}\r\n`;
    const chunks = 'Transfer-Encoding: chunked\r\n';
    const socket = await startBody();
    const small = await statusOf('Content-Length: 2\r\n', '{}');
    const large = await statusOf(length, body);
    const chunked = await statusOf(chunks, '2\r\n{}\r\n0\r\n\r\n');
    const received = readToEnd(socket);
    socket.end(body);
    const first = parseAnswers(await received)[0]?.status;
    const after = await statusOf(length, body);
    expect({ small, large, chunked, first, after }).to.deep.equal({
      small: 200,
      large: 503,
      chunked: 503,
      first: 200,
      after: 200,
    });
  });

  it('frees the room of callers who left', async () => {
    const socket = await startBody();
    const closed = readToEnd(socket);
    socket.resetAndDestroy();
    await closed;
    let status: number | undefined;
    while (status !== 200) status = await statusOf(`Content-Length: ${limit}\r\n`, body);
    expect(status).to.equal(200);
  });
});
