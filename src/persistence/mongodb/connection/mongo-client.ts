import { MongoClient, type MongoClientOptions } from 'mongodb';
import { invalidConfig } from '../../../errors/makers.js';
import type { MongoAddress } from './mongo-address.js';
import type { MongoUseSettings } from './mongo-connection-settings.js';

/**
 * What every client of the service has (DESIGN §2 "MongoDB"). A read
 * whose answer is lost is sent again once, and so is a write, which the server recognizes unless
 * `options.retry_writes` says no; a write counts when a majority has it on
 * disk, and is read back from the primary only.
 */
const fixedOptions = {
  appName: 'service-sessions',
  serverSelectionTimeoutMS: 2_000,
  socketTimeoutMS: 2_500,
  waitQueueTimeoutMS: 500,
  heartbeatFrequencyMS: 1_000,
  minHeartbeatFrequencyMS: 100,
  writeConcern: { w: 'majority', journal: true },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  retryReads: true,
  ignoreUndefined: false,
  promoteValues: true,
} as const satisfies MongoClientOptions;

/**
 * The longest that the driver's look at a server takes that is given up in time: the server may wait
 * for news, and is waited for, one and the other with a limit.
 */
export function longestLookMs({ connectTimeoutMs }: MongoUseSettings): number {
  return fixedOptions.heartbeatFrequencyMS + connectTimeoutMs;
}

/** How a client is used; `socketTimeoutMs`: longest time for one answer, when not the usual. */
type ClientUse = MongoUseSettings & { readonly socketTimeoutMs?: number | undefined };

/** Makes a client, which connects when it is used. @throws INVALID_CONFIG naming the setting. */
export function createMongoClient(
  component: string,
  address: MongoAddress,
  use: ClientUse,
): MongoClient {
  const { maxPoolSize, connectTimeoutMs, replicaSet, retryWrites, authSource } = use;
  const { socketTimeoutMs = fixedOptions.socketTimeoutMS } = use;
  try {
    return new MongoClient(address.uri, {
      ...fixedOptions,
      socketTimeoutMS: socketTimeoutMs,
      maxPoolSize,
      connectTimeoutMS: connectTimeoutMs,
      retryWrites,
      ...(address.auth === undefined ? {} : { auth: address.auth }),
      ...(replicaSet === undefined ? {} : { replicaSet }),
      ...authSourceOf(address, authSource),
    });
  } catch (caught) {
    const reason = caught instanceof Error ? caught.message : 'cannot be read';
    throw invalidConfig(`${component}: connection`, withoutSecrets(reason, address), caught);
  }
}

/** Where a user is looked for; by the driver itself in the database that is named. */
function authSourceOf(address: MongoAddress, configured: string | undefined): MongoClientOptions {
  if (/[?&]auth(?:Source|Mechanism)=/i.test(address.uri)) return {};
  const hasUser = address.auth !== undefined || /\/\/[^/]*@/.test(address.uri);
  const authSource = configured ?? (address.isUnnamed ? 'admin' : address.database);
  return hasUser ? { authSource } : {};
}

function withoutSecrets(text: string, { uri, auth }: MongoAddress): string {
  const login = /\/\/(.*)@/.exec(uri)?.[1] ?? '';
  const secrets = [login, ...login.split(':').slice(1), auth?.password ?? ''].filter(Boolean);
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '…'), text);
}
