import { MemorySessionPersistence } from '../persistence/memory/memory-session-persistence.js';
import { MongodbSessionPersistence } from '../persistence/mongodb/mongodb-session-persistence.js';
import { SqliteSessionPersistence } from '../persistence/sqlite/sqlite-session-persistence.js';
import { HttpEndpoint } from '../services/http/http-endpoint.js';
import { SessionsProcess, type SessionsProcessOptions } from './sessions-process.js';
import { version } from './version.js';

/** A stop that takes so much longer than the endpoint's is not one: what hangs is cut off. */
const stopMarginMs = 2_000;

/**
 * Starts the process and returns when it serves. SIGTERM and SIGINT drain and close it (exit 0);
 * a second one ends it at once (exit 130). What nobody caught is one line and exit 70.
 */
export async function serve(options: SessionsProcessOptions): Promise<void> {
  const container = new SessionsProcess();
  captureFaults();
  warnOfUnserved(options.environment ?? process.env);
  await container.start(options);
  process.stdout.write(`${describe(container.components)}\n`);
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(130);
    stopping = true;
    void close(container);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Variables of the originals whose protocols are not served yet: who sets one must know. */
const unserved = [
  'ACCESS_KEY',
  'ACCESS_KEY_SYSTEM',
  'STATUS_UPDATE_INTERVAL',
  'SESSION_EXP_SEC',
  'ENCRYPTION_KEYS_FILE',
] as const;

function warnOfUnserved(environment: Readonly<Record<string, string | undefined>>): void {
  const given = unserved.filter((name) => Boolean(environment[name]));
  if (given.length === 0) return;
  process.stderr.write(
    `service-sessions: no effect in this version, its protocol is not served: ${given.join(', ')}\n`,
  );
}

async function close(container: SessionsProcess): Promise<void> {
  const deadlineMs = container.longestStopMs + stopMarginMs;
  setTimeout(() => endWith(70, 'the stop took too long'), deadlineMs).unref();
  try {
    container.beginDrain();
    await container.close('service-sessions');
    process.exit(0);
  } catch (caught) {
    endWith(70, caught);
  }
}

function captureFaults(): void {
  process.on('uncaughtException', (caught) => endWith(70, caught));
  process.on('unhandledRejection', (caught) => endWith(70, caught));
}

function endWith(exitCode: number, caught: unknown): void {
  const text = caught instanceof Error ? (caught.stack ?? caught.message) : String(caught);
  process.stderr.write(`service-sessions: ${text.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  process.exit(exitCode);
}

/** One line for the operator: what serves, where, from which store, and for whom. */
function describe(components: readonly unknown[]): string {
  const endpoints = components.filter((component) => component instanceof HttpEndpoint);
  const stores = components.filter(
    (component) =>
      component instanceof MemorySessionPersistence ||
      component instanceof MongodbSessionPersistence ||
      component instanceof SqliteSessionPersistence,
  );
  const addresses = endpoints.map((endpoint) => endpoint.uri).join(', ');
  const parts = [
    `service-sessions ${version}`,
    `listens on ${addresses}`,
    `store: ${stores.map((store) => store.describe()).join(', ')}`,
    ...endpoints.map((endpoint) => endpoint.describeAccess()),
  ];
  return parts.join('; ');
}
