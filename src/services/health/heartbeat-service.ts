import type { ConfigParams } from 'pip-services3-commons-nodex';
import { defaultsOf, readSettings, textSetting } from '../../logic/settings.js';
import { sendResult } from '../http/http-answers.js';
import { toPath } from '../http/http-routes.js';
import { HttpService, type RouteRegistry } from '../http/http-service.js';

/** Settings of `pip-services:heartbeat-service:http`. */
export const heartbeatSettings = {
  baseRoute: textSetting({ key: 'base_route', default: '', doc: 'Path before the route.' }),
  route: textSetting({ key: 'route', default: 'heartbeat', doc: 'Where it answers.' }),
} as const;

/**
 * `GET /heartbeat` answers the time, as ISO 8601 in JSON: a sign of life, for everybody
 * (descriptor `pip-services:heartbeat-service:http:*:1.0`).
 */
export class HeartbeatService extends HttpService {
  #settings = defaultsOf(heartbeatSettings);

  /** Reads the settings of {@link heartbeatSettings}. @throws INVALID_CONFIG. */
  override configure(config: ConfigParams): void {
    const component = 'pip-services:heartbeat-service:http';
    this.#settings = readSettings(component, config, heartbeatSettings);
    super.configure(config);
  }

  /** @inheritdoc */
  protected override addRoutes(endpoint: RouteRegistry): void {
    const path = toPath(this.#settings.baseRoute, this.#settings.route);
    endpoint.registerRouteWithAuth('get', path, null, 'public', (_request, reply) => {
      sendResult(reply, new Date());
    });
  }
}
