import {
  type ConfigParams,
  DependencyResolver,
  Descriptor,
  type IConfigurable,
  type IOpenable,
  type IReferenceable,
  type IReferences,
  type IUnreferenceable,
} from 'pip-services3-commons-nodex';
import { invalidConfig } from '../../errors/makers.js';
import type { HttpEndpoint, HttpRegistration } from './http-endpoint.js';

/** Where a service adds its routes: what it needs of an {@link HttpEndpoint}. */
export type RouteRegistry = Pick<
  HttpEndpoint,
  'register' | 'unregister' | 'registerRouteWithAuth' | 'registerCommand'
>;

function isRouteRegistry(endpoint: object): endpoint is RouteRegistry {
  return 'registerCommand' in endpoint;
}

/**
 * A service that answers on the routes of a shared endpoint, found as dependency `endpoint`
 * (default `*:endpoint:http:*:1.0`). It needs no opening of its own.
 */
export abstract class HttpService
  implements IConfigurable, IReferenceable, IUnreferenceable, IOpenable, HttpRegistration
{
  /** Finds other components; settings `dependencies.<name>` say which. */
  protected readonly dependencies = new DependencyResolver();
  #endpoint: RouteRegistry | undefined;
  #isOpen = false;

  constructor() {
    this.dependencies.put('endpoint', new Descriptor('*', 'endpoint', 'http', '*', '1.0'));
  }

  /** Reads which components to use. */
  configure(config: ConfigParams): void {
    this.dependencies.configure(config);
  }

  /**
   * Finds the endpoint and registers there.
   * @throws ReferenceException when there is none; INVALID_CONFIG for one of another kind, whose
   *   routes would call these services with other arguments.
   */
  setReferences(references: IReferences): void {
    this.dependencies.setReferences(references);
    const endpoint = this.dependencies.getOneRequired<object>('endpoint');
    if (!isRouteRegistry(endpoint)) {
      const wanted = 'is not the pip-services:endpoint:http of service-sessions, which it needs';
      throw invalidConfig(`${this.constructor.name}: dependencies.endpoint`, wanted);
    }
    this.#endpoint = endpoint;
    this.#endpoint.register(this);
  }

  /** Leaves the endpoint. */
  unsetReferences(): void {
    this.#endpoint?.unregister(this);
    this.#endpoint = undefined;
  }

  /** Adds the routes; the endpoint calls it when it opens. */
  register(): void {
    if (this.#endpoint !== undefined) this.addRoutes(this.#endpoint);
  }

  /** Adds the routes of this service to an endpoint. */
  protected abstract addRoutes(endpoint: RouteRegistry): void;

  /** Whether the container opened it. */
  isOpen(): boolean {
    return this.#isOpen;
  }

  /** The endpoint does the listening. */
  async open(_correlationId: string): Promise<void> {
    this.#isOpen = true;
  }

  /** The endpoint ends the listening. */
  async close(_correlationId: string): Promise<void> {
    this.#isOpen = false;
  }
}
