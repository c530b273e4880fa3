import type { ConfigParams } from 'pip-services3-commons-nodex';
import { invalidConfig } from '../errors/makers.js';

/** One setting of a component: documented once, read once (docs/configuration.md derives from it). */
export interface Setting<Value> {
  /** Key in the component's part of the configuration, as in `options.cleanup_interval`. */
  readonly key: string;
  /** An older name that still works. */
  readonly alias?: string;
  readonly default: Value;
  /** What it means, with its unit. */
  readonly doc: string;
  /** What values are allowed, in words. */
  readonly values: string;
  /** The value of a text, or `undefined` when it is not allowed. */
  parse(text: string): Value | undefined;
}

/** The settings of a component by the name that the code gives them. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The values of settings. */
export type SettingValues<Of extends Settings> = {
  readonly [Key in keyof Of]: Of[Key] extends Setting<infer Value> ? Value : never;
};

interface Described<Value> {
  readonly key: string;
  readonly alias?: string;
  readonly default: Value;
  readonly doc: string;
}

/** A whole number between two bounds. */
export function integerSetting<Default extends number | undefined>(
  options: Described<Default> & { readonly min: number; readonly max: number },
): Setting<number | Default> {
  const { min, max } = options;
  return {
    ...options,
    values: `a whole number from ${min} to ${max}`,
    parse(text) {
      const value = Number(text);
      const allowed = /^-?\d+$/.test(text) && value >= min && value <= max;
      return allowed ? value : undefined;
    },
  };
}

/** Any text that is not empty. */
export function textSetting<Default extends string | undefined>(
  options: Described<Default>,
): Setting<string | Default> {
  return { ...options, values: 'text', parse: (text) => text };
}

/** True or false. */
export function booleanSetting(options: Described<boolean>): Setting<boolean> {
  const words = new Map([
    ['true', true],
    ['false', false],
  ]);
  return {
    ...options,
    values: '`true` or `false`',
    parse: (text) => words.get(text.toLowerCase()),
  };
}

/** One of some words. */
export function choiceSetting<Word extends string, Default extends Word | undefined>(
  options: Described<Default> & { readonly words: readonly Word[] },
): Setting<Word | Default> {
  const { words } = options;
  return {
    ...options,
    values: words.map((word) => `\`${word}\``).join(', '),
    parse: (text) => words.find((word) => word === text),
  };
}

/** Some of some words, separated by commas. */
export function listSetting<Word extends string>(
  options: Described<readonly Word[]> & { readonly words: readonly Word[] },
): Setting<readonly Word[]> {
  const { words } = options;
  return {
    ...options,
    values: `some of ${words.map((word) => `\`${word}\``).join(', ')}, separated by commas`,
    parse(text) {
      const parts = text.split(',').map((part) => part.trim());
      const known = words.filter((word) => parts.includes(word));
      return parts.every((part) => words.some((word) => word === part)) ? known : undefined;
    },
  };
}

/** The defaults of some settings. */
export function defaultsOf<Of extends Settings>(settings: Of): SettingValues<Of> {
  const values = Object.entries(settings).map(([name, setting]) => [name, setting.default]);
  return Object.fromEntries(values) as SettingValues<Of>;
}

/** Keys that the container itself puts into every component's part. */
const containerKeys = /^(descriptor|type|dependencies(\..*)?)$/;

/**
 * The values of a component's settings in its part of the configuration. An empty value is its
 * absence.
 * @throws INVALID_CONFIG naming the component and the first unknown key or bad value.
 */
export function readSettings<Of extends Settings>(
  component: string,
  config: ConfigParams,
  settings: Of,
): SettingValues<Of> {
  const known = new Set(Object.values(settings).flatMap(({ key, alias }) => [key, alias ?? key]));
  for (const key of config.getKeys()) {
    if (known.has(key) || containerKeys.test(key)) continue;
    const hint = [...known].toSorted().join(', ') || 'none';
    throw invalidConfig(`${component}: ${key}`, `unknown setting (known: ${hint})`);
  }
  const values = Object.entries(settings).map(([name, setting]) => [
    name,
    readSetting(component, config, setting),
  ]);
  return Object.fromEntries(values) as SettingValues<Of>;
}

function readSetting(component: string, config: ConfigParams, setting: Setting<unknown>): unknown {
  const key = [setting.key, setting.alias].find(
    (name) => name !== undefined && hasValue(config, name),
  );
  if (key === undefined) return setting.default;
  const text = config.getAsString(key);
  const value = setting.parse(text);
  if (value === undefined) {
    throw invalidConfig(`${component}: ${key}`, `"${text}" is not ${setting.values}`);
  }
  return value;
}

function hasValue(config: ConfigParams, key: string): boolean {
  return Boolean(config.getAsNullableString(key));
}
