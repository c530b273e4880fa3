import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EndpointSettings } from './endpoint-settings.js';

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const ownHeaders = ['content-type', 'authorization', 'x-api-key', 'x-correlation-id'];
/** Seconds for which a browser may keep the answer to a preflight. */
const maxAgeSeconds = '600';

/** Lets pages of other origins call. Answers whether the request was a preflight, now answered. */
export type Cors = (request: FastifyRequest, reply: FastifyReply) => boolean;

/** CORS as the settings want it; `undefined` when no origin is configured. */
export function createCors(
  settings: Pick<EndpointSettings, 'corsOrigins' | 'corsHeaders'>,
): Cors | undefined {
  const origins = toList(settings.corsOrigins);
  if (origins.length === 0) return undefined;
  const isForAll = origins.includes('*');
  const allowedHeaders = [...ownHeaders, ...toList(settings.corsHeaders)].join(', ');
  return (request, reply) => {
    const { origin } = request.headers;
    if (!isForAll) reply.header('vary', 'Origin');
    if (origin === undefined || !(isForAll || origins.includes(origin))) return false;
    reply.header('access-control-allow-origin', isForAll ? '*' : origin);
    reply.header('access-control-expose-headers', 'x-correlation-id');
    const isPreflight =
      request.method === 'OPTIONS' &&
      request.headers['access-control-request-method'] !== undefined;
    if (!isPreflight) return false;
    reply.headers({
      'access-control-allow-methods': methods,
      'access-control-allow-headers': allowedHeaders,
      'access-control-max-age': maxAgeSeconds,
    });
    reply.code(204).send();
    return true;
  };
}

function toList(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
