import type { FastifyInstance } from 'fastify';
import { invalidConfig } from '../../errors/makers.js';

/** Where to listen, and for whom. */
export interface ListenAddress {
  /** Name of the component in messages. */
  readonly component: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

const listenFailures: Readonly<Record<string, readonly [setting: string, reason: string]>> = {
  EADDRINUSE: ['connection.port (HTTP_PORT)', 'is in use'],
  EACCES: ['connection.port (HTTP_PORT)', 'may not be used by this user'],
  EADDRNOTAVAIL: ['connection.host (HTTP_HOST)', 'is no address of this machine'],
  ENOTFOUND: ['connection.host (HTTP_HOST)', 'is not known'],
};

/** Listens on an address. @throws INVALID_CONFIG naming the component and its setting. */
export async function listen(app: FastifyInstance, address: ListenAddress): Promise<void> {
  const { component, host, port } = address;
  try {
    await app.listen({ host, port });
  } catch (caught) {
    const code = caught instanceof Error && 'code' in caught ? String(caught.code) : '';
    const [setting, reason] = listenFailures[code] ?? ['connection', `cannot listen (${code})`];
    throw invalidConfig(`${component}: ${setting}`, `${host}:${port} ${reason}`, caught);
  }
}
