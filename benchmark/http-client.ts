import { Agent, request } from 'node:http';

/** An answer as it came. */
interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Posts JSON over connections that are kept. */
export interface JsonClient {
  /** One command. @throws Error when the connection breaks. */
  post(command: string, body: string): Promise<HttpAnswer>;
  close(): void;
}

/** A client of a server on loopback with at most so many connections. */
export function createJsonClient(port: number, connections: number): JsonClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    post: (command, body) => post({ agent, port, command }, body),
    close: () => agent.destroy(),
  };
}

interface Target {
  readonly agent: Agent;
  readonly port: number;
  readonly command: string;
}

function post({ agent, port, command }: Target, body: string): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({
      agent,
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: `/v1/sessions/${command}`,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
