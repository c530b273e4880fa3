import { ConfigParams } from 'pip-services3-commons-nodex';
import {
  booleanSetting,
  integerSetting,
  readSettings,
  type SettingValues,
  textSetting,
} from '../../../logic/settings.js';

function text(key: string, doc: string) {
  return textSetting({ key, default: undefined, doc });
}

/** Where the database is, in the words of Pip.Services; several hosts as `connections.0.host` …. */
const addressSettings = {
  uri: text(
    'connection.uri',
    'A connection string (MONGO_SERVICE_URI), with any option of the driver but those that the ' +
      'service sets itself; host and port have no effect beside it.',
  ),
  host: text('connection.host', 'Name or address of the server (MONGO_SERVICE_HOST).'),
  port: integerSetting({
    key: 'connection.port',
    default: 27_017,
    min: 1,
    max: 65_535,
    doc: 'Port of the server (MONGO_SERVICE_PORT).',
  }),
  database: text(
    'connection.database',
    'Name of the database (MONGO_DB); one in the connection string goes before.',
  ),
  discoveryKey: text('connection.discovery_key', 'Under which a discovery service knows all that.'),
  tls: booleanSetting({
    key: 'connection.tls',
    default: false,
    doc: 'Speak TLS, and check the certificate of the server.',
  }),
  caFile: text('connection.tlsCAFile', 'Certificates of the authorities to trust, PEM.'),
  keyFile: text('connection.tlsCertificateKeyFile', 'Certificate and key to show, PEM.'),
  username: text('credential.username', 'User (MONGO_USER), also beside a connection string.'),
  password: text('credential.password', 'His password (MONGO_PASS).'),
  storeKey: text('credential.store_key', 'Under which a credential store knows them.'),
} as const;

/** How the database is used. */
const useSettings = {
  maxPoolSize: integerSetting({
    key: 'options.max_pool_size',
    default: 64,
    min: 1,
    max: 10_000,
    doc: 'Connections to each server that this process opens at most.',
  }),
  connectTimeoutMs: integerSetting({
    key: 'options.connect_timeout',
    default: 2_000,
    min: 100,
    max: 60_000,
    doc: 'Milliseconds that a new connection may take.',
  }),
  requestTimeoutMs: integerSetting({
    key: 'options.request_timeout',
    default: 2_200,
    min: 100,
    max: 60_000,
    doc: 'Milliseconds that a request may take in the database, all its round trips, or 503.',
  }),
  retryWrites: booleanSetting({
    key: 'options.retry_writes',
    default: true,
    doc:
      'Whether the driver sends a write again whose answer was lost; servers that do not know ' +
      'retryable writes need `false`.',
  }),
  replicaSet: text('options.replica_set', 'Name of the replica set; found out when not set.'),
  authSource: text(
    'options.auth_source',
    'Database that knows the user; when not set the one of the connection, or `admin` beside a ' +
      'connection string that names none.',
  ),
} as const;

/** Settings of `service-sessions:persistence:mongodb` that say where the database is and how it is used. */
export const mongoConnectionSettings = { ...addressSettings, ...useSettings } as const;

/** The values of {@link mongoConnectionSettings} that do not come by the resolver. */
export type MongoUseSettings = SettingValues<typeof useSettings>;

/** A key of an address or a credential, one of several or the only one. */
const addressKey = /^(connection|credential)(?:s\.[^.]+|s?)\.(.+)$/;

const useKeys = new Set(Object.values(useSettings).map(({ key }) => key));

/** What is left of a store's configuration without {@link mongoConnectionSettings}. */
export function withoutConnection(config: ConfigParams): ConfigParams {
  return select(config, (key) => !(addressKey.test(key) || useKeys.has(key)));
}

/** The part of a configuration that a resolver reads: without what is empty, with the usual port. */
export function addressOf(config: ConfigParams): ConfigParams {
  const isGiven = (key: string) => addressKey.test(key) && Boolean(config.getAsString(key));
  const address = select(config, isGiven);
  for (const key of address.getKeys()) {
    const port = key.replace(/\.host$/, '.port');
    if (address.getAsNullableString(port) === null) address.put(port, addressSettings.port.default);
  }
  return address;
}

/**
 * Reads how the database is used, and checks where it is said to be.
 * @throws INVALID_CONFIG naming the component and the key.
 */
export function readUseSettings(component: string, config: ConfigParams): MongoUseSettings {
  for (const key of addressOf(config).getKeys()) {
    const single = key.replace(addressKey, '$1.$2');
    const one = ConfigParams.fromTuples(single, config.getAsString(key));
    readSettings(component, one, addressSettings);
  }
  return readSettings(
    component,
    select(config, (key) => useKeys.has(key)),
    useSettings,
  );
}

function select(config: ConfigParams, isWanted: (key: string) => boolean): ConfigParams {
  const keys = config.getKeys().filter((key) => isWanted(key));
  return ConfigParams.fromTuples(...keys.flatMap((key) => [key, config.getAsString(key)]));
}
