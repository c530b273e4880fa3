import { CallScopes } from '../call-scope.js';
import { copyJson, toJsonText } from '../copy-json.js';
import { SessionError } from '../errors/session-error.js';
import type { SessionsTransport } from '../transport.js';
import { type AllOf, withDefaults } from '../with-defaults.js';

/** One command of a service in this process, as Pip.Services has them. */
export interface DirectCommand {
  /** Checks the parameters, which come as a plain object, and runs the command. */
  execute(correlationId: string, args: unknown): Promise<unknown>;
}

/**
 * A service in this process: the controller of service-sessions, or a Pip `ICommandable` whose
 * commands read plain objects; ones that ask their arguments for `getAsString()` cannot be called.
 */
export interface DirectApi {
  /** The commands of the service. */
  getCommandSet(): {
    /** A command by its name, or nothing. */
    findCommand(name: string): DirectCommand | null | undefined;
  };
}

/** What {@link createDirectTransport} can be told. */
export interface DirectTransportOptions {
  /**
   * Deadline of a call that names none, in ms.
   * @default 10,000
   */
  readonly timeoutMs?: number | undefined;
}

/** The defaults of {@link DirectTransportOptions}. */
export const defaultDirectTransportOptions: AllOf<DirectTransportOptions> = {
  timeoutMs: 10_000,
};

/**
 * Calls a service in the same process: what Pip.Services calls Direct. What crosses is copied both
 * ways, so that no caller can change a stored object. A call that is aborted or late goes on inside
 * the service. `close()` leaves the service open: it belongs to who made it.
 */
export function createDirectTransport(
  api: DirectApi,
  options: DirectTransportOptions = {},
): SessionsTransport {
  const { timeoutMs } = withDefaults(defaultDirectTransportOptions, options);
  const scopes = new CallScopes(timeoutMs);
  return {
    call: async (name, params, callOptions) =>
      await scopes.run(callOptions, async ({ correlationId }) => {
        const copy: unknown = JSON.parse(toJsonText(params));
        const command = api.getCommandSet().findCommand(name);
        if (command === null || command === undefined) throw new SessionError('NO_ROUTE');
        const result = await command.execute(correlationId, copy).catch((caught: unknown) => {
          throw withOwnDetails(SessionError.from(caught, correlationId));
        });
        return copyJson(result);
      }),
    close: async () => scopes.close(),
  };
}

/** An error whose details are shared with nobody. */
function withOwnDetails(error: SessionError): SessionError {
  const { category, cause, code, correlationId, details, message, status } = error;
  if (details === undefined) return error;
  const copy = copyJson(details) as Readonly<Record<string, unknown>>;
  return new SessionError(code, { category, cause, correlationId, details: copy, message, status });
}
