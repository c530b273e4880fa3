import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { invalidConfig } from '../../errors/makers.js';
import type { EndpointSettings } from './endpoint-settings.js';
import { answerOddRequests } from './parser-errors.js';

/** How often Node looks for requests that are too slow. */
const connectionsCheckMs = 1_000;

/**
 * Node's server with the limits and timeouts of QUALITY "Bad input", over TLS when the settings
 * want it. The listener of `clientError` is the caller's: Fastify wants to set it.
 * @throws INVALID_CONFIG naming the file that cannot be read or used.
 */
export function createHttpServer(settings: EndpointSettings, listener: RequestListener): Server {
  const options: ServerOptions = {
    maxHeaderSize: settings.headerLimitBytes,
    headersTimeout: Math.min(settings.headersTimeoutMs, settings.requestTimeoutMs),
    requestTimeout: settings.requestTimeoutMs,
    keepAliveTimeout: settings.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(
      connectionsCheckMs,
      settings.headersTimeoutMs,
      settings.requestTimeoutMs,
    ),
    // Node would answer these itself, without a body: `refusedRequest` does.
    requireHostHeader: false,
  };
  const server: Server =
    settings.protocol === 'https'
      ? createSecureServer({ ...options, ...readCredentials(settings) }, listener)
      : createServer(options, listener);
  // Beyond this number Node would drop headers silently; their bytes are limited anyway.
  server.maxHeadersCount = 0;
  server.timeout = settings.socketTimeoutMs;
  answerOddRequests(server);
  return server;
}

function readCredentials(settings: EndpointSettings): SecureContextOptions {
  const { sslAuthorityFile, sslCertificateFile, sslKeyFile } = settings;
  const credentials = {
    key: readRequired('credential.ssl_key_file', sslKeyFile),
    cert: readRequired('credential.ssl_crt_file', sslCertificateFile),
    ...(sslAuthorityFile === undefined
      ? {}
      : { ca: readRequired('credential.ssl_ca_file', sslAuthorityFile) }),
  };
  try {
    createSecureContext(credentials);
  } catch (caught) {
    throw invalidConfig('credential.ssl_*_file', 'are not a key and its certificate', caught);
  }
  return credentials;
}

function readRequired(setting: string, path: string | undefined): Buffer {
  if (path === undefined) throw invalidConfig(setting, 'is needed for https');
  try {
    return readFileSync(path);
  } catch (caught) {
    throw invalidConfig(setting, `${path} cannot be read`, caught);
  }
}
