import type { IncomingMessage } from 'node:http';
import type {
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
  preParsingHookHandler,
} from 'fastify';
import type { Role } from '../../data/version1/command.js';
import { SessionError } from '../../errors/session-error.js';
import { type ApiKey, findApiKey } from './api-keys.js';
import type { Cors } from './cors.js';
import { isOwnRequest } from './host-rule.js';
import { commonHeaders } from './http-answers.js';
import { refusedMediaType, refusedRequest } from './request-rules.js';

/** Where probes ask; these answer under overload and in maintenance too. */
export const probePaths = { live: '/livez', ready: '/readyz' } as const;

/** What the guard of all requests asks. */
export interface RequestGuardOptions {
  /** Whether only this host's own requests are served (DESIGN §5). */
  readonly isOwnOnly: boolean;
  readonly cors: Cors | undefined;
  /** Whether connections shall end with their next answer. */
  isDraining(): boolean;
  /** Why no request is served now, probes excepted. */
  refusedForNow(): SessionError | undefined;
  /** Whether there is room for the body of a request. */
  hasRoomFor(request: IncomingMessage): boolean;
  /** What a request to no route is told. */
  refusedRoute(request: FastifyRequest, reply: FastifyReply): SessionError;
}

/** The hook that every request passes before its body is read, to a route or to none. */
export function createRequestGuard(options: RequestGuardOptions): onRequestHookHandler {
  return (request, reply, done) => {
    reply.header('x-correlation-id', request.id);
    reply.headers(commonHeaders);
    if (options.isDraining()) reply.header('connection', 'close');
    const refused = refusedRequest(request.raw) ?? refusedOrigin(options, request);
    if (refused === undefined && options.cors?.(request, reply)) return;
    pass(refused ?? refusedContent(options, request, reply), done);
  };
}

function refusedOrigin(
  { isOwnOnly }: RequestGuardOptions,
  request: FastifyRequest,
): SessionError | undefined {
  return isOwnOnly && !isOwnRequest(request.raw) ? new SessionError('HOST_NOT_ALLOWED') : undefined;
}

function refusedContent(
  options: RequestGuardOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): SessionError | undefined {
  if (request.is404) return options.refusedRoute(request, reply);
  const refused = options.refusedForNow();
  return isProbe(request.url) ? undefined : refused;
}

/** The hook before a body is read, once it is known who sends it. */
export function createBodyGuard(options: RequestGuardOptions): preParsingHookHandler {
  return (request, _reply, payload, done) => {
    const refused =
      refusedMediaType(request.raw) ??
      (options.hasRoomFor(request.raw) ? undefined : new SessionError('OVERLOADED'));
    done(refused ?? null, payload);
  };
}

function isProbe(url: string): boolean {
  const [path] = url.split('?', 1);
  return path === probePaths.live || path === probePaths.ready;
}

/** The hook of a route that callers with a key of this role may use; without a role, nobody. */
export function createRoleGuard(
  keys: readonly ApiKey[],
  role: Role | undefined,
): onRequestHookHandler {
  return (request, _reply, done) => {
    const key = findApiKey(keys, request.headers);
    if (key === undefined) pass(new SessionError('UNAUTHORIZED'), done);
    else if (role === undefined || !key.roles.includes(role)) {
      pass(new SessionError('FORBIDDEN'), done);
    } else done();
  };
}

function pass(refused: SessionError | undefined, done: (error?: Error) => void): void {
  if (refused === undefined) done();
  else done(refused);
}
