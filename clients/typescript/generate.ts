import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { TSchema } from 'typebox';
import { BeatResultV1Schema, BeatV1Schema } from '../../src/data/version1/beat-v1.js';
import { type CommandName, commandNames, commandsV1 } from '../../src/data/version1/commands.js';
import {
  PagingV1Schema,
  SessionFilterV1Schema,
  SessionPageV1Schema,
} from '../../src/data/version1/page-v1.js';
import { SessionV1Schema } from '../../src/data/version1/session-v1.js';

/** The schemas that have a type of their own; `input` is what callers send. */
const namedTypes = [
  { name: 'SessionV1', schema: SessionV1Schema, input: false },
  { name: 'SessionPageV1', schema: SessionPageV1Schema, input: false },
  { name: 'SessionFilterV1', schema: SessionFilterV1Schema, input: true },
  { name: 'PagingV1', schema: PagingV1Schema, input: true },
  { name: 'BeatV1', schema: BeatV1Schema, input: true },
  { name: 'BeatResultV1', schema: BeatResultV1Schema, input: false },
] as const;

/** What a JSON schema of the table may say. */
interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

const scalars = new Map([
  ['string', 'string'],
  ['boolean', 'boolean'],
  ['integer', 'number'],
  ['number', 'number'],
  ['null', 'null'],
]);

/** The type of a value. A schema that has a type of its own is called by that. */
function typeOf(schema: JsonSchema): string {
  const named = namedTypes.find((type) => JSON.stringify(type.schema) === JSON.stringify(schema));
  if (named !== undefined) return named.name;
  if (schema.enum !== undefined) return schema.enum.map(toLiteral).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' | ');
  if (schema.items !== undefined) return `readonly ${inBrackets(typeOf(schema.items))}[]`;
  if (schema.type === undefined) return 'JsonValue';
  const types = [schema.type].flat().map((type) => scalars.get(type));
  if (types.includes(undefined)) {
    throw new Error(`No type is known for ${JSON.stringify(schema)}`);
  }
  return types.join(' | ');
}

function inBrackets(type: string): string {
  return type.includes(' ') ? `(${type})` : type;
}

function toLiteral(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/** An interface; in what callers send, `undefined` is absence. */
function toInterface(name: string, doc: string, schema: JsonSchema, isInput: boolean): string {
  const lines = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const isOptional = !(schema.required ?? []).includes(key);
    const absence = isOptional && isInput ? ' | undefined' : '';
    const comment = property.description;
    return [
      ...(comment === undefined ? [] : [`  /** ${comment} */`]),
      `  readonly ${key}${isOptional ? '?' : ''}: ${typeOf(property)}${absence};`,
    ];
  });
  if (lines.length === 0)
    return `/** ${doc} */\nexport type ${name} = Readonly<Record<string, never>>;\n`;
  return `/** ${doc} */\nexport interface ${name} {\n${lines.join('\n')}\n}\n`;
}

function toPascalCase(name: string): string {
  return name.replace(/(^|_)(.)/g, (_match, _start, letter: string) => letter.toUpperCase());
}

/** The type of one side of a command, and its interface when it has no type of its own. */
function sideOf(name: CommandName, side: 'params' | 'result') {
  const schema = commandsV1[name][side] as TSchema as JsonSchema;
  const isObject = schema.properties !== undefined;
  const known = namedTypes.find((type) => JSON.stringify(type.schema) === JSON.stringify(schema));
  if (known !== undefined || !isObject) return { type: typeOf(schema), text: '' };
  const type = `${toPascalCase(name)}${toPascalCase(side)}`;
  const doc = `${side === 'params' ? 'Parameters' : 'Answer'} of \`${name}\`.`;
  // Callers say `CommandParams<'open_session'>`: one name for all of them.
  const text = toInterface(type, doc, schema, side === 'params').replace('\nexport ', '\n');
  return { type, text };
}

function toRow(name: CommandName): string {
  const { idempotent, nullable } = commandsV1[name];
  return `  ${name}: { idempotent: ${idempotent}, nullable: ${nullable} },`;
}

function toSignature(name: CommandName): string {
  const { nullable, summary } = commandsV1[name];
  const result = `${sideOf(name, 'result').type}${nullable ? ' | null' : ''}`;
  return [
    `  /** ${summary} */`,
    `  readonly ${name}: {`,
    `    readonly params: ${sideOf(name, 'params').type};`,
    `    readonly result: ${result};`,
    '  };',
  ].join('\n');
}

/** The text of `src/generated/commands.ts`, as the table of commands has it now. */
export function generateCommands(): string {
  const named = namedTypes.map(({ name, schema, input }) =>
    toInterface(name, String((schema as JsonSchema).description), schema as JsonSchema, input),
  );
  const own = commandNames.flatMap((name) => [
    sideOf(name, 'params').text,
    sideOf(name, 'result').text,
  ]);
  return [
    '// Made by clients/typescript/generate.ts from src/data/version1/commands.ts: npm run docs.\n',
    "import type { JsonValue } from '../../../../src/data/version1/json.js';\n",
    ...named,
    ...own.filter((text) => text !== ''),
    `/** Parameters and answer of each command. */\nexport interface CommandTypes {\n${commandNames.map(toSignature).join('\n')}\n}\n`,
    '/** What a transport has to know of each command. */',
    `export const commands = {\n${commandNames.map(toRow).join('\n')}\n} as const satisfies Record<keyof CommandTypes, CommandFacts>;\n`,
    '/** What a transport has to know of a command. */',
    'export interface CommandFacts {',
    '  /** Whether repeating the call after a lost answer changes nothing more. */',
    '  readonly idempotent: boolean;',
    '  /** Whether the answer may be `null`: there is no such session. */',
    '  readonly nullable: boolean;',
    '}\n',
  ].join('\n');
}

/** The text of `src/generated/param-schemas.ts`: what the mock checks parameters by. */
export function generateParamSchemas(): string {
  const rows = commandNames.map((name) => `  ${name}: ${toSchemaText(commandsV1[name].params)},`);
  return [
    '// Made by clients/typescript/generate.ts from src/data/version1/commands.ts: npm run docs.\n',
    "import type { CommandTypes } from './commands.js';\n",
    '/** What a JSON schema of a parameter can say; no object takes unknown properties. */',
    'export interface ParamSchema {',
    '  readonly type?: string | readonly string[];',
    '  readonly enum?: readonly string[];',
    '  readonly properties?: Readonly<Record<string, ParamSchema>>;',
    '  readonly required?: readonly string[];',
    '  readonly items?: ParamSchema;',
    '  readonly format?: string;',
    '  readonly pattern?: string;',
    ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minimum', 'maximum'].map(
      (keyword) => `  readonly ${keyword}?: number;`,
    ),
    '}\n',
    '/** The parameters of each command. */',
    `export const paramSchemas: Readonly<Record<keyof CommandTypes, ParamSchema>> = {\n${rows.join('\n')}\n};\n`,
  ].join('\n');
}

/** Keywords that the checks of the mock know, with what they may say. */
const checkedKeywords = new Set(
  ['type', 'enum', 'properties', 'required', 'items', 'format', 'pattern'].concat([
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
    'minimum',
    'maximum',
  ]),
);

/** A schema as one line, without what is only for people. */
function toSchemaText(schema: unknown): string {
  const { additionalProperties, description, ...rest } = schema as Record<string, unknown>;
  const foreign = Object.keys(rest).find((keyword) => !checkedKeywords.has(keyword));
  if (foreign !== undefined || ![undefined, false].includes(additionalProperties as undefined)) {
    throw new Error(`The mock cannot check ${foreign ?? 'additionalProperties'}: check-params.ts`);
  }
  const entries = Object.entries(rest).map(([keyword, value]) => {
    if (keyword === 'items') return `${keyword}: ${toSchemaText(value)}`;
    if (keyword !== 'properties') return `${keyword}: ${JSON.stringify(value)}`;
    const properties = Object.entries(value as object).map(
      ([key, property]) => `${key}: ${toSchemaText(property)}`,
    );
    return `${keyword}: { ${properties.join(', ')} }`;
  });
  return `{ ${entries.join(', ')} }`;
}

const folder = new URL(
  import.meta.url.includes('/dist/')
    ? '../../../clients/typescript/src/generated/'
    : 'src/generated/',
  import.meta.url,
);

/** The files that are made here. */
const files = [
  { target: new URL('commands.ts', folder), generate: generateCommands },
  { target: new URL('param-schemas.ts', folder), generate: generateParamSchemas },
];

/** Whether the files say what the table says. */
export function isCurrent(): boolean {
  return files.every(({ generate, target }) => readFileSync(target, 'utf8') === generate());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const { generate, target } of files) writeFileSync(target, generate());
}
