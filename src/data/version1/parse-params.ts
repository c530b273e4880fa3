import type { TObject } from 'typebox';
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
  return (raw) => {
    const value = withoutNulls(raw === undefined ? {} : raw, params);
    if (validator.Check(value)) return value;
    throw invalidData(toProblems(validator.Errors(value)));
  };
}

/** The parameters without the optional ones that are null, in the objects of the envelope too. */
function withoutNulls(raw: unknown, schema: ObjectSchema): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  let changed = false;
  const entries = Object.entries(raw).flatMap(([key, value]) => {
    const kept = keptValue(key, value, schema);
    changed ||= kept !== value;
    return kept === absent ? [] : [[key, kept] as const];
  });
  // `fromEntries` defines properties, so that a key `__proto__` stays a key, to be refused.
  return changed ? Object.fromEntries(entries) : raw;
}

const absent = Symbol('absent');

interface ObjectSchema {
  readonly properties: Readonly<Record<string, object>>;
  readonly required?: readonly string[] | undefined;
}

function keptValue(key: string, value: unknown, schema: ObjectSchema): unknown {
  if (!Object.hasOwn(schema.properties, key)) return value;
  if (value === null) return schema.required?.includes(key) ? value : absent;
  const part = schema.properties[key];
  return part !== undefined && isObjectSchema(part) ? withoutNulls(value, part) : value;
}

function isObjectSchema(schema: object): schema is ObjectSchema {
  return 'properties' in schema;
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
