import { PipException } from './pip-exception.js';

/** The settings of a component by their keys, `connection.host` and the like. */
export type PipSettings = ReadonlyMap<string, string>;

/**
 * Settings as they come: `ConfigParams` of Pip.Services, whose own properties are the keys, or an
 * object with sections in it. What is empty is absent.
 */
export function readPipConfig(config: object | null | undefined): PipSettings {
  return new Map(flatten(config ?? {}, ''));
}

/** Of some settings those of one section, without its name. */
export function sectionOf(settings: PipSettings, section: string): PipSettings {
  const prefix = `${section}.`;
  const own = [...settings].filter(([key]) => key.startsWith(prefix));
  return new Map(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

/** A whole number of milliseconds or the like. @throws PipException naming the key. */
export function readNumber(settings: PipSettings, key: string, fallback: number): number {
  const text = settings.get(key);
  const value = text === undefined ? fallback : Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw invalidConfig(key, `"${text}" is not a whole number`);
}

/** A configuration that cannot be used. */
export function invalidConfig(setting: string, reason: string): PipException {
  return new PipException('INVALID_CONFIG', {
    category: 'Misconfiguration',
    message: `${setting}: ${reason}`,
    details: { setting },
  });
}

function flatten(value: object, prefix: string): readonly (readonly [string, string])[] {
  return Object.entries(value).flatMap(([name, part]: [string, unknown]) => {
    const key = `${prefix}${name}`;
    if (part === null || part === undefined || part === '' || typeof part === 'function') return [];
    if (typeof part === 'object') return flatten(part, `${key}.`);
    return [[key, String(part)] as const];
  });
}
