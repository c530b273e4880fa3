import { type CallScope, CallScopes } from '../call-scope.js';
import { toJsonText } from '../copy-json.js';
import { SessionError } from '../errors/session-error.js';
import { commands } from '../generated/commands.js';
import { createRandomId } from '../random-id.js';
import type { CallOptions, CommandName, SessionsTransport } from '../transport.js';
import { type AllOf, withDefaults } from '../with-defaults.js';
import { createCredentialHeaders } from './credential.js';
import {
  defaultHttpTransportOptions,
  type HttpTransportOptions,
  type RetryOptions,
  toBaseUrl,
} from './http-options.js';
import { type Outcome, readAnswer } from './read-answer.js';
import { RetryBudget } from './retry-budget.js';

/** The parameter that makes a command safe to repeat, beside those that always are. */
const repeatKeys: Partial<Record<CommandName, string>> = {
  open_session: 'request_id',
  touch_session: 'seq',
};

/** What can stand in a header of the trace context. */
const acceptableTrace = /^[!-~]{1,256}$/;

/** One call as it is sent, once or several times. */
interface HttpCall {
  readonly command: CommandName;
  readonly body: string;
  readonly options: CallOptions;
  readonly isRepeatable: boolean;
}

/**
 * Calls the service by HTTP (`POST <url>/v1/sessions/<command>`), with nothing but `fetch`, whose
 * connections stay open between calls. Redirects are not followed. Repeated are, after `UNREACHABLE`,
 * 429 and 503, only calls that are safe to repeat: the idempotent commands of the table,
 * `open_session` (a `request_id` is added where the caller gave none) and `touch_session` with a
 * `seq`.
 * @throws INVALID_CONFIG naming the option.
 */
export function createHttpTransport(options: HttpTransportOptions): SessionsTransport {
  const transport = new HttpTransport(options);
  return {
    call: async (command, params, callOptions) =>
      await transport.call(command, params, callOptions),
    close: async () => transport.close(),
  };
}

class HttpTransport {
  readonly #options: Omit<AllOf<HttpTransportOptions>, 'apiKey' | 'bearer' | 'retry' | 'url'>;
  readonly #retry: AllOf<RetryOptions>;
  readonly #baseUrl: string;
  readonly #credentialHeaders: () => Promise<Readonly<Record<string, string>>>;
  readonly #budget: RetryBudget;
  readonly #scopes: CallScopes;

  constructor(options: HttpTransportOptions) {
    // Looked up at each call, so that what wraps the platform's later is used.
    const send: typeof fetch = async (...args) => await globalThis.fetch(...args);
    const { retry, ...defaults } = defaultHttpTransportOptions;
    this.#options = withDefaults({ fetch: send, ...defaults }, options);
    this.#retry = withDefaults(retry, options.retry ?? {});
    this.#baseUrl = toBaseUrl(options);
    this.#credentialHeaders = createCredentialHeaders(options);
    this.#budget = new RetryBudget(this.#retry.budgetRatio, this.#retry.budgetLimit);
    this.#scopes = new CallScopes(this.#options.timeoutMs);
  }

  async call(command: CommandName, params: object, options: CallOptions): Promise<unknown> {
    return await this.#scopes.run(options, async (scope) => {
      const call = this.#toCall(command, params, options);
      this.#budget.add();
      for (let retries = 0; ; retries += 1) {
        const outcome = await this.#attempt(call, scope);
        if ('result' in outcome) return outcome.result;
        scope.lastError = outcome.error;
        const pauseMs = this.#pauseBefore(call, outcome, retries);
        const isInTime = pauseMs !== undefined && pauseMs < scope.remainingMs;
        if (!(isInTime && !scope.signal.aborted && this.#budget.take())) throw outcome.error;
        await scope.wait(pauseMs);
      }
    });
  }

  close(): void {
    this.#scopes.close();
  }

  #toCall(command: CommandName, given: object, options: CallOptions): HttpCall {
    const mayRepeat = this.#retry.limit > 0 && options.keepalive !== true;
    const params = mayRepeat && command === 'open_session' ? withRequestId(given) : given;
    const isRepeatable = mayRepeat && isSafeToRepeat(command, params);
    return { command, body: toJsonText(params), options, isRepeatable };
  }

  async #attempt(call: HttpCall, scope: CallScope): Promise<Outcome> {
    const { command } = call;
    const { correlationId, signal } = scope;
    const headers = { ...this.#headersOf(call, scope), ...(await this.#credentialHeaders()) };
    try {
      const response = await this.#options.fetch(`${this.#baseUrl}${command}`, {
        method: 'POST',
        headers,
        body: call.body,
        redirect: 'manual',
        keepalive: call.options.keepalive === true,
        signal,
      });
      const { maxAnswerBytes } = this.#options;
      return await readAnswer(response, { command, correlationId, maxAnswerBytes });
    } catch (caught) {
      return { error: new SessionError('UNREACHABLE', { correlationId, cause: caught }) };
    }
  }

  #headersOf(
    { options }: HttpCall,
    { correlationId }: CallScope,
  ): Readonly<Record<string, string>> {
    const { traceparent = '' } = options;
    return {
      accept: 'application/json',
      'content-type': 'application/json',
      'x-correlation-id': correlationId,
      ...(acceptableTrace.test(traceparent) ? { traceparent } : {}),
    };
  }

  /** The pause before the call is repeated, in ms; `undefined` when it is not. */
  #pauseBefore(
    call: HttpCall,
    outcome: Extract<Outcome, { error: SessionError }>,
    retries: number,
  ): number | undefined {
    const { code, status } = outcome.error;
    const isPassing = code === 'UNREACHABLE' || status === 429 || status === 503;
    if (!(call.isRepeatable && isPassing) || retries >= this.#retry.limit) return undefined;
    const { delayMs, maxDelayMs } = this.#retry;
    const pauseMs = this.#options.random() * Math.min(maxDelayMs, delayMs * 2 ** retries);
    // Who were refused together are told the same: they must not all come back at the same time.
    return pauseMs + (outcome.retryAfterMs ?? 0);
  }
}

function isSafeToRepeat(command: CommandName, params: object): boolean {
  const key = repeatKeys[command];
  return commands[command].idempotent || (key !== undefined && isGiven(params, key));
}

function withRequestId(params: object): object {
  if (isGiven(params, 'request_id')) return params;
  return { ...params, request_id: createRandomId() };
}

/** Whether a parameter is there; `null` is its absence, as for the service. */
function isGiven(params: object, key: string): boolean {
  const value: unknown = Reflect.get(params, key);
  return value !== undefined && value !== null;
}
