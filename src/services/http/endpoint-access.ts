import { invalidConfig } from '../../errors/makers.js';
import { type ApiKey, readApiKeys } from './api-keys.js';
import type { EndpointSettings } from './endpoint-settings.js';
import { isLoopback } from './host-rule.js';

/** Who an endpoint serves, and where (DESIGN §5). */
export interface EndpointAccess {
  /** Keys that callers must show; absent = none are asked for. */
  readonly keys: readonly ApiKey[] | undefined;
  /** Whether only this host's own requests are served. */
  readonly isOwnOnly: boolean;
  /** Address to listen on. */
  readonly host: string;
  /** Whether `host` is not the one that was configured. */
  readonly isHostReplaced: boolean;
  /** The same in words, for the operator. */
  readonly description: string;
}

/**
 * What the settings say of keys and address. Without keys it is loopback, whatever the host.
 * @throws INVALID_CONFIG when the keys cannot be read, or are there and `auth` is `none`.
 */
export function resolveAccess(settings: EndpointSettings): EndpointAccess {
  const { apiKeysFile, auth, host } = settings;
  if (apiKeysFile !== undefined) {
    if (auth === 'none') {
      throw invalidConfig('options.auth (AUTH)', '`none` contradicts options.api_keys_file');
    }
    const keys = readApiKeys(apiKeysFile);
    const description = `${keys.length} API ${keys.length === 1 ? 'key is' : 'keys are'} set`;
    return { keys, isOwnOnly: false, host, isHostReplaced: false, description };
  }
  if (auth === 'none') {
    const description = 'no keys are asked for (AUTH=none): whoever reaches the address is served';
    return { keys: undefined, isOwnOnly: false, host, isHostReplaced: false, description };
  }
  const isHostReplaced = !isLoopback(host);
  return {
    keys: undefined,
    isOwnOnly: true,
    host: isHostReplaced ? '127.0.0.1' : host,
    isHostReplaced,
    description: 'no keys are set: only requests of this machine are served',
  };
}
