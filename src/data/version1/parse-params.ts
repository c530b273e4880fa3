import { type TObject, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { invalidData, type Problem } from '../../errors/makers.js';
import { type CommandName, type CommandParams, commandNames, commandsV1 } from './commands.js';

/** Failing places named in one answer; a body with more has the first of them. */
const problemLimit = 50;

// The validator stops at 8 otherwise. Several of its errors can stand for one failing place.
Settings.Set({ maxErrors: 4 * problemLimit });

const parsers = new Map(commandNames.map((name) => [name, createParser(name)]));

/**
 * The parameters of a command, checked against its schema (compiled once).
 * `null` for an optional parameter is its absence; `undefined` for the whole is `{}`.
 * @throws INVALID_DATA naming every failing path.
 */
export function parseParams<Name extends CommandName>(
  name: Name,
  raw: unknown,
): CommandParams<Name> {
  const parser = parsers.get(name) as (raw: unknown) => unknown;
  return parser(raw) as CommandParams<Name>;
}

function createParser(name: CommandName): (raw: unknown) => unknown {
  const params: TObject = commandsV1[name].params;
  const validator = Compile(params);
  // The validator asks a pattern for each key whether the schema knows it; a set is faster.
  const known = new Set(Object.keys(params.properties));
  const ofKnownKeys = Compile(Type.Object(params.properties));
  return (raw) => {
    const value = withoutNulls(raw === undefined ? {} : raw, params);
    if (ofKnownKeys.Check(value) && Object.keys(value).every((key) => known.has(key))) return value;
    throw invalidData(toProblems(validator.Errors(value)));
  };
}

/** The parameters without the optional ones that are null, in the objects of the envelope too. */
function withoutNulls(raw: unknown, schema: ObjectSchema): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const given = raw as Readonly<Record<string, unknown>>;
  const keys = Object.keys(given);
  // Most requests have nothing to leave out, and are not copied.
  if (!keys.some((key) => given[key] === null || isNested(schema, key))) return raw;
  const entries = keys
    .filter((key) => given[key] !== null || !isOptional(schema, key))
    .map((key) => [key, keptValue(schema, key, given[key])] as const);
  // `fromEntries` defines properties, so that a key `__proto__` stays a key, to be refused.
  return Object.fromEntries(entries);
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, object>>;
  readonly required?: readonly string[] | undefined;
}

function isOptional(schema: ObjectSchema, key: string): boolean {
  return Object.hasOwn(schema.properties, key) && !(schema.required ?? []).includes(key);
}

function isNested(schema: ObjectSchema, key: string): boolean {
  return Object.hasOwn(schema.properties, key) && 'properties' in (schema.properties[key] ?? {});
}

function keptValue(schema: ObjectSchema, key: string, value: unknown): unknown {
  if (!isNested(schema, key)) return value;
  return withoutNulls(value, schema.properties[key] as ObjectSchema);
}

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

function toProblems(errors: readonly SchemaError[]): readonly Problem[] {
  const problems = errors
    .filter((error) => error.keyword !== 'additionalProperties')
    .flatMap(toProblem);
  const distinct = new Map(problems.map((problem) => [problem.path, problem]));
  return [...distinct.values()].slice(0, problemLimit);
}

function toProblem(error: SchemaError): readonly Problem[] {
  const { instancePath, keyword, params } = error;
  if (keyword === 'required' && 'requiredProperties' in params) {
    const missing = params.requiredProperties as readonly string[];
    return missing.map((key) => ({ path: `${instancePath}/${key}`, reason: 'is required' }));
  }
  if (keyword === 'boolean') return [{ path: instancePath, reason: 'is not a known property' }];
  if (keyword === 'format') {
    return [{ path: instancePath, reason: 'must be well-formed text without NUL' }];
  }
  return [{ path: instancePath, reason: error.message }];
}
