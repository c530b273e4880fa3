import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { type Schema, ValidationResultType } from 'pip-services3-commons-nodex';
import type { Role } from '../../data/version1/command.js';
import { invalidConfig, invalidData } from '../../errors/makers.js';
import { SessionError } from '../../errors/session-error.js';

const failed = ValidationResultType.Error;

/** Does the work of a route: answers by itself, at once or before its promise is fulfilled. */
export type HttpAction = (request: FastifyRequest, reply: FastifyReply) => unknown;

/**
 * Does the work of a command: from the JSON value of a body to the JSON text of the answer, or
 * `null` for an answer without content. It sees nothing of HTTP.
 */
export type CommandAction = (correlationId: string, body: unknown) => Promise<string | null>;

/** Lets a request through to its action by calling `next`, or answers or throws itself. */
export type HttpAuthorization = (
  request: FastifyRequest,
  reply: FastifyReply,
  next: () => Promise<void>,
) => unknown;

/** Sees requests before their action and calls `next`, with an error to refuse. */
export type HttpInterceptor = (
  request: FastifyRequest,
  reply: FastifyReply,
  next: (error?: Error) => void,
) => unknown;

/**
 * Who may use a route: callers with a key of a role, everybody (`public`), or whom a function of
 * the route lets through (`custom`). Roles mean nothing more where no keys are set; a function is always asked.
 */
export type RouteAccess = Role | 'public' | 'custom';

/** One route and who may use it. */
export interface HttpRoute {
  readonly method: string;
  /** Path with `:name` for a part and `*` for the rest. */
  readonly path: string;
  /** Absent when nobody said it: the start ends then. */
  readonly access?: RouteAccess;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route. */
    readonly access?: RouteAccess;
  }
}

/** A method as Pip.Services name it (`get`, `del`), as HTTP names it. */
export function toMethod(name: string): HTTPMethods {
  const method = name.toUpperCase();
  return (method === 'DEL' ? 'DELETE' : method) as HTTPMethods;
}

/** A path that starts with a slash. */
export function toPath(...parts: readonly string[]): string {
  const path = parts.map((part) => part.replace(/^\/+|\/+$/g, '')).filter((part) => part !== '');
  return `/${path.join('/')}`;
}

/** The methods of the routes to a path, sorted; empty when there is no such path. */
export function methodsOf(routes: readonly HttpRoute[], url: string): readonly string[] {
  const [path = ''] = url.split('?', 1);
  const methods = routes.filter((route) => isPathOf(route.path, path)).map(({ method }) => method);
  return [...new Set(methods)].toSorted();
}

function isPathOf(pattern: string, path: string): boolean {
  const parts = path.split('/');
  const expected = pattern.split('/');
  const isOpenEnded = expected.at(-1) === '*';
  if (isOpenEnded ? parts.length < expected.length : parts.length !== expected.length) return false;
  return expected.every(
    (part, index) =>
      part === '*' || part === parts[index] || (part.startsWith(':') && parts[index]),
  );
}

/** Asks a Pip.Services schema for `params`, `query` and `body`. @throws INVALID_DATA. */
export function assertSchema(schema: Schema, request: FastifyRequest): void {
  const { params, query } = request;
  const value = { ...(params as object), ...(query as object), body: request.body };
  if (schema.validateAndReturnException(request.id, value, false) === null) return;
  const results = schema.validate(value).filter((result) => result.getType() === failed);
  throw invalidData(
    results.map((result) => ({
      path: `/${(result.getPath() ?? '').replaceAll('.', '/')}`,
      reason: result.getMessage(),
    })),
  );
}

/** Refuses a route that nobody gave an access rule. @throws INVALID_CONFIG naming it. */
export function assertAccessRules(component: string, routes: readonly HttpRoute[]): void {
  const open = routes.find(({ access }) => access === undefined);
  if (open === undefined) return;
  const reason = `${open.method} ${open.path} has no access rule`;
  throw invalidConfig(`${component}: options.default_access`, reason);
}

/** What a request to no route is told: NO_ROUTE, or WRONG_METHOD and which methods there are. */
export function refuseRoute(
  routes: readonly HttpRoute[],
  request: FastifyRequest,
  reply: FastifyReply,
): SessionError {
  const allowed = methodsOf(routes, request.url);
  if (allowed.length === 0) return new SessionError('NO_ROUTE');
  reply.header('allow', allowed.join(', '));
  return new SessionError('WRONG_METHOD', { details: { allow: allowed } });
}
