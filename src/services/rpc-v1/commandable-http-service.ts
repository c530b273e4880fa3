import {
  type ConfigParams,
  Descriptor,
  type ICommand,
  type ICommandable,
  type Parameters,
} from 'pip-services3-commons-nodex';
import type { Role } from '../../data/version1/command.js';
import { type CommandName, commandsV1 } from '../../data/version1/commands.js';
import { isTextCommand } from '../../logic/sessions-command-set.js';
import { booleanSetting, defaultsOf, readSettings, textSetting } from '../../logic/settings.js';
import { sendResult } from '../http/http-answers.js';
import { type CommandAction, toPath } from '../http/http-routes.js';
import { HttpService, type RouteRegistry } from '../http/http-service.js';
import { createOpenApiV1 } from './openapi-v1.js';

function unused(key: string) {
  const doc = 'Known from the original, so that its configuration starts; it has no effect.';
  return textSetting({ key, default: undefined, doc });
}

/** Settings of `service-sessions:service:commandable-http`. */
export const commandableHttpSettings = {
  baseRoute: textSetting({
    key: 'base_route',
    default: 'v1/sessions',
    doc: 'Path before the name of a command; `sessions` answers the same.',
  }),
  isSwaggerEnabled: booleanSetting({
    key: 'swagger.enable',
    default: false,
    doc: 'Whether `<base_route>/<swagger.route>` answers the OpenAPI document.',
  }),
  swaggerRoute: textSetting({
    key: 'swagger.route',
    default: 'swagger',
    doc: 'Where it does.',
  }),
  swaggerAuto: unused('swagger.auto'),
  swaggerName: unused('swagger.name'),
  swaggerDescription: unused('swagger.description'),
} as const;

/** The path of the original's document, always served beside the base route. */
const documentedRoute = 'sessions';

/**
 * The commands of protocol 1 over HTTP: `POST /v1/sessions/<command>`, and the same at
 * `/sessions/<command>` (descriptor `service-sessions:service:commandable-http:*:1.0`). The
 * controller is found as dependency `controller`; roles come from the table of commands.
 */
export class SessionsCommandableHttpServiceV1 extends HttpService {
  #settings = defaultsOf(commandableHttpSettings);

  constructor() {
    super();
    this.dependencies.put(
      'controller',
      new Descriptor('service-sessions', 'controller', '*', '*', '1.0'),
    );
  }

  /** Reads the settings of {@link commandableHttpSettings}. @throws INVALID_CONFIG. */
  override configure(config: ConfigParams): void {
    const component = 'service-sessions:service:commandable-http';
    this.#settings = readSettings(component, config, commandableHttpSettings);
    super.configure(config);
  }

  /** @inheritdoc */
  protected override addRoutes(endpoint: RouteRegistry): void {
    const { baseRoute, isSwaggerEnabled, swaggerRoute } = this.#settings;
    const controller = this.dependencies.getOneRequired<ICommandable>('controller');
    for (const command of controller.getCommandSet().getCommands()) {
      const name = command.getName();
      const action = createAction(command);
      for (const base of new Set([toPath(baseRoute), toPath(documentedRoute)])) {
        endpoint.registerCommand(toPath(base, name), roleOf(name), action);
      }
    }
    if (!isSwaggerEnabled) return;
    const path = toPath(baseRoute, swaggerRoute);
    const document = createOpenApiV1(toPath(baseRoute));
    endpoint.registerRouteWithAuth('get', path, null, 'public', (_request, reply) => {
      sendResult(reply, document);
    });
  }
}

function createAction(command: ICommand): CommandAction {
  if (isTextCommand(command)) {
    return (id, body) => command.executeAsText(id, body as Parameters);
  }
  return async (id, body) => {
    const result: unknown = await command.execute(id, body as Parameters);
    return result === null || result === undefined ? null : JSON.stringify(result);
  };
}

/** The role of a command; one that is not in the table is for `system` alone. */
function roleOf(name: string): Role {
  return Object.hasOwn(commandsV1, name) ? commandsV1[name as CommandName].role : 'system';
}
