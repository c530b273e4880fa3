import { join } from 'node:path';
import { type ServerCommand, startServer } from './child-server.js';
import type { System, Workspace } from './contender.js';

/** Name of the bar, in the tables. */
export const bareHttp = 'node:http';

/** The bare servers: what Node and Fastify do for the same bytes, without a service. */
export function bareSystems(workspace: Workspace): readonly System[] {
  return [
    bareSystem(bareHttp, 'bare-http.ts', workspace),
    bareSystem('Fastify', 'bare-fastify.ts', workspace),
  ];
}

function bareSystem(name: string, script: string, workspace: Workspace): System {
  const command = (port: number): ServerCommand => ({
    args: ['--import', 'tsx', join(import.meta.dirname, 'servers', script), String(port)],
    cwd: workspace.project,
    log: join(workspace.folder, `${script}.log`),
  });
  return {
    name,
    keeps: false,
    beats: true,
    maxSize: Number.POSITIVE_INFINITY,
    start: async () => ({ server: await startServer(command), ids: ['C'.repeat(43)] }),
  };
}
