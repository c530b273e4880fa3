import {
  booleanSetting,
  choiceSetting,
  integerSetting,
  type SettingValues,
  textSetting,
} from '../../logic/settings.js';

const minuteMs = 60_000;

function duration(key: string, defaultMs: number, doc: string) {
  return integerSetting({ key, default: defaultMs, min: 1, max: 10 * minuteMs, doc });
}

function file(key: string, doc: string) {
  return textSetting({ key, default: undefined, doc });
}

function unused(key: string) {
  const doc = 'Known from the original, so that its configuration starts; it has no effect.';
  return textSetting({ key, default: undefined, doc });
}

/** Settings of `pip-services:endpoint:http`. */
export const endpointSettings = {
  protocol: choiceSetting({
    key: 'connection.protocol',
    default: 'http',
    words: ['http', 'https'],
    doc: 'What is spoken; `https` needs the two files below.',
  }),
  host: textSetting({
    key: 'connection.host',
    default: '127.0.0.1',
    doc: 'Address to listen on (HTTP_HOST). Without keys only loopback, whatever stands here.',
  }),
  port: integerSetting({
    key: 'connection.port',
    default: 8080,
    min: 0,
    max: 65_535,
    doc: 'Port to listen on (HTTP_PORT); 0 takes a free one.',
  }),
  sslKeyFile: file('credential.ssl_key_file', 'Private key for `https`, PEM.'),
  sslCertificateFile: file('credential.ssl_crt_file', 'Certificate for `https`, PEM.'),
  sslAuthorityFile: file('credential.ssl_ca_file', 'Certificates of the authorities, PEM.'),
  apiKeysFile: file(
    'options.api_keys_file',
    'File of the keys that callers must show (API_KEYS_FILE), see "Who is served".',
  ),
  auth: choiceSetting({
    key: 'options.auth',
    default: 'keys',
    words: ['keys', 'none'],
    doc: '`none` (AUTH) serves everybody who reaches the address, without keys.',
  }),
  defaultAccess: choiceSetting({
    key: 'options.default_access',
    default: undefined,
    words: ['public', 'read', 'write', 'admin', 'system'],
    doc: 'Access rule of routes that bring none; when not set, such a route ends the start.',
  }),
  bodyLimitBytes: integerSetting({
    key: 'options.request_max_size',
    default: 262_144,
    min: 1_024,
    max: 16_777_216,
    doc: 'Largest request body in bytes.',
  }),
  bodyMemoryBytes: integerSetting({
    key: 'options.max_body_memory',
    default: 134_217_728,
    min: 1_048_576,
    max: 17_179_869_184,
    doc: 'Bytes that bodies over 4 KiB on their way may take together; more get 503.',
  }),
  headerLimitBytes: integerSetting({
    key: 'options.header_max_size',
    default: 16_384,
    min: 1_024,
    max: 131_072,
    doc: 'Largest sum of request line and headers in bytes.',
  }),
  headersTimeoutMs: duration(
    'options.headers_timeout',
    5_000,
    'Milliseconds within which the headers of a request must be there.',
  ),
  requestTimeoutMs: duration(
    'options.request_timeout',
    10_000,
    'Milliseconds within which a whole request must be there.',
  ),
  keepAliveTimeoutMs: duration(
    'options.keep_alive_timeout',
    72_000,
    'Milliseconds that a connection stays open between requests.',
  ),
  socketTimeoutMs: duration(
    'options.connect_timeout',
    minuteMs,
    'Milliseconds of silence during a request or an answer until its connection is cut.',
  ),
  drainDelayMs: integerSetting({
    key: 'options.drain_delay',
    default: 2_000,
    min: 0,
    max: minuteMs,
    doc: 'Milliseconds between "not ready" and the end of listening when the service stops.',
  }),
  closeTimeoutMs: duration(
    'options.close_timeout',
    5_000,
    'Milliseconds that running requests have to finish when the service stops.',
  ),
  runningLimit: integerSetting({
    key: 'options.max_running_requests',
    default: 1_000,
    min: 1,
    max: 1_000_000,
    doc: 'Requests that may be worked on at once; more are answered 503.',
  }),
  loopDelayLimitMs: duration(
    'options.max_loop_delay',
    500,
    'Milliseconds that the event loop may be late, three times running, until requests get 503.',
  ),
  readinessTimeoutMs: duration(
    'options.readiness_timeout',
    1_000,
    'Milliseconds within which what `/readyz` asks must answer.',
  ),
  maintenance: booleanSetting({
    key: 'options.maintenance_enabled',
    default: false,
    doc: 'Whether everything but `/livez` is answered 503.',
  }),
  corsOrigins: textSetting({
    key: 'cors_origins',
    default: undefined,
    doc: 'Origins of web pages that may call, separated by commas, or `*`; none when not set.',
  }),
  corsHeaders: textSetting({
    key: 'cors_headers',
    default: undefined,
    doc: "Request headers that such pages may send besides the service's own.",
  }),
  fileMaxSize: unused('options.file_max_size'),
  debug: unused('options.debug'),
  protocolUpgrade: unused('options.protocol_upgrade_enabled'),
} as const;

/** The values of {@link endpointSettings}. */
export type EndpointSettings = SettingValues<typeof endpointSettings>;
