import { SessionError } from '../errors/session-error.js';
import type { Credential, HttpTransportOptions } from './http-options.js';

/** Visible ASCII: what can stand in a header. */
const acceptable = /^[!-~]+$/;

/**
 * What makes the headers that show who calls.
 * @throws INVALID_CONFIG when both kinds are given, or a text that no header can hold.
 */
export function createCredentialHeaders(
  options: Pick<HttpTransportOptions, 'apiKey' | 'bearer'>,
): () => Promise<Readonly<Record<string, string>>> {
  const { apiKey, bearer } = options;
  if (apiKey !== undefined && bearer !== undefined) {
    throw invalidConfig('bearer', 'cannot be given beside apiKey');
  }
  const setting = apiKey === undefined ? 'bearer' : 'apiKey';
  const credential = apiKey ?? bearer;
  if (credential === undefined) return async () => ({});
  if (typeof credential === 'string' && !acceptable.test(credential)) {
    throw invalidConfig(setting, 'cannot stand in a header');
  }
  return async () => {
    const text = await ask(credential);
    return setting === 'bearer' ? { authorization: `Bearer ${text}` } : { 'x-api-key': text };
  };
}

/** @throws UNAUTHORIZED when there is none to be had. */
async function ask(credential: Credential): Promise<string> {
  const message = 'The credential for the call could not be had.';
  let text: unknown;
  try {
    text = typeof credential === 'string' ? credential : await credential();
  } catch (caught) {
    throw new SessionError('UNAUTHORIZED', { message, status: 0, cause: caught });
  }
  if (typeof text === 'string' && acceptable.test(text)) return text;
  throw new SessionError('UNAUTHORIZED', { message, status: 0 });
}

function invalidConfig(setting: string, reason: string): SessionError {
  return new SessionError('INVALID_CONFIG', {
    message: `${setting}: ${reason}`,
    details: { setting },
  });
}
