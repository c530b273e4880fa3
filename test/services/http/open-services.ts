import { ContextInfo } from 'pip-services3-components-nodex';
import {
  type CommandName,
  commandNames,
  methodOf,
  type SessionsApiV1,
} from '../../../src/data/version1/commands.js';
import { createSessionsCommandSet } from '../../../src/logic/sessions-command-set.js';
import type { HttpService } from '../../../src/services/http/http-service.js';
import { openEndpoint } from './open-endpoint.js';

/** One call of a command. */
export interface Call {
  readonly command: CommandName;
  readonly correlationId: string;
  readonly params: unknown;
}

/** A controller that answers what it was called with. */
export function createController(answer: (call: Call) => unknown = (call) => call) {
  const methods = commandNames.map((command) => [
    methodOf(command),
    async (correlationId: string, params: unknown) => answer({ command, correlationId, params }),
  ]);
  const api = Object.fromEntries(methods) as SessionsApiV1;
  return { getCommandSet: () => createSessionsCommandSet(api) };
}

/** Services on an endpoint of a test's own, beside a controller and a context. */
export async function openServices(
  services: readonly HttpService[],
  options: { readonly controller?: unknown; readonly settings?: Record<string, unknown> } = {},
) {
  const { controller = createController(), settings = {} } = options;
  const context = new ContextInfo('sessions', 'All of them');
  context.contextId = 'host-1';
  context.properties = { place: 'test' };
  return await openEndpoint({
    services,
    settings,
    components: [
      ['service-sessions:controller:default:default:1.0', controller],
      ['pip-services:context-info:default:default:1.0', context],
    ],
  });
}
