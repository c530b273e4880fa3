import { type FastifyError, type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import { isSessionError, SessionError } from '../../errors/session-error.js';
import type { ApiKey } from './api-keys.js';
import { correlationIdOf } from './correlation-id.js';
import type { EndpointSettings } from './endpoint-settings.js';
import type { ErrorLog } from './error-log.js';
import { commonHeaders, sendError } from './http-answers.js';
import type { HttpRoute } from './http-routes.js';
import { createHttpServer } from './http-server.js';
import { answerClientError } from './parser-errors.js';
import {
  createBodyGuard,
  createRequestGuard,
  createRoleGuard,
  type RequestGuardOptions,
} from './request-guard.js';
import { badRequest } from './request-rules.js';
import type { ShortWay } from './short-way.js';
import { parseStrictJson } from './strict-json.js';

/** What a {@link createHttpApp} is made from. */
export interface HttpAppOptions extends RequestGuardOptions {
  readonly settings: EndpointSettings;
  /** Keys that callers must show; absent = none are asked for. */
  readonly keys: readonly ApiKey[] | undefined;
  readonly errorLog: ErrorLog;
  /** Serves what it can before Fastify does. */
  readonly shortWay: Pick<ShortWay, 'serve'>;
  /** Told of each route, before the server listens. */
  onRoute(route: HttpRoute): void;
}

/** What Fastify refuses, as a code of ours. */
const frameworkCodes: Readonly<Record<string, SessionError['code']>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BAD_REQUEST',
  FST_ERR_BAD_URL: 'BAD_REQUEST',
  FST_ERR_MAX_PARAM_LENGTH: 'NO_ROUTE',
  // The caller went away while its body was read: nobody will read the answer.
  ECONNRESET: 'BAD_REQUEST',
};

/**
 * Fastify as the endpoint uses it: one guard before every request, bodies that are strict JSON,
 * and errors of this service's form whoever made them. Without routes yet.
 */
export function createHttpApp(options: HttpAppOptions): FastifyInstance {
  const { settings } = options;
  const app = fastify({
    logger: false,
    bodyLimit: settings.bodyLimitBytes,
    genReqId: correlationIdOf,
    requestIdHeader: false,
    // While the service stops, requests that still come are answered.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    serverFactory: (listener) =>
      createHttpServer(settings, (request, response) => {
        if (!options.shortWay.serve(request, response)) listener(request, response);
      }),
    frameworkErrors: (error, _request, reply) => {
      reply.header('x-correlation-id', reply.request.id);
      reply.headers(commonHeaders);
      answer(options, error, reply as FastifyReply);
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    parseBody(body as Buffer, done);
  });
  app.setErrorHandler((error, _request, reply) => answer(options, error as FastifyError, reply));
  app.addHook('onRoute', (route) => {
    const access = route.config?.access;
    for (const method of [route.method].flat()) {
      options.onRoute({ method, path: route.url, ...(access === undefined ? {} : { access }) });
    }
    if (options.keys === undefined || access === 'public' || access === 'custom') return;
    route.onRequest = createRoleGuard(options.keys, access);
  });
  app.addHook('onRequest', createRequestGuard(options));
  app.addHook('preParsing', createBodyGuard(options));
  return app;
}

function parseBody(body: Buffer, done: (error: Error | null, body?: unknown) => void): void {
  let value: unknown;
  try {
    value = parseStrictJson(body);
  } catch (caught) {
    done(SessionError.from(caught));
    return;
  }
  done(null, value);
}

function answer(options: HttpAppOptions, caught: FastifyError, reply: FastifyReply): void {
  const error = toSessionError(caught);
  options.errorLog.write(error, reply.request.id, whereOf(reply));
  // Fastify ends the connection after a body that it refused; the rest of it is read and dropped.
  if (!options.isDraining() && reply.hasHeader('connection')) reply.removeHeader('connection');
  sendError(reply, error);
}

function whereOf({ request }: FastifyReply): string {
  return `${request.method} ${request.routeOptions.url ?? 'to no route'}`;
}

function toSessionError(caught: FastifyError): SessionError {
  if (isSessionError(caught)) return caught;
  const code = frameworkCodes[caught.code];
  if (code === undefined) return SessionError.from(caught);
  return code === 'BAD_REQUEST' ? badRequest('it cannot be read') : new SessionError(code);
}
