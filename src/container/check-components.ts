import type { ConfigParams, Descriptor } from 'pip-services3-commons-nodex';
import { invalidConfig } from '../errors/makers.js';
import {
  choiceSetting,
  integerSetting,
  readSettings,
  type Settings,
  textSetting,
} from '../logic/settings.js';

/** One component of a container's configuration, before it is made. */
export interface ConfiguredComponent {
  readonly descriptor: Descriptor | null;
  readonly type: unknown;
  readonly config: ConfigParams;
}

const logLevels = ['none', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

const level = choiceSetting({
  key: 'level',
  default: 'info',
  words: [...logLevels, '0', '1', '2', '3', '4', '5', '6'],
  doc: 'What is logged: this level and the more severe ones.',
});

const source = textSetting({ key: 'source', default: undefined, doc: 'Name of the source.' });

function duration(key: string, doc: string) {
  return integerSetting({ key, default: undefined, min: 1, max: 2_147_483_647, doc });
}

/** Settings of the components that Pip.Services brings and that check none themselves. */
export const foreignSettings: Readonly<Record<string, Settings>> = {
  'pip-services:logger:console': { level, source },
  'pip-services:counters:log': {
    level,
    source,
    intervalMs: duration('interval', 'Milliseconds between two writes of the counters.'),
    optionsIntervalMs: duration('options.interval', 'The same.'),
    resetMs: duration('reset_timeout', 'Milliseconds until counters start again.'),
    optionsResetMs: duration('options.reset_timeout', 'The same.'),
  },
};

/**
 * Refuses what cannot work before anything is made: components nobody knows, gRPC, no endpoint,
 * more than one store, and settings that a component of Pip.Services would pass over.
 * @throws INVALID_CONFIG naming the descriptor.
 */
export function checkComponents(
  components: readonly ConfiguredComponent[],
  canCreate: (descriptor: Descriptor) => boolean,
): void {
  for (const { descriptor, config } of components) {
    if (descriptor === null) continue;
    const name = descriptor.toString();
    if (!canCreate(descriptor)) throw invalidConfig(name, whyUnknown(descriptor));
    const kind = [descriptor.getGroup(), descriptor.getType(), descriptor.getKind()].join(':');
    const settings = foreignSettings[kind];
    if (settings !== undefined) readSettings(kind, config, settings);
  }
  if (!components.some(({ descriptor }) => descriptor?.getType() === 'endpoint')) {
    const reason = 'no endpoint is configured, so nothing would be served (HTTP_ENABLED)';
    throw invalidConfig('pip-services:endpoint:http', reason);
  }
  const stores = components.filter(({ descriptor }) => descriptor?.getType() === 'persistence');
  if (stores.length > 1) {
    const names = stores.map(({ descriptor }) => String(descriptor)).join(' and ');
    throw invalidConfig(names, 'only one store can serve: enable one of them');
  }
}

function whyUnknown(descriptor: Descriptor): string {
  if (descriptor.getKind().includes('grpc')) {
    return 'gRPC is not served: callers use HTTP; leave GRPC_ENABLED unset';
  }
  return 'no component has this descriptor';
}
