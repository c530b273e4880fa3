import { MemorySessionPersistence } from '../persistence/memory/memory-session-persistence.js';
import { SqliteSessionPersistence } from '../persistence/sqlite/sqlite-session-persistence.js';
import { HttpEndpoint } from '../services/http/http-endpoint.js';
import { SessionsProcess, type SessionsProcessOptions } from './sessions-process.js';
import { version } from './version.js';

/** A stop that takes longer than this is not one: what hangs is cut off. */
const stopDeadlineMs = 9_000;

/**
 * Starts the process and returns when it serves. SIGTERM and SIGINT drain and close it (exit 0);
 * a second one ends it at once (exit 130). What nobody caught is one line and exit 70.
 */
export async function serve(options: SessionsProcessOptions): Promise<void> {
  const container = new SessionsProcess();
  captureFaults();
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

async function close(container: SessionsProcess): Promise<void> {
  setTimeout(() => endWith(70, 'the stop took too long'), stopDeadlineMs).unref();
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
      component instanceof SqliteSessionPersistence,
  );
  const addresses = endpoints.map((endpoint) => endpoint.uri).join(', ');
  const parts = [
    `service-sessions ${version}`,
    addresses === '' ? 'serves no HTTP: HTTP_ENABLED is not set' : `listens on ${addresses}`,
    `store: ${stores.map((store) => store.describe()).join(', ')}`,
    ...endpoints.map((endpoint) => endpoint.describeAccess()),
  ];
  return parts.join('; ');
}
