import { ConfigParams, Descriptor, References } from 'pip-services3-commons-nodex';
import { LogLevel } from 'pip-services3-components-nodex';
import { HttpEndpoint } from '../../../src/services/http/http-endpoint.js';
import type { HttpService } from '../../../src/services/http/http-service.js';

/** One line of a {@link RecordingLogger}. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error' | 'other';
  readonly correlationId: string;
  readonly message: string;
  readonly error?: Error;
}

/** Keeps what is logged: what a logger of Pip.Services passes on to its parts. */
export class RecordingLogger {
  readonly lines: LogLine[] = [];

  log(level: LogLevel, correlationId: string, error: Error | null, message: string): void {
    const line = { level: levelNames.get(level) ?? 'other', correlationId, message };
    this.lines.push(error === null ? line : { ...line, error });
  }
}

const levelNames = new Map<LogLevel, LogLine['level']>([
  [LogLevel.Info, 'info'],
  [LogLevel.Warn, 'warn'],
  [LogLevel.Error, 'error'],
]);

/** What an endpoint of a test's own is made with. */
export interface OpenEndpointOptions {
  /** Settings by their keys. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Adds routes when it opens. */
  readonly routes?: (endpoint: HttpEndpoint) => void;
  readonly services?: readonly HttpService[];
  /** Other components, by their descriptors. */
  readonly components?: readonly (readonly [descriptor: string, component: unknown])[];
}

/** An endpoint that listens on a free port, and what it logged. */
export interface OpenEndpoint {
  readonly endpoint: HttpEndpoint;
  readonly logger: RecordingLogger;
  readonly port: number;
}

/** Makes an endpoint of a test's own, not open yet. */
export function createEndpoint(options: OpenEndpointOptions = {}): Omit<OpenEndpoint, 'port'> {
  const { components = [], routes, services = [], settings = {} } = options;
  const endpoint = new HttpEndpoint();
  const logger = new RecordingLogger();
  const defaults = { 'connection.port': 0, 'options.drain_delay': 0 };
  endpoint.configure(ConfigParams.fromValue({ ...defaults, ...settings }));
  const references = new References();
  references.put(Descriptor.fromString('pip-services:endpoint:http:default:1.0'), endpoint);
  references.put(Descriptor.fromString('pip-services:logger:test:default:1.0'), logger);
  for (const [descriptor, component] of components) {
    references.put(Descriptor.fromString(descriptor), component);
  }
  endpoint.setReferences(references);
  for (const service of services) service.setReferences(references);
  if (routes !== undefined) endpoint.register({ register: () => routes(endpoint) });
  return { endpoint, logger };
}

/** Makes and opens one. */
export async function openEndpoint(options: OpenEndpointOptions = {}): Promise<OpenEndpoint> {
  const { endpoint, logger } = createEndpoint(options);
  await endpoint.open('test');
  return { endpoint, logger, port: Number(new URL(endpoint.uri).port) };
}
