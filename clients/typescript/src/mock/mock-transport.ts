import { createDirectTransport, type DirectApi } from '../direct/direct-transport.js';
import type { CommandName, SessionsTransport } from '../transport.js';
import { withDefaults } from '../with-defaults.js';
import { checkParams } from './check-params.js';
import { type MockService, mockCommands } from './mock-commands.js';
import { defaultMockOptions, type MockOptions } from './mock-options.js';
import { MockStore } from './mock-store.js';

/**
 * A transport to a service that is not there: every command with its checks, errors, deadlines and
 * lists, by the rules of the service itself, in the memory of this transport. It has no timer: what
 * is past its deadline reads as ended, and is removed by nobody. Nor does it have a wire: what only
 * HTTP refuses, a body that is too large as a whole or not strict JSON, it takes.
 */
export function createMockTransport(options: MockOptions = {}): SessionsTransport {
  return createDirectTransport(createMockApi(options));
}

function createMockApi(options: MockOptions): DirectApi {
  const { absoluteTimeoutMs, maxSessionsPerUser, now, ...rest } = withDefaults(
    defaultMockOptions,
    options,
  );
  const service: MockService = {
    ...rest,
    absoluteTimeoutMs,
    maxSessionsPerUser,
    now: () => Math.floor(now()),
    store: new MockStore(),
  };
  const findCommand = (name: string) => ({
    execute: async (_correlationId: string, args: unknown) =>
      run(service, name as CommandName, args),
  });
  return { getCommandSet: () => ({ findCommand }) };
}

function run<Name extends CommandName>(service: MockService, name: Name, args: unknown): unknown {
  return mockCommands[name](service, checkParams(name, args));
}
