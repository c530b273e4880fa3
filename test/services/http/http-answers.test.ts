import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { writeText } from '../../../src/services/http/http-answers.js';

describe('writeText()', () => {
  let server: Server;
  let pieces: string[];
  let text: string;

  beforeEach(async () => {
    pieces = [];
    text = '{"a":1}';
    server = createServer((request, response) => {
      const { socket } = response;
      if (socket === null) throw new Error('The connection is gone');
      const write = socket.write.bind(socket) as (...args: readonly unknown[]) => boolean;
      socket.write = (...args: readonly unknown[]) => {
        pieces.push(String(args[0]));
        return write(...args);
      };
      request.resume().on('end', () => writeText(response, text, 'c-1'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const ask = async () => {
    const { port } = server.address() as AddressInfo;
    return await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
  };

  it('gives the socket one piece, with the head and all of the text', async () => {
    const answer = await ask();
    expect([answer.status, await answer.text()]).to.deep.equal([200, '{"a":1}']);
    expect(pieces.length).to.equal(1);
    expect(pieces[0]).to.match(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)+\r\n\{"a":1\}$/);
  });

  it('gives a reader that is late all of a text longer than any buffer, and the next one', async () => {
    text = `"${'é0123456789'.repeat(1_000_000)}"`;
    const answer = await ask();
    await sleep(50);
    expect((await answer.text()) === text).to.equal(true);
    text = '{"b":2}';
    expect(await (await ask()).text()).to.equal(text);
  });
});
