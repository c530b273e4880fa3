import { Descriptor } from './descriptor.js';
import { invalidConfig, type PipSettings, readPipConfig, sectionOf } from './pip-config.js';
import type { ReferencesLike } from './pip-types.js';

/** What the clients need of `IDiscovery` of Pip.Services. */
interface DiscoveryLike {
  resolveOne(correlationId: string | null, key: string): Promise<object | null | undefined>;
}

/** Where a service is whose address nobody configured. */
const defaults = { protocol: 'http', host: '0.0.0.0', port: '3000' } as const;

/**
 * The address of the service: `connection` or the first of `connections`, by discovery where one
 * has a `discovery_key`.
 * @throws PipException for what is no address, or when nobody knows the key.
 */
export async function resolveUrl(
  settings: PipSettings,
  references: ReferencesLike | undefined,
  correlationId: string | null,
): Promise<string> {
  const connections = connectionsOf(settings);
  const direct = connections.find((connection) => !connection.has('discovery_key'));
  if (direct !== undefined) return toUrl(direct);
  for (const connection of connections) {
    const found = await discover(connection.get('discovery_key') ?? '', references, correlationId);
    if (found !== undefined) return toUrl(new Map([...connection, ...found]));
  }
  throw invalidConfig('connection', 'no discovery service knows its discovery_key');
}

function connectionsOf(settings: PipSettings): readonly PipSettings[] {
  const several = sectionOf(settings, 'connections');
  const names = new Set([...several.keys()].map((key) => key.split('.')[0] ?? ''));
  if (names.size > 0) return [...names].map((name) => sectionOf(several, name));
  return [sectionOf(settings, 'connection')];
}

async function discover(
  key: string,
  references: ReferencesLike | undefined,
  correlationId: string | null,
): Promise<PipSettings | undefined> {
  const all = references?.getOptional(new Descriptor('*', 'discovery', '*', '*', '*')) ?? [];
  for (const discovery of all as readonly DiscoveryLike[]) {
    const found = await discovery.resolveOne(correlationId, key);
    if (found) return readPipConfig(found);
  }
  return undefined;
}

function toUrl(connection: PipSettings): string {
  const uri = connection.get('uri');
  if (uri !== undefined) return uri;
  const { host, port, protocol } = { ...defaults, ...Object.fromEntries(connection) };
  if (!/^https?$/.test(protocol))
    throw invalidConfig('connection.protocol', 'is not http or https');
  // Any address of this machine is none that the service would recognize as its own.
  const name = host === '0.0.0.0' ? '127.0.0.1' : host;
  return `${protocol}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
