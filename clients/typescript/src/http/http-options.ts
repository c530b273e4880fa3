import { SessionError } from '../errors/session-error.js';
import type { AllOf } from '../with-defaults.js';

/** A secret, or a function that is asked for it before each request. */
export type Credential = string | (() => string | Promise<string>);

/** How calls are repeated that are safe to repeat. */
export interface RetryOptions {
  /**
   * Most repetitions of a call; 0 = none.
   * @default 4
   */
  readonly limit?: number | undefined;
  /**
   * Longest pause before the first repetition, in ms; it doubles with each. The pause is a random
   * part of that, after what the service asks for.
   * @default 100
   */
  readonly delayMs?: number | undefined;
  /**
   * Where the doubling ends, in ms.
   * @default 2,000
   */
  readonly maxDelayMs?: number | undefined;
  /**
   * Repetitions that each call adds to the budget of the transport: a service that fails all the
   * time is asked at most this much more often.
   * @default 0.1
   */
  readonly budgetRatio?: number | undefined;
  /**
   * Repetitions that the budget holds at first and at most.
   * @default 10
   */
  readonly budgetLimit?: number | undefined;
}

/** What {@link createHttpTransport} is made with. */
export interface HttpTransportOptions {
  /** Where the service is, `http:` or `https:`. A path is kept before the route, for gateways. */
  readonly url: string | URL;
  /**
   * Path before the name of a command.
   * @default 'v1/sessions'
   */
  readonly route?: string | undefined;
  /** Sent as `x-api-key`. */
  readonly apiKey?: Credential | undefined;
  /** Sent as `Authorization: Bearer`; instead of `apiKey`. */
  readonly bearer?: Credential | undefined;
  /**
   * Deadline of a call that names none, in ms, its repetitions included.
   * @default 10,000
   */
  readonly timeoutMs?: number | undefined;
  /** How calls are repeated that are safe to repeat. */
  readonly retry?: RetryOptions | undefined;
  /**
   * Longest answer that is read, in bytes.
   * @default 16,777,216
   */
  readonly maxAnswerBytes?: number | undefined;
  /**
   * What sends a request.
   * @default the platform's `fetch`
   */
  readonly fetch?: typeof fetch | undefined;
  /**
   * A number from 0 to 1, for the pauses.
   * @default Math.random
   */
  readonly random?: (() => number) | undefined;
}

/** The defaults of {@link HttpTransportOptions}, where there are any. */
export const defaultHttpTransportOptions = {
  route: 'v1/sessions',
  timeoutMs: 10_000,
  maxAnswerBytes: 16 * 1_024 * 1_024,
  random: Math.random,
  retry: { limit: 4, delayMs: 100, maxDelayMs: 2_000, budgetRatio: 0.1, budgetLimit: 10 },
} as const satisfies Omit<AllOf<HttpTransportOptions>, 'url' | 'apiKey' | 'bearer' | 'fetch'>;

/**
 * The address before the name of a command, ending in a slash.
 * @throws INVALID_CONFIG for what is no address of a service; it may hold a secret and is not named.
 */
export function toBaseUrl({
  route = defaultHttpTransportOptions.route,
  url,
}: HttpTransportOptions): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location;
  if (!URL.canParse(String(url), page?.href)) throw invalidUrl('is no URL');
  const base = new URL(url, page?.href);
  if (!/^https?:$/.test(base.protocol)) throw invalidUrl('must begin with http: or https:');
  if (base.username !== '' || base.password !== '') {
    throw invalidUrl('must not hold a credential: see apiKey and bearer');
  }
  if (base.search !== '' || base.hash !== '') throw invalidUrl('must end with its path');
  const parts = [base.pathname, route].map((part) => part.replace(/^\/+|\/+$/g, ''));
  return `${base.origin}/${parts.map((part) => (part === '' ? '' : `${part}/`)).join('')}`;
}

function invalidUrl(reason: string): SessionError {
  return new SessionError('INVALID_CONFIG', {
    message: `url: ${reason}`,
    details: { setting: 'url' },
  });
}
