import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** What one request was answered with: by hand, so that it can be wrong. */
export type Script = (response: ServerResponse, socket: Socket) => void;

/** A request as it arrived. */
interface SeenRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A server that answers what a test says: for what the service itself never does. */
export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Connections that were made so far. */
  readonly connections: number;
  close(): Promise<void>;
}

/** Answers each request by the next script, and all after the last one by that. */
export async function startScriptedServer(...scripts: readonly Script[]): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { headers, socket, url = '' } = request;
    requests.push({ url, headers, body: body === '' ? undefined : JSON.parse(body) });
    const script = scripts[Math.min(requests.length, scripts.length) - 1];
    script?.(response, socket);
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get connections() {
      return connections;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers JSON. */
export function answer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Script {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** Answers a text as it is. */
export function answerText(status: number, body: string | Buffer): Script {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end(body);
  };
}

/** Ends the connection without an answer. */
export const hangUp: Script = (_response, socket) => {
  socket.destroy();
};

/** Never answers. */
export const keepSilent: Script = () => undefined;

/** An error as the service writes it. */
export function refusal(status: number, code: string, headers = {}): Script {
  return answer(status, { code, status, category: 'Any', message: `${code}.` }, headers);
}
