import { connect, type Socket } from 'node:net';

/** Longest time for a connection, so that no test hangs. */
const patienceMs = 8_000;

/** One answer, as it was on the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends bytes on a connection and answers all that came until its end. */
export async function sendRaw(port: number, ...chunks: readonly string[]): Promise<string> {
  const socket = await openSocket(port);
  const received = readToEnd(socket);
  for (const chunk of chunks) {
    if (socket.writable) socket.write(chunk, 'latin1');
  }
  return await received;
}

/** A connection that is open. */
export async function openSocket(port: number): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.on('error', reject);
  });
}

/** All that comes on a connection until the other side ends it. */
export async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  return await new Promise((resolve, reject) => {
    socket.on('timeout', () => reject(new Error(`did not end after: ${text}`)));
    socket.on('close', () => resolve(text));
  });
}

/** Waits until a connection has brought a text that matches. */
export async function readUntil(socket: Socket, pattern: RegExp): Promise<string> {
  let text = '';
  return await new Promise((resolve, reject) => {
    const stop = () => {
      socket.off('data', take);
      socket.off('close', fail);
    };
    const fail = () => reject(new Error(`ended after: ${text}`));
    const take = (chunk: Buffer | string) => {
      text += String(chunk);
      if (!pattern.test(text)) return;
      stop();
      resolve(text);
    };
    socket.on('data', take);
    socket.on('close', fail);
  });
}

/** The answers in a text from the wire; all of them must say their length. */
export function parseAnswers(text: string): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n');
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const start = end + 4;
    const length = chunkedEnd(rest, start, headers) ?? Number(headers['content-length'] ?? 0);
    answers.push({
      status: Number(first.split(' ')[1]),
      headers,
      body: rest.slice(start, start + length),
    });
    rest = rest.slice(start + length);
  }
  return answers;
}

function chunkedEnd(
  text: string,
  start: number,
  headers: Readonly<Record<string, string>>,
): number | undefined {
  if (headers['transfer-encoding'] === undefined) return undefined;
  return text.indexOf('0\r\n\r\n', start) + 5 - start;
}
