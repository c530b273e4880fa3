import { isWellFormedText } from '../../../../src/data/version1/text-format.js';
import { invalidData, type Problem } from '../../../../src/errors/makers.js';
import { type ParamSchema, paramSchemas } from '../generated/param-schemas.js';
import type { CommandName, CommandParams } from '../transport.js';

/** Failing places that one answer names; of more the first. */
const problemLimit = 50;

/**
 * The parameters of a command, checked as the service does, with the same paths and reasons: by the
 * table of commands, from which these schemas are made. A schema says little enough for a reader of
 * its own; what compiles schemas for the service would be a dependency.
 * @throws INVALID_DATA naming every failing path.
 */
export function checkParams<Name extends CommandName>(
  name: Name,
  raw: unknown,
): CommandParams<Name> {
  const schema = paramSchemas[name];
  const value = withoutNulls(raw, schema);
  // Of several problems of one place the last is told.
  const problems = new Map(problemsOf(value, schema, '').map((found) => [found.path, found]));
  if (problems.size > 0) throw invalidData([...problems.values()].slice(0, problemLimit));
  return value as CommandParams<Name>;
}

/** `null` for an optional parameter is its absence. */
function withoutNulls(raw: unknown, schema: ParamSchema): unknown {
  if (!isObject(raw)) return raw;
  const entries = Object.entries(raw).flatMap(([key, value]) => {
    const property = propertyOf(schema, key);
    if (value === null && property && !schema.required?.includes(key)) return [];
    return [[key, property?.properties ? withoutNulls(value, property) : value]];
  });
  return Object.fromEntries(entries);
}

function problemsOf(value: unknown, schema: ParamSchema, path: string): readonly Problem[] {
  const types = schema.type === undefined ? [] : [schema.type].flat();
  const isTyped = types.length === 0 || types.some((type) => isOfType(value, type));
  const wanted = types.length === 1 ? types[0] : `either ${types.join(' or ')}`;
  return [
    ...(isTyped ? [] : [{ path, reason: `must be ${wanted}` }]),
    ...(isObject(value) && schema.properties ? problemsOfObject(value, schema, path) : []),
    ...(Array.isArray(value) ? problemsOfArray(value, schema, path) : []),
    ...reasonsOf(value, schema).map((reason) => ({ path, reason })),
  ];
}

type PlainObject = Readonly<Record<string, unknown>>;

function problemsOfObject(value: PlainObject, schema: ParamSchema, path: string) {
  const missing = (schema.required ?? []).filter((key) => !Object.hasOwn(value, key));
  const unknown = Object.keys(value).filter((key) => propertyOf(schema, key) === undefined);
  const known = Object.entries(schema.properties ?? {});
  return [
    ...missing.map((key) => ({ path: `${path}/${key}`, reason: 'is required' })),
    ...unknown.map((key) => ({
      path: `${path}/${toPointerPart(key)}`,
      reason: 'is not a known property',
    })),
    ...known.flatMap(([key, property]) =>
      Object.hasOwn(value, key) ? problemsOf(value[key], property, `${path}/${key}`) : [],
    ),
  ];
}

function problemsOfArray(value: readonly unknown[], schema: ParamSchema, path: string) {
  const { items } = schema;
  if (items === undefined) return [];
  return value.flatMap((item, index) => problemsOf(item, items, `${path}/${index}`));
}

/** What is wrong with a value beside its type and its parts. */
function reasonsOf(value: unknown, schema: ParamSchema): readonly string[] {
  const isWord = schema.enum === undefined || schema.enum.some((word) => word === value);
  return [
    ...(Array.isArray(value) ? itemReasons(value, schema) : []),
    ...(typeof value === 'string' ? textReasons(value, schema) : []),
    ...(typeof value === 'number' ? numberReasons(value, schema) : []),
    ...(isWord ? [] : ['must be equal to one of the allowed values']),
  ];
}

function itemReasons({ length }: readonly unknown[], { maxItems, minItems }: ParamSchema) {
  return [
    ...(length < (minItems ?? 0) ? [`must not have fewer than ${minItems} items`] : []),
    ...(length > (maxItems ?? length) ? [`must not have more than ${maxItems} items`] : []),
  ];
}

function textReasons(value: string, schema: ParamSchema): readonly string[] {
  const { format, maxLength, minLength, pattern } = schema;
  // Characters are code points.
  const length = [...value].length;
  const isOfPattern = pattern === undefined || new RegExp(pattern, 'u').test(value);
  return [
    ...(length < (minLength ?? 0) ? [`must not have fewer than ${minLength} characters`] : []),
    ...(length > (maxLength ?? length) ? [`must not have more than ${maxLength} characters`] : []),
    ...(format === undefined || isWellFormedText(value)
      ? []
      : ['must be well-formed text without NUL']),
    ...(isOfPattern ? [] : [`must match pattern "${pattern}"`]),
  ];
}

function numberReasons(value: number, { maximum, minimum }: ParamSchema): readonly string[] {
  return [
    ...(value < (minimum ?? value) ? [`must be >= ${minimum}`] : []),
    ...(value > (maximum ?? value) ? [`must be <= ${maximum}`] : []),
  ];
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'object') return isObject(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function isObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function propertyOf({ properties = {} }: ParamSchema, key: string): ParamSchema | undefined {
  return Object.hasOwn(properties, key) ? properties[key] : undefined;
}

/** A key as a part of a JSON pointer. */
function toPointerPart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
