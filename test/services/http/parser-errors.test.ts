import { expect } from 'chai';
import { sendResult } from '../../../src/services/http/http-answers.js';
import { type OpenEndpoint, openEndpoint } from './open-endpoint.js';
import { openSocket, parseAnswers, type RawAnswer, readToEnd, sendRaw } from './raw-http.js';

const host = 'Host: localhost\r\n';
const json = `${host}Content-Type: application/json\r\nConnection: close\r\n`;
const post = `POST /echo HTTP/1.1\r\n${json}`;

/** What must be refused before a handler runs: the bytes, the status and the code. */
const refused: Readonly<Record<string, readonly [bytes: string, status: number, code: string]>> = {
  'what is no HTTP': ['\x16\x03\x01\x02\x00\x01\r\n\r\n', 400, 'BAD_REQUEST'],
  'no version': ['GET /livez\r\n\r\n', 400, 'BAD_REQUEST'],
  'version 0.9': [`GET /livez HTTP/0.9\r\n${host}\r\n`, 400, 'BAD_REQUEST'],
  'version 2.0': [`GET /livez HTTP/2.0\r\n${host}\r\n`, 400, 'BAD_REQUEST'],
  'version 1.2': [`GET /livez HTTP/1.2\r\n${host}\r\n`, 400, 'BAD_REQUEST'],
  'the preface of HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'BAD_REQUEST'],
  'an unknown method': [`FROB /livez HTTP/1.1\r\n${host}\r\n`, 400, 'BAD_REQUEST'],
  'no Host header': ['GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'BAD_REQUEST'],
  'two Host headers': [close('GET', '/livez', host), 400, 'BAD_REQUEST'],
  'two Hosts of different names': [close('GET', '/livez', 'HOST: evil\r\n'), 400, 'BAD_REQUEST'],
  'two Hosts far from each other': [
    close('GET', '/livez', `${'A:b\r\n'.repeat(2_100)}${host}`),
    400,
    'BAD_REQUEST',
  ],
  'a target of another authority': [close('GET', 'http://evil/livez'), 400, 'BAD_REQUEST'],
  'a target of another port': [close('GET', 'http://localhost:1/livez'), 400, 'BAD_REQUEST'],
  'a target with a user': [close('GET', 'http://localhost@evil/livez'), 400, 'BAD_REQUEST'],
  'a target that is no path': [close('OPTIONS', '*'), 400, 'BAD_REQUEST'],
  'a request for a tunnel': [close('CONNECT', 'evil:443'), 400, 'BAD_REQUEST'],
  'an odd expectation': [close('GET', '/livez', 'Expect: 200-ok\r\n'), 400, 'BAD_REQUEST'],
  'a space before the colon': [close('GET', '/livez', 'A : b\r\n'), 400, 'BAD_REQUEST'],
  'a folded header': [close('GET', '/livez', 'A: b\r\n c: d\r\n'), 400, 'BAD_REQUEST'],
  'a line feed alone': [close('GET', '/livez', 'A: b\nC: d\r\n'), 400, 'BAD_REQUEST'],
  'a carriage return alone': [close('GET', '/livez', 'A: b\rC: d\r\n'), 400, 'BAD_REQUEST'],
  'NUL in a header': [close('GET', '/livez', 'A: b\0c\r\n'), 400, 'BAD_REQUEST'],
  'a space in the target': [close('GET', '/livez HTTP/1.1 x'), 400, 'BAD_REQUEST'],
  'two lengths': [`${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`, 400, 'BAD_REQUEST'],
  'a length that is a list': [`${post}Content-Length: 2, 2\r\n\r\n{}`, 400, 'BAD_REQUEST'],
  'a negative length': [`${post}Content-Length: -2\r\n\r\n{}`, 400, 'BAD_REQUEST'],
  'a length with a sign': [`${post}Content-Length: +2\r\n\r\n{}`, 400, 'BAD_REQUEST'],
  'a length beyond counting': [
    `${post}Content-Length: ${'9'.repeat(30)}\r\n\r\n{}`,
    400,
    'BAD_REQUEST',
  ],
  'a length and chunks': [
    `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    400,
    'BAD_REQUEST',
  ],
  'chunks and a length': [
    `${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    400,
    'BAD_REQUEST',
  ],
  'an unknown transfer coding': [
    `${post}Transfer-Encoding: xchunked\r\n\r\n{}`,
    400,
    'BAD_REQUEST',
  ],
  'a transfer coding of none': [`${post}Transfer-Encoding: identity\r\n\r\n{}`, 400, 'BAD_REQUEST'],
  'a compressed transfer coding': [
    `${post}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    400,
    'BAD_REQUEST',
  ],
  'chunked twice': [
    `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    400,
    'BAD_REQUEST',
  ],
  'a chunk that is longer than it says': [
    `${post}Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx\r\n0\r\n\r\n`,
    400,
    'BAD_REQUEST',
  ],
  'a chunk length that is none': [
    `${post}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n`,
    400,
    'BAD_REQUEST',
  ],
  'headers of more than 16 KiB': [
    `GET /livez HTTP/1.1\r\n${host}A: ${'a'.repeat(16_384)}\r\n\r\n`,
    431,
    'HEADERS_TOO_LARGE',
  ],
  'a target of more than 16 KiB': [
    `GET /${'a'.repeat(17_000)} HTTP/1.1\r\n${host}\r\n`,
    431,
    'HEADERS_TOO_LARGE',
  ],
  'many headers': [
    `GET /livez HTTP/1.1\r\n${'A:b\r\n'.repeat(9_000)}${host}\r\n`,
    431,
    'HEADERS_TOO_LARGE',
  ],
  'trailers of more than 16 KiB': [
    `${post}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nA: ${'a'.repeat(17_000)}\r\n\r\n`,
    431,
    'HEADERS_TOO_LARGE',
  ],
  'extensions of a chunk of more than 16 KiB': [
    `${post}Transfer-Encoding: chunked\r\n\r\n2;${'a'.repeat(17_000)}\r\n{}\r\n0\r\n\r\n`,
    413,
    'BODY_TOO_LARGE',
  ],
  'a length above the limit': [
    `${post}Content-Length: 300000\r\n\r\n"${'a'.repeat(299_998)}"`,
    413,
    'BODY_TOO_LARGE',
  ],
  'chunks above the limit': [
    `${post}Transfer-Encoding: chunked\r\n\r\n493e0\r\n"${'a'.repeat(299_998)}"\r\n0\r\n\r\n`,
    413,
    'BODY_TOO_LARGE',
  ],
  'a compressed body': [
    `${post}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}`,
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
};

describe('HttpEndpoint on the wire', () => {
  let opened: OpenEndpoint;
  let handled = 0;

  before(async () => {
    opened = await openEndpoint({
      settings: { 'options.headers_timeout': 150, 'options.request_timeout': 300 },
      routes: (endpoint) => {
        endpoint.registerRouteWithAuth('post', '/echo', null, 'public', (request, reply) => {
          handled += 1;
          sendResult(reply, request.body);
        });
        endpoint.registerRouteWithAuth('get', '/slow', null, 'public', async (_, reply) => {
          await new Promise((resolve) => setTimeout(resolve, 100));
          sendResult(reply, 'slow');
        });
      },
    });
  });

  after(async () => {
    await opened.endpoint.close('test');
  });

  async function answersOf(...chunks: readonly string[]): Promise<readonly RawAnswer[]> {
    return parseAnswers(await sendRaw(opened.port, ...chunks));
  }

  for (const [title, [bytes, status, code]] of Object.entries(refused)) {
    it(`refuses ${title} with ${status} ${code}, in JSON, before a handler runs`, async () => {
      handled = 0;
      const answers = await answersOf(bytes);
      expect(answers.map((answer) => answer.status)).to.deep.equal([status]);
      const [answer] = answers;
      expect(answer?.headers).to.include({
        'content-type': 'application/json; charset=utf-8',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      });
      const body = JSON.parse(answer?.body ?? '');
      expect(body).to.include({ code, status, name: 'SessionError', category: 'BadRequest' });
      expect(body.correlation_id).to.equal(answer?.headers['x-correlation-id']);
      expect(answer?.body).to.not.match(/node|HPE_|llhttp|FST_|\.js|\bat /i);
      expect(handled).to.equal(0);
    });
  }

  it('answers a target of its own authority', async () => {
    const [answer] = await answersOf(close('GET', 'http://LOCALHOST/livez'));
    expect(answer?.status).to.equal(200);
  });

  it('answers HTTP/1.0 with a Host, and ends the connection', async () => {
    const [answer] = await answersOf(`GET /livez HTTP/1.0\r\n${host}\r\n`);
    expect([answer?.status, answer?.headers['connection']]).to.deep.equal([200, 'close']);
  });

  it('ignores Upgrade: h2c and answers in HTTP/1.1', async () => {
    const upgrade = 'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    const bytes = `GET /livez HTTP/1.1\r\n${host}Connection: Upgrade, HTTP2-Settings, close\r\n${upgrade}\r\n`;
    const text = await sendRaw(opened.port, bytes);
    expect(text.split('\r\n')[0]).to.equal('HTTP/1.1 200 OK');
  });

  it('answers 100-continue and then the request', async () => {
    const text = await sendRaw(
      opened.port,
      `${post}Expect: 100-continue\r\nContent-Length: 7\r\n\r\n{"a":1}`,
    );
    expect(text).to.match(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  it('reads a body that comes in pieces, by length and in chunks', async () => {
    const byLength = await answersOf(`${post}Content-Length: 7\r\n\r\n{"`, 'a":', '1}');
    const inChunks = await answersOf(
      `${post}Transfer-Encoding: chunked\r\n\r\n`,
      '3\r\n{"a\r\n',
      '4\r\n":1}\r\n',
      '0\r\n\r\n',
    );
    for (const [answer] of [byLength, inChunks]) expect(answer?.body).to.equal('{"a":1}');
  });

  it('answers requests that come at once in their order', async () => {
    const one = `POST /echo HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 1\r\n\r\n1`;
    const answers = await answersOf(one + one.replace(/1$/, '2') + close('GET', '/livez'));
    expect(answers.map(({ body }) => body)).to.deep.equal(['1', '2', '{"status":"live"}']);
  });

  it('answers a request although what follows it cannot be read, and then ends', async () => {
    const answers = await answersOf(`GET /slow HTTP/1.1\r\n${host}\r\nrubbish\r\n\r\n`);
    expect(answers.map(({ status, body }) => [status, body])).to.deep.equal([[200, '"slow"']]);
  });

  it('answers 408 when the headers are not there in time', async () => {
    const [answer] = await answersOf(`GET /livez HTTP/1.1\r\n${host}A: `);
    expect(answer?.status).to.equal(408);
    expect(JSON.parse(answer?.body ?? '').code).to.equal('REQUEST_TIMEOUT');
  });

  it('answers 408 when the body is not there in time', async () => {
    const [answer] = await answersOf(`${post}Content-Length: 7\r\n\r\n{"a"`);
    expect([answer?.status, JSON.parse(answer?.body ?? '').code]).to.deep.equal([
      408,
      'REQUEST_TIMEOUT',
    ]);
  });

  it('keeps the correlation id of a request whose body is refused or does not come', async () => {
    const head = `${post}X-Correlation-Id: mine\r\n`;
    for (const rest of [
      'Content-Length: 7\r\n\r\n{"a"',
      'Transfer-Encoding: chunked\r\n\r\nzz\r\n',
    ]) {
      const [answer] = await answersOf(`${head}${rest}`);
      expect(answer?.headers['x-correlation-id']).to.equal('mine');
      expect(JSON.parse(answer?.body ?? '').correlation_id).to.equal('mine');
    }
  });

  it('refuses two Content-Type headers', async () => {
    const [answer] = await answersOf(
      `${post}Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}`,
    );
    expect([answer?.status, JSON.parse(answer?.body ?? '').code]).to.deep.equal([
      400,
      'BAD_REQUEST',
    ]);
  });

  it('ends a connection that says nothing', async () => {
    const [answer] = await answersOf();
    expect(answer?.status).to.equal(408);
  });

  it('goes on when callers leave in the middle of a body', async () => {
    const socket = await openSocket(opened.port);
    socket.write(`${post}Content-Length: 1000\r\n\r\n{"a"`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const closed = readToEnd(socket);
    socket.resetAndDestroy();
    await closed;
    const [answer] = await answersOf(close('GET', '/livez'));
    expect(answer?.status).to.equal(200);
    expect(opened.logger.lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  it('keeps the connection after a body that it refused', async () => {
    const large = `POST /echo HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 300000\r\n\r\n`;
    const answers = await answersOf(large, 'a'.repeat(300_000), close('GET', '/livez'));
    expect(answers.map(({ status }) => status)).to.deep.equal([413, 200]);
  });
});

function close(method: string, target: string, headers = ''): string {
  return `${method} ${target} HTTP/1.1\r\n${host}${headers}Connection: close\r\n\r\n`;
}
