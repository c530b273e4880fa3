import { SessionError } from '../../src/index.js';

/** The failure of a call, which must be a `SessionError` of the client's own class. */
export async function errorOf(call: Promise<unknown>): Promise<SessionError> {
  const [outcome] = await Promise.allSettled([call]);
  if (outcome.status === 'fulfilled') throw new Error('A failure was expected.');
  if (!(outcome.reason instanceof SessionError)) throw outcome.reason;
  return outcome.reason;
}

/** What a caller decides by: code, status and details. */
export async function failureOf(call: Promise<unknown>) {
  const { code, details, status } = await errorOf(call);
  return details === undefined ? { code, status } : { code, status, details };
}
