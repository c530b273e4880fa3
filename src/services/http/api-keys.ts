import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Role } from '../../data/version1/command.js';
import { invalidConfig } from '../../errors/makers.js';
import { parseStrictJson } from './strict-json.js';

/** A key that callers may show. The key itself is not kept, only its digest. */
export interface ApiKey {
  /** Name of the key, for people. */
  readonly id: string;
  /** SHA-256 of the key. */
  readonly digest: Buffer;
  /** What it allows; no role contains another. */
  readonly roles: readonly Role[];
}

const roles = Type.Unsafe<Role>(Type.Enum(['read', 'write', 'admin', 'system']));

const keyFile = Compile(
  Type.Object(
    {
      keys: Type.Array(
        Type.Object(
          {
            id: Type.String({ minLength: 1, maxLength: 256 }),
            sha256: Type.String({ pattern: '^[0-9a-fA-F]{64}$' }),
            roles: Type.Array(roles, { minItems: 1, uniqueItems: true }),
          },
          { additionalProperties: false },
        ),
        { minItems: 1 },
      ),
    },
    { additionalProperties: false },
  ),
);

/** Keys that everybody would try first. */
const guessable = ['', 'key', 'secret', 'test', 'admin', 'password', 'changeme', 'default'];

/**
 * Reads the file of keys: `{ "keys": [{ "id", "sha256", "roles" }] }`, `sha256` being the digest of
 * the key in hex.
 * @throws INVALID_CONFIG naming the setting, the file, and what is wrong with it.
 */
export function readApiKeys(path: string): readonly ApiKey[] {
  const refuse = (reason: string, cause?: unknown) =>
    invalidConfig('options.api_keys_file (API_KEYS_FILE)', `${path} ${reason}`, cause);
  const value = readJson(path, refuse);
  if (!keyFile.Check(value)) {
    const [first] = keyFile.Errors(value);
    throw refuse(`is no list of keys: ${first?.instancePath || '/'} ${first?.message ?? ''}`);
  }
  const keys = value.keys.map(({ id, sha256, roles: allowed }) => ({
    id,
    digest: Buffer.from(sha256, 'hex'),
    roles: allowed,
  }));
  const problem = findProblem(keys);
  if (problem !== undefined) throw refuse(problem);
  return keys;
}

function readJson(path: string, refuse: (reason: string, cause: unknown) => Error): unknown {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (caught) {
    throw refuse('cannot be read', caught);
  }
  try {
    return parseStrictJson(bytes);
  } catch (caught) {
    throw refuse(`is not JSON: ${caught instanceof Error ? caught.message : ''}`, caught);
  }
}

function findProblem(keys: readonly ApiKey[]): string | undefined {
  if (new Set(keys.map(({ id }) => id)).size < keys.length) return 'has two keys of one id';
  const digests = new Set(keys.map(({ digest }) => digest.toString('hex')));
  if (digests.size < keys.length) return 'has one key twice';
  const isGuessable = guessable.some((key) => digests.has(digestOf(key).toString('hex')));
  return isGuessable ? 'has a key that anybody would guess' : undefined;
}

/**
 * The key that a request shows, as `Authorization: Bearer <key>` or `x-api-key`; `undefined` when
 * it shows none or an unknown one. Takes the same time for all of these.
 */
export function findApiKey(
  keys: readonly ApiKey[],
  headers: IncomingHttpHeaders,
): ApiKey | undefined {
  const shown = digestOf(shownKey(headers) ?? '');
  let found: ApiKey | undefined;
  for (const key of keys) {
    if (timingSafeEqual(key.digest, shown)) found = key;
  }
  return found;
}

/** Whether a request shows a key that allows a role. */
export function isAllowed(
  keys: readonly ApiKey[],
  headers: IncomingHttpHeaders,
  role: Role,
): boolean {
  return findApiKey(keys, headers)?.roles.includes(role) ?? false;
}

function shownKey(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const own = headers['x-api-key'];
  return bearer ?? (typeof own === 'string' ? own : undefined);
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
