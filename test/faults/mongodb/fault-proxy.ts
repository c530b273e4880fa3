import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BSON } from 'mongodb';
import {
  composeCommand,
  composeReply,
  MessageReader,
  parseCommand,
  parseReply,
  type WireCommand,
} from './wire-messages.js';

/** What happens to a command on its way. */
export type WireFault =
  /** The connection breaks: the server never saw the command. */
  | { readonly kind: 'drop before' }
  /** The server has done it; the connection breaks instead of the answer. */
  | { readonly kind: 'drop after' }
  /** No answer, and not done. */
  | { readonly kind: 'silence' }
  /** The server has done it; no answer, and the connection stays. */
  | { readonly kind: 'silence after' }
  /** Done and answered, later. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Not done; answered with this. */
  | { readonly kind: 'reply'; readonly document: BSON.Document };

/** What a test says of a command: a fault, or nothing. */
export type FaultRule = (command: WireCommand) => WireFault | undefined;

/** An error of a server, as it is answered. */
export function errorReply(code: number, codeName: string, message: string): WireFault {
  return { kind: 'reply', document: { ok: 0, code, codeName, errmsg: message } };
}

/** Codes with which a real server marks a write that may be asked for again (not WriteConflict). */
const retryable = new Set([91, 189, 10_107, 11_600, 11_602, 13_435, 13_436]);

/** What the server behind knows nothing of. */
const ofReplicaSets = ['lsid', 'txnNumber', '$clusterTime'];

/**
 * A replica set of one, for the driver: speaks the wire protocol, announces sessions, and does what
 * it is asked by the server behind it, which has none. A write with a transaction number that comes
 * again is not done again: it is answered as before, as MongoDB does.
 */
export class FaultProxy {
  readonly #upstreamPort: number;
  readonly #sockets = new Set<Socket>();
  readonly #answered = new Map<string, Promise<BSON.Document>>();
  #server: Server | undefined;
  #port = 0;
  #rule: FaultRule = () => undefined;
  /** The commands that came, but for those that ask who the server is. */
  readonly commands: WireCommand[] = [];

  private constructor(upstreamPort: number) {
    this.#upstreamPort = upstreamPort;
  }

  /** Listens on a free port in front of a server on loopback. */
  static async start(upstreamPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstreamPort);
    await proxy.listen();
    return proxy;
  }

  /** Where it listens, with a database. */
  uri(database: string): string {
    return `mongodb://127.0.0.1:${this.#port}/${database}`;
  }

  /** Connections of clients that are open. */
  get socketCount(): number {
    return this.#sockets.size;
  }

  /** What happens from now on; nothing, without a rule. */
  inject(rule: FaultRule = () => undefined): void {
    this.#rule = rule;
  }

  /** Faults for the first `count` commands that fit, and nothing after them. */
  injectFirst(count: number, fits: (command: WireCommand) => boolean, fault: WireFault): void {
    let left = count;
    this.inject((command) => {
      if (left === 0 || !fits(command)) return undefined;
      left -= 1;
      return fault;
    });
  }

  /** Listens again after {@link refuse}. */
  async listen(): Promise<void> {
    const server = createServer((socket) => this.#accept(socket));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Breaks all connections and refuses new ones. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    const upstream = new Upstream(this.#upstreamPort);
    const reader = new MessageReader();
    let turn = Promise.resolve();
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      upstream.close();
    });
    socket.on('data', (bytes) => {
      for (const message of reader.push(bytes)) {
        turn = turn
          .then(() => this.#serve(socket, upstream, parseCommand(message)))
          .catch(() => void socket.destroy());
      }
    });
  }

  async #serve(socket: Socket, upstream: Upstream, command: WireCommand): Promise<void> {
    if (/^(hello|ismaster)$/i.test(command.name)) {
      socket.write(composeReply(command, this.#hello()));
      return;
    }
    this.commands.push(command);
    const fault = this.#rule(command);
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'drop before') {
      socket.destroy();
      return;
    }
    if (fault?.kind === 'slow') await sleep(fault.delayMs);
    const reply =
      fault?.kind === 'reply' ? marked(command, fault.document) : await this.#do(upstream, command);
    if (fault?.kind === 'drop after') socket.destroy();
    else if (fault?.kind !== 'silence after') socket.write(composeReply(command, reply));
  }

  /** Lets the server behind do it, once for each transaction number. */
  async #do(upstream: Upstream, command: WireCommand): Promise<BSON.Document> {
    if (command.name === 'endSessions') return { ok: 1 };
    const { lsid, txnNumber } = command.document;
    const entries = Object.entries(command.document);
    const plain = Object.fromEntries(entries.filter(([name]) => !ofReplicaSets.includes(name)));
    if (txnNumber === undefined) return await upstream.ask(command.requestId, plain);
    const key = `${lsid.id.toString('hex')}:${txnNumber}`;
    const reply = this.#answered.get(key) ?? upstream.ask(command.requestId, plain);
    this.#answered.set(key, reply);
    return await reply;
  }

  #hello(): BSON.Document {
    const me = `127.0.0.1:${this.#port}`;
    return {
      ismaster: true,
      isWritablePrimary: true,
      helloOk: true,
      setName: 'faults',
      setVersion: 1,
      secondary: false,
      hosts: [me],
      primary: me,
      me,
      logicalSessionTimeoutMinutes: 30,
      maxBsonObjectSize: 16_777_216,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      minWireVersion: 0,
      maxWireVersion: 13,
      saslSupportedMechs: ['SCRAM-SHA-256'],
      localTime: new Date(),
      ok: 1,
    };
  }
}

/** An error of a write that may be asked for again carries that as its label. */
function marked(command: WireCommand, document: BSON.Document): BSON.Document {
  const canRetry = command.document['txnNumber'] !== undefined && retryable.has(document['code']);
  return canRetry ? { ...document, errorLabels: ['RetryableWriteError'] } : document;
}

/** One connection to the server behind, opened when it is needed. */
class Upstream {
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  async ask(requestId: number, document: BSON.Document): Promise<BSON.Document> {
    const socket = this.#open();
    const reader = new MessageReader();
    socket.write(composeCommand(requestId, document));
    return await new Promise<BSON.Document>((resolve, reject) => {
      const read = (bytes: Buffer): void => {
        const [message] = reader.push(bytes);
        if (message !== undefined) settle(() => resolve(parseReply(message)));
      };
      const fail = (): void => settle(() => reject(new Error('the server behind is gone')));
      const settle = (act: () => void): void => {
        socket.off('data', read).off('close', fail);
        act();
      };
      socket.on('data', read).on('close', fail);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    this.#socket ??= connect(this.#port, '127.0.0.1')
      .setNoDelay(true)
      .on('error', () => undefined);
    return this.#socket;
  }
}
