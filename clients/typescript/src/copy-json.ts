import { SessionError } from './errors/session-error.js';

/**
 * Parameters as the text that crosses a wire.
 * @throws INVALID_DATA for what JSON cannot hold, a cycle or a bigint.
 */
export function toJsonText(params: object): string {
  try {
    return JSON.stringify(params);
  } catch (caught) {
    throw new SessionError('INVALID_DATA', {
      message: 'The parameters are not valid: /: is no JSON.',
      details: { problems: [{ path: '', reason: 'is no JSON' }] },
      cause: caught,
    });
  }
}

/** A JSON value as it would arrive at the other end of a wire; `undefined` is `null`. */
export function copyJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
