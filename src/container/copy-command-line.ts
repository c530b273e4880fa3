import { parseArgs } from 'node:util';
import { invalidConfig } from '../errors/makers.js';
import { mongodbStoreSettings } from '../persistence/mongodb/mongodb-settings.js';
import { sqliteSettings } from '../persistence/sqlite/sqlite-settings.js';

/** A store that a copy reads or makes. */
export type CopyEnd =
  | { readonly store: 'file'; readonly path: string }
  | {
      readonly store: 'mongodb';
      /** The store's settings, by their keys. */
      readonly settings: Readonly<Record<string, string>>;
      readonly collection: string;
    };

/** What `copy` is asked for. */
export type CopyCommandLine =
  | { readonly action: 'help' }
  | {
      readonly action: 'copy';
      readonly from: CopyEnd;
      readonly to: CopyEnd;
      readonly restart: boolean;
      readonly idleTimeoutMs: number;
    };

/** What `copy --help` prints. */
export const copyUsage = `Usage: service-sessions copy --from <store> --to <store> [options]

Copies everything that a store holds into a new one: sessions with their contexts, deadlines,
revisions and time that runs, the time ledger, and the request ids. Nobody may serve either of them
meanwhile. A copy that was cut off goes on where it was when the same command is given again; at the
end both stores are read and compared, and only then can the new one be served.

Stores:
  file      a database of the file store
  mongodb   a collection of the MongoDB store, or, to copy from, of service-sessions-node

Options:
  --from <store>, --to <store>      file or mongodb
  --from-path, --to-path <file>     the database (default: FILE_PATH, or data/sessions.db)
  --from-uri, --to-uri <uri>        the server and its database (default: MONGO_SERVICE_URI, or
                                    MONGO_SERVICE_HOST, MONGO_SERVICE_PORT, MONGO_DB)
  --from-collection, --to-collection <name>
                                    (default: MONGO_COLLECTION, or sessions)
  --idle-timeout <ms>               of sessions of service-sessions-node (default: 24 h)
  --restart                         begin anew: removes what an unfinished copy has made
  -h, --help                        print this

User and password of MongoDB: MONGO_USER, MONGO_PASS. The progress is on stderr, the result, as JSON,
on stdout.
Exit codes: 0 done, 1 done but for damaged records, which are named, 64 wrong usage, 70 a fault (run
it again), 78 a store that cannot be read or written.
`;

const options = {
  from: { type: 'string' },
  to: { type: 'string' },
  'from-path': { type: 'string' },
  'to-path': { type: 'string' },
  'from-uri': { type: 'string' },
  'to-uri': { type: 'string' },
  'from-collection': { type: 'string' },
  'to-collection': { type: 'string' },
  'idle-timeout': { type: 'string' },
  restart: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parse>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Reads what stands behind `copy`. @throws INVALID_CONFIG naming the option. */
export function parseCopyCommandLine(
  args: readonly string[],
  environment: Environment,
): CopyCommandLine {
  const values = parse(args);
  if (values.help === true) return { action: 'help' };
  const setting = sqliteSettings.importIdleTimeoutMs;
  const idleTimeoutMs = setting.parse(values['idle-timeout'] ?? String(setting.default));
  if (idleTimeoutMs === undefined)
    throw invalidConfig('--idle-timeout', `is not ${setting.values}`);
  return {
    action: 'copy',
    from: toEnd('from', values, environment),
    to: toEnd('to', values, environment),
    restart: values.restart === true,
    idleTimeoutMs,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (caught) {
    const reason = caught instanceof Error ? caught.message.split('. ')[0] : String(caught);
    throw invalidConfig('command line', `${reason}; see copy --help`);
  }
}

function toEnd(side: 'from' | 'to', values: Values, environment: Environment): CopyEnd {
  const store = values[side];
  const path = values[`${side}-path`];
  const uri = values[`${side}-uri`];
  const collection = values[`${side}-collection`];
  if (store === 'file') {
    if ((uri ?? collection) !== undefined) throw unfit(side, 'a file has a path only');
    const { default: usual } = sqliteSettings.path;
    return { store, path: path ?? (environment['FILE_PATH'] || usual) };
  }
  if (store === 'mongodb') {
    if (path !== undefined) throw unfit(side, 'mongodb has no path');
    return {
      store,
      settings: mongoSettings(uri, environment),
      collection:
        collection ?? (environment['MONGO_COLLECTION'] || mongodbStoreSettings.collection.default),
    };
  }
  throw unfit(side, 'is file or mongodb; see copy --help');
}

/** The connection as `config/config.yml` makes it of the environment. */
function mongoSettings(uri: string | undefined, environment: Environment): Record<string, string> {
  const {
    MONGO_SERVICE_URI: usualUri,
    MONGO_SERVICE_HOST: host,
    MONGO_SERVICE_PORT: port,
    MONGO_DB: database,
    MONGO_USER: username,
    MONGO_PASS: password,
  } = environment;
  const given = uri ?? usualUri;
  const settings = {
    ...(given ? { 'connection.uri': given } : {}),
    'connection.host': host || 'localhost',
    'connection.port': port || '27017',
    'connection.database': database || 'app',
    ...(username ? { 'credential.username': username } : {}),
    ...(password ? { 'credential.password': password } : {}),
  };
  return settings;
}

function unfit(side: string, reason: string): Error {
  return invalidConfig(`--${side}`, reason);
}
