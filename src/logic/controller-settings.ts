import { maxTimeoutMs } from '../data/version1/fields.js';
import { type SessionKind, sessionKinds } from '../data/version1/words.js';
import { choiceSetting, integerSetting, listSetting } from './settings.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const countedByDefault: readonly SessionKind[] = ['rpc', 'web', 'token'];

function duration(key: string, defaultMs: number, doc: string) {
  return integerSetting({ key, default: defaultMs, min: 1, max: maxTimeoutMs, doc });
}

/** Settings of `service-sessions:controller:default`. */
export const controllerSettings = {
  idleTimeoutMs: integerSetting({
    key: 'options.idle_timeout',
    alias: 'options.expire_timeout',
    default: dayMs,
    min: 1,
    max: maxTimeoutMs,
    doc: 'Milliseconds without a sign of life until a session ends, unless its caller said so.',
  }),
  webIdleTimeoutMs: duration(
    'options.web_idle_timeout',
    300_000,
    'The same for sessions of kind `web`.',
  ),
  absoluteTimeoutMs: integerSetting({
    key: 'options.absolute_timeout',
    default: undefined,
    min: 1,
    max: maxTimeoutMs,
    doc: 'Milliseconds until a session ends whatever happens; none when not set.',
  }),
  cleanupIntervalMs: integerSetting({
    key: 'options.cleanup_interval',
    default: 900_000,
    min: 10,
    // What a timer of Node can hold.
    max: 2_147_483_647,
    doc: 'Milliseconds between two sweeps, which write down ends and remove what is kept no longer.',
  }),
  cleanupBatch: integerSetting({
    key: 'options.cleanup_batch',
    default: 500,
    min: 1,
    max: 10_000,
    doc: 'Sessions that one step of a sweep, or one call that ends or deletes many, works on.',
  }),
  retentionMs: duration(
    'options.retention',
    30 * dayMs,
    'Milliseconds for which ended sessions are kept.',
  ),
  ledgerRetentionMs: duration(
    'options.ledger_retention',
    400 * dayMs,
    'Milliseconds for which closed stretches of time are kept.',
  ),
  maxPageSize: integerSetting({
    key: 'options.max_page_size',
    default: 100,
    min: 1,
    max: 10_000,
    doc: 'Most rows of one page.',
  }),
  maxSessionsPerUser: integerSetting({
    key: 'options.max_sessions_per_user',
    default: undefined,
    min: 1,
    max: 1_000,
    doc: 'Live sessions that a user may have; any number when not set.',
  }),
  limitPolicy: choiceSetting({
    key: 'options.limit_policy',
    default: 'reject',
    words: ['reject', 'end_oldest'],
    doc: 'What happens at the limit: the new session is refused, or the oldest end for it.',
  }),
  limitKinds: listSetting({
    key: 'options.limit_kinds',
    default: countedByDefault,
    words: sessionKinds,
    doc: 'Kinds that count to the limit and may be ended for it.',
  }),
  statusActiveSeconds: integerSetting({
    key: 'options.status_lifetime_active',
    default: 300,
    min: 1,
    max: 86_400,
    doc: 'Seconds without activity until `available` and `busy` become `away`.',
  }),
  statusAwaySeconds: integerSetting({
    key: 'options.status_lifetime_away',
    default: 200,
    min: 1,
    max: 86_400,
    doc: 'Seconds more without a beat until a context is no longer there.',
  }),
} as const;
