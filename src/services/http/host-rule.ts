import type { IncomingMessage } from 'node:http';

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);
const authorityPattern = /^(\[[0-9a-f:]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i;
/** The beginning of the names under which proxies say whom they speak for. */
const forwardingPrefix = 'x-forwarded-';

/**
 * Whether a request is this host's own, as far as a request can show it (DESIGN §5): its `Host` is
 * a loopback name, its `Origin` absent or the same, `Sec-Fetch-Site` not `cross-site`, and nobody
 * forwarded it. A web page that reaches the service, by a form or by rebinding its name, fails.
 */
export function isOwnRequest(request: IncomingMessage): boolean {
  const { headers } = request;
  const host = headers.host?.toLowerCase();
  if (host === undefined || !isLoopbackAuthority(host)) return false;
  if (headers['sec-fetch-site'] === 'cross-site') return false;
  const { origin } = headers;
  if (origin !== undefined && !isSameOrigin(origin, host)) return false;
  return headers.forwarded === undefined && headers.via === undefined && !isForwarded(headers);
}

/** Whether a `Host` is a loopback name, with any port. */
export function isLoopbackAuthority(host: string): boolean {
  const name = authorityPattern.exec(host)?.[1];
  return name !== undefined && loopbackNames.has(name.toLowerCase());
}

function isForwarded(headers: IncomingMessage['headers']): boolean {
  for (const name in headers) if (name.startsWith(forwardingPrefix)) return true;
  return false;
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** Whether an address to listen on is reached by this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
