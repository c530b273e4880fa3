import { type ConfigParams, Descriptor, type IReferences } from 'pip-services3-commons-nodex';
import type { ContextInfo } from 'pip-services3-components-nodex';
import { defaultsOf, readSettings, textSetting } from '../../logic/settings.js';
import { sendResult } from '../http/http-answers.js';
import { toPath } from '../http/http-routes.js';
import { HttpService, type RouteRegistry } from '../http/http-service.js';

/** Settings of `pip-services:status-service:http`. */
export const statusSettings = {
  baseRoute: textSetting({ key: 'base_route', default: '', doc: 'Path before the route.' }),
  route: textSetting({ key: 'route', default: 'status', doc: 'Where it answers.' }),
} as const;

/** What `GET /status` answers: the fields of the original. */
export interface ServiceStatus {
  /** The container's id, usually the name of the host; empty when it has none. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** ISO 8601. */
  readonly start_time: string;
  /** ISO 8601. */
  readonly current_time: string;
  /** Milliseconds since `start_time`. */
  readonly uptime: number;
  /** Properties of the container, as its configuration has them. */
  readonly properties: unknown;
  /** Descriptors of all components. */
  readonly components: readonly string[];
}

/**
 * `GET /status` answers what runs here and since when; where keys are set, to the role `read`
 * (descriptor `pip-services:status-service:http:*:1.0`).
 */
export class StatusService extends HttpService {
  readonly #startTime = new Date();
  readonly #startTicks = performance.now();
  #settings = defaultsOf(statusSettings);
  #references: IReferences | undefined;

  constructor() {
    super();
    this.dependencies.put(
      'context-info',
      new Descriptor('pip-services', 'context-info', 'default', '*', '1.0'),
    );
  }

  /** Reads the settings of {@link statusSettings}. @throws INVALID_CONFIG. */
  override configure(config: ConfigParams): void {
    const component = 'pip-services:status-service:http';
    this.#settings = readSettings(component, config, statusSettings);
    super.configure(config);
  }

  /** Finds the endpoint and what to tell of. @throws ReferenceException without an endpoint. */
  override setReferences(references: IReferences): void {
    super.setReferences(references);
    this.#references = references;
  }

  /** @inheritdoc */
  protected override addRoutes(endpoint: RouteRegistry): void {
    const path = toPath(this.#settings.baseRoute, this.#settings.route);
    endpoint.registerRouteWithAuth('get', path, null, 'read', (_request, reply) => {
      sendResult(reply, this.#createStatus());
    });
  }

  #createStatus(): ServiceStatus {
    // `null` where there is none, whatever its type says.
    const context = this.dependencies.getOneOptional<ContextInfo | null>('context-info');
    const now = new Date();
    return {
      id: context?.contextId ?? '',
      name: context?.name ?? 'Unknown',
      description: context?.description ?? '',
      start_time: this.#startTime.toISOString(),
      current_time: now.toISOString(),
      // Not from the wall clock, which may have been set since.
      uptime: Math.floor(performance.now() - this.#startTicks),
      properties: context?.properties ?? '',
      components: (this.#references?.getAllLocators() ?? []).map(String),
    };
  }
}
