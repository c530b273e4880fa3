/** What the short way needs to know of the head of a request. */
export interface PlainHead {
  readonly host: string;
  /** Length of the body in bytes. */
  readonly length: number;
  /** The correlation id as it was given. */
  readonly correlationId: string | undefined;
}

/** Headers that say nothing the endpoint acts on, besides the four that are read here. */
const plainHeaders = [
  'accept',
  'accept-encoding',
  'accept-language',
  'authorization',
  'connection',
  'sec-fetch-mode',
  'traceparent',
  'tracestate',
  'user-agent',
  'x-api-key',
];

type Read = 'host' | 'type' | 'length' | 'correlationId';

const readHeaders: ReadonlyMap<string, Read | 'none'> = new Map<string, Read | 'none'>([
  ['host', 'host'],
  ['content-type', 'type'],
  ['content-length', 'length'],
  ['x-correlation-id', 'correlationId'],
  ...plainHeaders.map((name) => [name, 'none'] as const),
]);

const jsonTypes: ReadonlySet<string | undefined> = new Set([
  'application/json',
  'application/json; charset=utf-8',
]);

/**
 * Reads the head of a plain request: `Host`, `Content-Type` (JSON in UTF-8) and `Content-Length`
 * once each, and nothing besides that is not known to be of no consequence.
 * @returns `undefined` for any other head, which is not necessarily wrong.
 */
export function readPlainHead(rawHeaders: readonly string[]): PlainHead | undefined {
  let host: string | undefined;
  let type: string | undefined;
  let length: string | undefined;
  let correlationId: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const value = rawHeaders[index + 1];
    switch (readHeaders.get(rawHeaders[index]?.toLowerCase() ?? '')) {
      case 'none':
        break;
      case 'host':
        if (host !== undefined) return undefined;
        host = value;
        break;
      case 'type':
        if (type !== undefined) return undefined;
        type = value;
        break;
      case 'length':
        if (length !== undefined) return undefined;
        length = value;
        break;
      case 'correlationId':
        if (correlationId !== undefined) return undefined;
        correlationId = value;
        break;
      default:
        return undefined;
    }
  }
  // Node's parser has refused what is not a number.
  if (host === undefined || length === undefined || !jsonTypes.has(type)) return undefined;
  return { host, length: Number(length), correlationId };
}
