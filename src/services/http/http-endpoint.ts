import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import {
  type ConfigParams,
  Descriptor,
  type IConfigurable,
  type IOpenable,
  type IReferenceable,
  type IReferences,
  type Schema,
} from 'pip-services3-commons-nodex';
import { CompositeLogger } from 'pip-services3-components-nodex';
import type { Role } from '../../data/version1/command.js';
import { SessionError } from '../../errors/session-error.js';
import { defaultsOf, readSettings } from '../../logic/settings.js';
import { BodyBudget } from './body-budget.js';
import { createCors } from './cors.js';
import { type EndpointAccess, resolveAccess } from './endpoint-access.js';
import { type EndpointSettings, endpointSettings } from './endpoint-settings.js';
import { ErrorLog } from './error-log.js';
import { endConnection, sendResult, sendText } from './http-answers.js';
import { createHttpApp } from './http-app.js';
import {
  assertAccessRules,
  assertSchema,
  type CommandAction,
  type HttpAction,
  type HttpAuthorization,
  type HttpInterceptor,
  type HttpRoute,
  type RouteAccess,
  refuseRoute,
  toMethod,
  toPath,
} from './http-routes.js';
import { listen } from './listen.js';
import { LoadGuard } from './load-guard.js';
import { hasReadiness, Readiness, type ReadinessCheck } from './readiness.js';
import { probePaths } from './request-guard.js';
import { ShortWay } from './short-way.js';

/** Name of this component in messages. */
const component = 'pip-services:endpoint:http';

/** Something that adds its routes whenever an endpoint opens. */
export interface HttpRegistration {
  register(): void;
}

/** What there is while an endpoint is open. */
interface Running {
  readonly app: FastifyInstance;
  readonly load: LoadGuard;
  readonly access: EndpointAccess;
  readonly routes: HttpRoute[];
  readonly shortWay: ShortWay;
  /** Whether anybody ever connected. */
  wasConnected: boolean;
  /** Whether somebody wants to see requests before their action. */
  hasInterceptors: boolean;
}

/**
 * The HTTP endpoint that services share (descriptor `pip-services:endpoint:http:*:1.0`), with the
 * contract of `pip-services3-rpc-nodex`: services `register` themselves, and add their routes when
 * the endpoint opens. It brings `/livez` (200 while the process runs) and `/readyz` (200 while
 * requests can be served, else 503): both are public, and under the `Host` rule as all routes are,
 * since without keys nobody but this machine can ask.
 *
 * Stopping: `beginDrain()` makes it "not ready", and every answer ends its connection; `close()`
 * goes on listening for `options.drain_delay`, so that who balances load can see it, then lets what
 * runs finish. A second `close()` ends it at once.
 */
export class HttpEndpoint implements IConfigurable, IReferenceable, IOpenable {
  readonly #logger = new CompositeLogger();
  readonly #readiness = new Readiness();
  readonly #registrations = new Set<HttpRegistration>();
  #settings: EndpointSettings = defaultsOf(endpointSettings);
  #running: Running | undefined;
  #isDraining = false;
  #closing: { readonly force: AbortController; readonly done: Promise<void> } | undefined;

  /** Reads the settings of {@link endpointSettings}. @throws INVALID_CONFIG. */
  configure(config: ConfigParams): void {
    this.#settings = readSettings(component, config, endpointSettings);
  }

  /** Finds the loggers, and the stores, which `/readyz` asks from now on. */
  setReferences(references: IReferences): void {
    this.#logger.setReferences(references);
    const stores = references.getOptional<unknown>(
      new Descriptor('*', 'persistence', '*', '*', '*'),
    );
    this.#readiness.setStores(stores.filter(hasReadiness));
  }

  /** Adds a service, which registers its routes when the endpoint opens. */
  register(registration: HttpRegistration): void {
    this.#registrations.add(registration);
  }

  /** Forgets a service; its routes stay until the endpoint opens again. */
  unregister(registration: HttpRegistration): void {
    this.#registrations.delete(registration);
  }

  /** Says whether requests are wanted; they are from the start. */
  setReady(isReady: boolean): void {
    this.#readiness.setReady(isReady);
  }

  /** Adds something that `/readyz` asks: it resolves while it can serve. */
  addReadinessCheck(check: ReadinessCheck): void {
    this.#readiness.addCheck(check);
  }

  /**
   * Adds a route for whoever `options.default_access` names; without that setting the endpoint
   * does not open. Only from `register()` of a registration.
   */
  registerRoute(method: string, route: string, schema: Schema | null, action: HttpAction): void {
    this.#addRoute({ method, route, schema, access: this.#settings.defaultAccess }, action);
  }

  /**
   * Adds a route for callers with a role, for everybody (`public`), or for whom a function lets
   * through. Only from `register()` of a registration.
   */
  registerRouteWithAuth(
    method: string,
    route: string,
    schema: Schema | null,
    authorize: Exclude<RouteAccess, 'custom'> | HttpAuthorization,
    action: HttpAction,
  ): void {
    if (typeof authorize === 'string') {
      this.#addRoute({ method, route, schema, access: authorize }, action);
      return;
    }
    this.#addRoute({ method, route, schema, access: 'custom' }, (request, reply) =>
      authorize(request, reply, async () => {
        await action(request, reply);
      }),
    );
  }

  /**
   * Adds a command, `POST` to a path of its own, for callers with a role. Plain requests to it take
   * the {@link ShortWay}. Only from `register()` of a registration.
   */
  registerCommand(route: string, role: Role, action: CommandAction): void {
    this.#addRoute(
      { method: 'post', route, schema: null, access: role },
      async (request, reply) => {
        sendText(reply, await action(request.id, request.body));
      },
    );
    this.#requireRunning().shortWay.add({ path: toPath(route), role, action });
  }

  /** Adds a function that sees the requests whose target contains `route`, after their guard. */
  registerInterceptor(route: string, action: HttpInterceptor): void {
    this.#requireRunning().hasInterceptors = true;
    this.#app.addHook('preHandler', (request, reply, done) => {
      if (request.url.includes(route)) action(request, reply, done);
      else done();
    });
  }

  /** Whether it listens. */
  isOpen(): boolean {
    return this.#running !== undefined;
  }

  /** Where it listens, as `http://host:port`; empty when it is closed. */
  get uri(): string {
    const address = this.#running?.app.server.address();
    if (typeof address !== 'object' || address === null) return '';
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `${this.#settings.protocol}://${host}:${address.port}`;
  }

  /** One sentence for the operator on who is served. */
  describeAccess(): string {
    return (this.#running?.access ?? resolveAccess(this.#settings)).description;
  }

  /** The routes and who may use them. */
  get routes(): readonly HttpRoute[] {
    return this.#running?.routes ?? [];
  }

  /** Sends a request through all but the network, for tests. */
  async inject(options: InjectOptions): Promise<LightMyRequestResponse> {
    return await this.#app.inject(options);
  }

  /**
   * Registers all services and listens.
   * @throws INVALID_CONFIG for keys or certificates that cannot be used, an address that cannot be
   *   had, and a route that nobody gave an access rule.
   */
  async open(correlationId: string): Promise<void> {
    if (this.#running !== undefined) return;
    const access = resolveAccess(this.#settings);
    if (access.isHostReplaced) this.#warnOfHost(correlationId);
    const running = this.#createRunning(access);
    this.#running = running;
    this.#isDraining = false;
    try {
      this.#registerProbes();
      for (const registration of this.#registrations) registration.register();
      assertAccessRules(component, running.routes);
      await listen(running.app, { component, host: access.host, port: this.#settings.port });
    } catch (caught) {
      await this.#release(running);
      throw caught;
    }
    this.#logger.info(correlationId, 'Listening on %s; %s', this.uri, access.description);
  }

  /** Milliseconds that a stop takes at most, by the settings. */
  get longestStopMs(): number {
    return this.#settings.drainDelayMs + this.#settings.closeTimeoutMs;
  }

  /** Not ready from now on; requests are still answered, and every answer ends its connection. */
  beginDrain(): void {
    this.#isDraining = true;
    this.#readiness.setReady(false);
    for (const { response } of this.#running?.load.running ?? []) endConnection(response);
  }

  /** Stops as the class says; resolves when nothing is open any more. Called again: at once. */
  async close(correlationId: string): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    if (this.#closing === undefined) {
      const force = new AbortController();
      const done = this.#stop(running, force.signal).finally(() => {
        this.#closing = undefined;
      });
      this.#closing = { force, done };
      await done;
      this.#logger.info(correlationId, 'The HTTP endpoint is closed');
      return;
    }
    this.#closing.force.abort();
    await this.#closing.done;
  }

  async #stop(running: Running, force: AbortSignal): Promise<void> {
    const { drainDelayMs, closeTimeoutMs } = this.#settings;
    this.beginDrain();
    if (running.wasConnected) await pause(drainDelayMs, force);
    const cutOff = () => running.app.server.closeAllConnections();
    const timer = setTimeout(cutOff, closeTimeoutMs);
    force.addEventListener('abort', cutOff);
    const released = this.#release(running);
    if (force.aborted) cutOff();
    await released.finally(() => clearTimeout(timer));
  }

  async #release(running: Running): Promise<void> {
    running.load.stop();
    await running.app.close();
    this.#running = undefined;
    this.#readiness.setReady(true);
  }

  #createRunning(access: EndpointAccess): Running {
    const settings = this.#settings;
    const load = new LoadGuard(settings);
    const bodies = new BodyBudget(settings);
    const routes: HttpRoute[] = [];
    const { keys, isOwnOnly } = access;
    const cors = createCors(settings);
    const errorLog = new ErrorLog(this.#logger);
    const shortWay = new ShortWay({
      keys,
      isOwnOnly,
      bodyLimitBytes: settings.bodyLimitBytes,
      load,
      errorLog,
      isDraining: () => this.#isDraining,
      isClosed: () =>
        cors !== undefined || running.hasInterceptors || this.#refusedForNow(load) !== undefined,
    });
    const app = createHttpApp({
      settings,
      keys,
      isOwnOnly,
      cors,
      errorLog,
      shortWay,
      isDraining: () => this.#isDraining,
      refusedForNow: () => this.#refusedForNow(load),
      hasRoomFor: (request) => bodies.reserve(request),
      refusedRoute: (request, reply) => refuseRoute(routes, request, reply),
      onRoute: (route) => routes.push(route),
    });
    const running: Running = {
      app,
      load,
      access,
      routes,
      shortWay,
      wasConnected: false,
      hasInterceptors: false,
    };
    app.server.once('connection', () => {
      running.wasConnected = true;
    });
    return running;
  }

  #refusedForNow(load: LoadGuard): SessionError | undefined {
    if (this.#settings.maintenance) {
      return new SessionError('OVERLOADED', { message: 'The service is being maintained.' });
    }
    return load.isOverloaded ? new SessionError('OVERLOADED') : undefined;
  }

  #registerProbes(): void {
    this.registerRouteWithAuth('get', probePaths.live, null, 'public', (_request, reply) => {
      sendResult(reply, { status: 'live' });
    });
    this.registerRouteWithAuth('get', probePaths.ready, null, 'public', async (_, reply) => {
      if (this.#settings.maintenance) throw new SessionError('OVERLOADED');
      await this.#readiness.assertReady(this.#settings.readinessTimeoutMs);
      sendResult(reply, { status: 'ready' });
    });
  }

  #addRoute(rule: RouteRule, action: HttpAction): void {
    const { app, load } = this.#requireRunning();
    const { access, schema } = rule;
    app.route({
      method: toMethod(rule.method),
      url: toPath(rule.route),
      config: access === undefined ? {} : { access },
      handler: async (request, reply) => {
        const running = load.enter(reply.raw);
        try {
          if (this.#isDraining) endConnection(reply.raw);
          if (schema !== null) assertSchema(schema, request);
          await action(request, reply);
          // Fastify takes what is returned for the answer, unless that is the reply itself.
          return reply.sent ? undefined : reply;
        } finally {
          load.leave(running);
        }
      },
    });
  }

  get #app(): FastifyInstance {
    return this.#requireRunning().app;
  }

  #requireRunning(): Running {
    if (this.#running === undefined) {
      throw new SessionError('INTERNAL', { message: 'The HTTP endpoint is not open.' });
    }
    return this.#running;
  }

  #warnOfHost(correlationId: string): void {
    this.#logger.warn(
      correlationId,
      'NO API KEYS ARE SET: listening on 127.0.0.1 instead of %s. ' +
        'Set API_KEYS_FILE, or AUTH=none to serve everybody who reaches that address',
      this.#settings.host,
    );
  }
}

/** A route as it was registered. */
interface RouteRule {
  readonly method: string;
  readonly route: string;
  readonly schema: Schema | null;
  readonly access: RouteAccess | undefined;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
