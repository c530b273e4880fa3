import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ServerCommand, startServer } from './child-server.js';
import type { System, Workspace } from './contender.js';
import { fillOverHttp } from './fill.js';
import { sampleSession, userCount } from './sample-sessions.js';

const run = promisify(execFile);

/** Its file store writes all sessions at each change: beyond this a cell measures nothing. */
const maxFileSize = 3_000;
/** Its memory store walks over all sessions at each read. */
const maxMemorySize = 20_000;

/** Name of the peer on memory, in the tables. */
export const peerOnMemory = '1.1.1 on memory';
/** Name of the peer on its file store, in the tables. */
export const peerOnFile = '1.1.1 on file';

const manifest = {
  private: true,
  dependencies: {
    'service-sessions-node': '1.1.1',
    // It starts only where `grpc` can be loaded, which no longer builds: the same by another name.
    grpc: 'file:./grpc',
    '@grpc/grpc-js': '^1',
    node: '^22',
  },
};

/**
 * `service-sessions-node` 1.1.1 from npm with the configuration it is published with, and once
 * with its log off, installed into the workspace.
 * @throws Error when npm cannot install it.
 */
export async function peerSystems(workspace: Workspace): Promise<readonly System[]> {
  const folder = await installPeer(workspace);
  const peer = { folder, workspace };
  const published = 'node_modules/service-sessions-node/config/config.yml';
  return [
    peerMemory(peerOnMemory, { ...peer, config: published }),
    peerMemory('1.1.1 on memory without log', { ...peer, config: 'quiet.yml' }),
    peerFile(peerOnFile, { ...peer, config: published }),
  ];
}

interface Peer {
  readonly folder: string;
  readonly config: string;
  readonly workspace: Workspace;
}

const installed = new Map<string, Promise<string>>();

/** Installs the peer into the workspace, once. @throws Error when npm cannot. */
export async function installPeer(workspace: Workspace): Promise<string> {
  const known = installed.get(workspace.folder) ?? install(workspace);
  installed.set(workspace.folder, known);
  return await known;
}

async function install(workspace: Workspace): Promise<string> {
  const folder = join(workspace.folder, 'peer');
  await mkdir(join(folder, 'grpc'), { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'grpc', 'package.json'), '{"name":"grpc","version":"1.24.11"}');
  await writeFile(join(folder, 'grpc', 'index.js'), "module.exports = require('@grpc/grpc-js');\n");
  await writeFile(join(folder, 'quiet.yml'), quietConfig);
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await run('npm', ['install', '--ignore-scripts', ...flags], { cwd: folder });
  // `node` brings its binary by an install script; nothing else needs one.
  await run('npm', ['rebuild', 'node', ...flags], { cwd: folder });
  return folder;
}

function peerMemory(name: string, peer: Peer): System {
  return {
    name,
    keeps: true,
    beats: false,
    maxSize: maxMemorySize,
    async start(size) {
      const server = await startServer(peerCommand(name, peer, { MEMORY_ENABLED: 'true' }));
      return { server, ids: await fillOverHttp(server.port, size) };
    },
  };
}

function peerFile(name: string, peer: Peer): System {
  return {
    name,
    keeps: true,
    beats: false,
    maxSize: maxFileSize,
    async start(size) {
      const path = join(await mkdtemp(join(peer.workspace.folder, 'peer-file-')), 'sessions.json');
      const sessions = storedSessions(size);
      await writeFile(path, JSON.stringify(sessions));
      const env = { FILE_ENABLED: 'true', FILE_PATH: path };
      const server = await startServer(peerCommand(name, peer, env));
      return { server, ids: sessions.map(({ id }) => id) };
    },
  };
}

/** How the peer is started. */
export function peerCommand(name: string, peer: Peer, env: Readonly<Record<string, string>>) {
  return (port: number): ServerCommand => ({
    node: join(peer.folder, 'node_modules', 'node', 'bin', 'node'),
    args: ['node_modules/service-sessions-node/bin/main.js', '-c', peer.config],
    env: { HTTP_ENABLED: 'true', HTTP_PORT: String(port), ...env },
    cwd: peer.folder,
    log: join(peer.workspace.folder, `${name.replaceAll(/\W+/g, '-')}.log`),
  });
}

/** Sessions as its file store keeps them. */
function storedSessions(size: number) {
  const time = new Date().toISOString();
  return Array.from({ length: size }, (_, number) => ({
    id: randomBytes(16).toString('hex'),
    ...sampleSession(number % userCount(size), number),
    active: true,
    open_time: time,
    request_time: time,
  }));
}

const quietConfig = `---
- descriptor: "pip-services:context-info:default:default:1.0"
  name: "service-sessions"
- descriptor: "pip-services:logger:console:default:1.0"
  level: "none"
- descriptor: "service-sessions:persistence:memory:default:1.0"
- descriptor: "service-sessions:controller:default:default:1.0"
- descriptor: "pip-services:endpoint:http:default:1.0"
  connection:
    protocol: "http"
    host: "127.0.0.1"
    port: {{HTTP_PORT}}
- descriptor: "service-sessions:service:commandable-http:default:1.0"
`;
