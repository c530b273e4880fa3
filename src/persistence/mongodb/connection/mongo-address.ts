import type { ConfigParams, IReferences } from 'pip-services3-commons-nodex';
import { CredentialResolver } from 'pip-services3-components-nodex';
import { MongoDbConnectionResolver } from 'pip-services3-mongodb-nodex';
import { invalidConfig } from '../../../errors/makers.js';
import { addressOf } from './mongo-connection-settings.js';

/** Where a database is, and as whom to come. */
export interface MongoAddress {
  /** A connection string, which may hold a password: never for a log. */
  readonly uri: string;
  readonly database: string;
  /** The hosts, for the operator. */
  readonly hosts: string;
  /** Beside a connection string that names no user. */
  readonly auth?: { readonly username: string; readonly password: string };
  /** Whether the connection string names no database: then users are looked for in `admin`. */
  readonly isUnnamed: boolean;
}

/** Keys of Pip.Services that a composed connection string would carry on to the driver. */
const pipKeys = ['discovery_key', 'store_key', 'protocol'];

/**
 * Options that would weaken what is promised of a write or a read, in lower case: the driver puts them
 * into the concerns that it is given. The others that the service sets itself go before those of the
 * connection string.
 */
const weakening = new Set([
  'j',
  'journal',
  'fsync',
  'wtimeout',
  'wtimeoutms',
  'readconcernlevel',
  'readpreferencetags',
  'maxstalenessseconds',
]);

/** Parts of a connection string: scheme, user, hosts, database, options. */
const parts = /^(mongodb(?:\+srv)?:\/\/)(?:(.*)@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/;

/**
 * Asks connections, credentials, discovery and credential stores of Pip.Services for the address.
 * @throws INVALID_CONFIG naming the setting, never a password.
 */
export async function resolveAddress(
  component: string,
  config: ConfigParams,
  references: IReferences | undefined,
): Promise<MongoAddress> {
  const address = addressOf(config);
  const [connections, credentials] = [new MongoDbConnectionResolver(), new CredentialResolver()];
  for (const resolver of [connections, credentials]) {
    resolver.configure(address);
    if (references !== undefined) resolver.setReferences(references);
  }
  const setting = `${component}: connection`;
  const uri = await ask(setting, () => connections.resolve(component));
  const credential = await ask(`${component}: credential`, () => credentials.lookup(component));
  const found = parts.exec(uri);
  if (found === null) throw invalidConfig(`${setting}.uri`, 'is not a MongoDB connection string');
  const [, scheme, user, hosts = '', path, options] = found;
  const database = decodeName(path) || address.getAsStringWithDefault('connection.database', '');
  if (database === '') throw invalidConfig(`${setting}.database`, 'no database is named');
  const username = credential?.getUsername();
  const login = user === undefined ? '' : `${user}@`;
  return {
    uri: `${scheme}${login}${hosts}/${encodeURIComponent(database)}${cleanOptions(options)}`,
    database,
    hosts,
    isUnnamed: decodeName(path) === '',
    ...(user === undefined && username
      ? { auth: { username, password: credential?.getPassword() ?? '' } }
      : {}),
  };
}

async function ask<Value>(setting: string, resolve: () => Promise<Value>): Promise<Value> {
  try {
    return await resolve();
  } catch (caught) {
    const reason = caught instanceof Error ? caught.message : String(caught);
    throw invalidConfig(setting, reason, caught);
  }
}

function cleanOptions(options: string | undefined): string {
  const parameters = new URLSearchParams(options);
  for (const key of pipKeys) parameters.delete(key);
  for (const key of [...parameters.keys()]) {
    if (weakening.has(key.toLowerCase())) parameters.delete(key);
  }
  return parameters.size === 0 ? '' : `?${parameters}`;
}

function decodeName(path: string | undefined): string {
  try {
    return decodeURIComponent(path ?? '');
  } catch {
    return path ?? '';
  }
}
