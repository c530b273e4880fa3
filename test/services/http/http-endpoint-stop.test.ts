import { expect } from 'chai';
import { sendResult } from '../../../src/services/http/http-answers.js';
import { type OpenEndpoint, openEndpoint } from './open-endpoint.js';
import { openSocket, parseAnswers, readToEnd, readUntil } from './raw-http.js';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** Holds requests to `/hold` until it is told to let them go. */
class Gate {
  readonly #waiting: (() => void)[] = [];
  #arrived: (() => void) | undefined;

  async hold(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#arrived?.();
    });
  }

  /** Resolves when a request is held. */
  async arrival(): Promise<void> {
    if (this.#waiting.length > 0) return;
    await new Promise<void>((resolve) => {
      this.#arrived = resolve;
    });
  }

  release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

describe('HttpEndpoint when it stops', () => {
  const gate = new Gate();
  const opened: OpenEndpoint[] = [];

  async function open(settings: Record<string, unknown> = {}): Promise<OpenEndpoint> {
    const own = await openEndpoint({
      settings,
      routes: (endpoint) =>
        endpoint.registerRouteWithAuth('get', '/hold', null, 'public', async (_, reply) => {
          await gate.hold();
          sendResult(reply, 'held');
        }),
    });
    opened.push(own);
    return own;
  }

  afterEach(async () => {
    gate.release();
    for (const { endpoint } of opened.splice(0)) await endpoint.close('test');
  });

  it('beginDrain() makes it not ready, and ends connections with their next answer', async () => {
    const { endpoint, port } = await open();
    const socket = await openSocket(port);
    socket.write(get('/livez'));
    await readUntil(socket, /live/);
    endpoint.beginDrain();
    const received = readToEnd(socket);
    socket.write(get('/readyz'));
    const [answer] = parseAnswers(await received);
    expect(answer?.status).to.equal(503);
    expect(answer?.headers).to.include({ connection: 'close', 'retry-after': '1' });
    expect(JSON.parse(answer?.body ?? '').message).to.equal('The service is starting or stopping.');
  });

  it('beginDrain() leaves requests served', async () => {
    const { endpoint } = await open();
    endpoint.beginDrain();
    const answer = await endpoint.inject({ url: '/livez' });
    expect([answer.statusCode, answer.headers['connection']]).to.deep.equal([200, 'close']);
  });

  it('close() waits for what runs, and answers it', async () => {
    const { endpoint, port } = await open();
    const socket = await openSocket(port);
    const received = readToEnd(socket);
    socket.write(get('/hold'));
    await gate.arrival();
    const closing = endpoint.close('test');
    setTimeout(() => gate.release(), 50);
    await closing;
    const [answer, ...others] = parseAnswers(await received);
    expect([answer?.body, answer?.headers['connection']]).to.deep.equal(['"held"', 'close']);
    expect(others).to.deep.equal([]);
    expect(endpoint.isOpen()).to.equal(false);
    expect(endpoint.uri).to.equal('');
  });

  it('close() answers a request that had begun to come', async () => {
    const { endpoint, port } = await open();
    const socket = await openSocket(port);
    const received = readToEnd(socket);
    socket.write('GET /livez HTTP/1.1\r\nHost: ');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closing = endpoint.close('test');
    setTimeout(() => socket.write('localhost\r\n\r\n'), 50);
    await closing;
    const [answer] = parseAnswers(await received);
    expect([answer?.status, answer?.headers['connection']]).to.deep.equal([200, 'close']);
  });

  it('close() ends connections on which nothing runs', async () => {
    const { endpoint, port } = await open();
    const socket = await openSocket(port);
    socket.write(get('/livez'));
    await readUntil(socket, /live/);
    const received = readToEnd(socket);
    await endpoint.close('test');
    expect(await received).to.equal('');
  });

  it('close() cuts off what does not finish in time', async () => {
    const { endpoint, port } = await open({ 'options.close_timeout': 30 });
    const socket = await openSocket(port);
    const received = readToEnd(socket);
    socket.write(get('/hold'));
    await gate.arrival();
    await endpoint.close('test');
    expect(await received).to.equal('');
  });

  it('close() called again ends it at once, also in the drain delay', async () => {
    const delays = { 'options.drain_delay': 60_000, 'options.close_timeout': 60_000 };
    const { endpoint, port } = await open(delays);
    const socket = await openSocket(port);
    const received = readToEnd(socket);
    socket.write(get('/hold'));
    await gate.arrival();
    const first = endpoint.close('test');
    const second = endpoint.close('test');
    await Promise.all([first, second]);
    await endpoint.close('test');
    expect(await received).to.equal('');
  });

  it('close() goes on serving new connections for the drain delay', async () => {
    const { endpoint, port } = await open({ 'options.drain_delay': 60_000 });
    const socket = await openSocket(port);
    socket.write(get('/livez'));
    await readUntil(socket, /live/);
    const closing = endpoint.close('test');
    const other = await openSocket(port);
    const received = readToEnd(other);
    other.write(get('/livez'));
    const [answer] = parseAnswers(await received);
    expect([answer?.status, answer?.headers['connection']]).to.deep.equal([200, 'close']);
    await Promise.all([endpoint.close('test'), closing]);
  });

  it('close() does not wait for the drain delay when nobody ever connected', async () => {
    const { endpoint } = await open({ 'options.drain_delay': 60_000 });
    await endpoint.close('test');
    expect(endpoint.isOpen()).to.equal(false);
  });

  it('close() before open() and after close() does nothing; open() makes it ready again', async () => {
    const { endpoint } = await open();
    await endpoint.close('test');
    await endpoint.close('test');
    await endpoint.open('test');
    const answer = await endpoint.inject({ url: '/readyz' });
    expect([answer.statusCode, answer.headers['connection']]).to.deep.equal([200, 'keep-alive']);
  });

  it('fails no request of clients that leave when they are told to', async () => {
    const { endpoint, port } = await open({ 'options.drain_delay': 400 });
    const outcomes = { answered: 0, failed: 0 };
    const clients = Array.from({ length: 16 }, async () => {
      await runClient(port, outcomes);
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    await Promise.all([endpoint.close('test'), ...clients]);
    expect(outcomes.failed).to.equal(0);
    expect(outcomes.answered).to.be.greaterThan(100);
  });
});

/**
 * Sends one request after the other, on a new connection whenever one ended, and now and then asks
 * whether the service is ready; stops when it is not, as who balances load does.
 */
async function runClient(
  port: number,
  outcomes: { answered: number; failed: number },
): Promise<void> {
  for (let isReady = true; isReady; ) {
    const socket = await openSocket(port);
    try {
      for (let isOpen = true, count = 1; isOpen && isReady; count += 1) {
        const path = count % 5 === 0 ? '/readyz' : '/livez';
        socket.write(get(path));
        const text = await readUntil(socket, /\r\n\r\n\{.*\}$/s);
        outcomes.answered += 1;
        isOpen = !/connection: close/i.test(text);
        isReady = path === '/livez' || text.startsWith('HTTP/1.1 200');
        // A connection that ends after one answer still asks, once in five connections.
        if (!isOpen && path === '/livez') isReady = Math.random() > 0.2;
      }
    } catch {
      outcomes.failed += 1;
    } finally {
      socket.destroy();
    }
  }
}
