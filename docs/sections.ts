import type { TSchema } from 'typebox';
import { foreignSettings } from '../src/container/check-components.js';
import { BeatResultV1Schema } from '../src/data/version1/beat-v1.js';
import { type CommandName, commandNames, commandsV1 } from '../src/data/version1/commands.js';
import {
  PagingV1Schema,
  SessionFilterV1Schema,
  SessionPageV1Schema,
} from '../src/data/version1/page-v1.js';
import { SessionV1Schema } from '../src/data/version1/session-v1.js';
import { errorKinds } from '../src/errors/error-codes.js';
import { controllerSettings } from '../src/logic/controller-settings.js';
import type { Setting, Settings } from '../src/logic/settings.js';
import { memorySettings } from '../src/persistence/memory/memory-settings.js';
import { mongodbSettings } from '../src/persistence/mongodb/mongodb-settings.js';
import { type IndexPlan, indexPlans } from '../src/persistence/mongodb/schema.js';
import { sqliteSettings } from '../src/persistence/sqlite/sqlite-settings.js';
import { heartbeatSettings } from '../src/services/health/heartbeat-service.js';
import { statusSettings } from '../src/services/health/status-service.js';
import { endpointSettings } from '../src/services/http/endpoint-settings.js';
import { commandableHttpSettings } from '../src/services/rpc-v1/commandable-http-service.js';
import { swaggerSettings } from '../src/services/rpc-v1/swagger-service.js';

/** The generated sections of the documents, by the key in their marks. */
export const sections: Readonly<Record<string, () => string>> = {
  'command-table': commandTable,
  'command-parameters': commandParameters,
  'session-fields': () => fieldTable(SessionV1Schema),
  'beat-result-fields': () => fieldTable(BeatResultV1Schema),
  'filter-fields': () => fieldTable(SessionFilterV1Schema),
  'paging-fields': () => fieldTable(PagingV1Schema),
  'page-fields': () => fieldTable(SessionPageV1Schema),
  'error-codes': errorTable,
  'controller-settings': () => settingTable(controllerSettings),
  'memory-settings': () => settingTable(memorySettings),
  'file-settings': () => settingTable(sqliteSettings),
  'mongodb-settings': () => settingTable(mongodbSettings),
  'mongodb-indexes': indexTable,
  'endpoint-settings': () => settingTable(endpointSettings),
  'commandable-settings': () => settingTable(commandableHttpSettings),
  'swagger-settings': () => settingTable(swaggerSettings),
  'heartbeat-settings': () => settingTable(heartbeatSettings),
  'status-settings': () => settingTable(statusSettings),
  'foreign-settings': foreignTables,
};

interface ObjectSchema {
  readonly properties: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[] | undefined;
}

function commandTable(): string {
  const rows = commandNames.map((name) => {
    const { summary, role, idempotent, nullable } = commandsV1[name];
    return [code(name), summary, role, idempotent ? 'yes' : 'no', nullable ? 'yes' : 'no'];
  });
  return table(['command', 'what it does', 'role', 'safe to repeat', 'may answer 204'], rows);
}

function commandParameters(): string {
  return commandNames.map((name) => `### ${code(name)}\n\n${parametersOf(name)}`).join('\n\n');
}

function parametersOf(name: CommandName): string {
  const { params, summary } = commandsV1[name];
  const fields =
    Object.keys(params.properties).length === 0 ? 'No parameters.' : fieldTable(params);
  return `${summary}\n\n${fields}`;
}

function fieldTable(schema: ObjectSchema): string {
  const required = schema.required ?? [];
  const rows = Object.entries(schema.properties).map(([name, field]) => [
    code(name) + (required.includes(name) ? ' **!**' : ''),
    typeOf(field),
    'description' in field ? String(field.description) : '',
  ]);
  return table(['field', 'type', 'meaning'], rows);
}

/** A schema in words: its type and its limits. */
function typeOf(schema: TSchema): string {
  const shape = schema as Readonly<Record<string, unknown>>;
  if (Array.isArray(shape['enum']))
    return shape['enum'].map((word) => code(String(word))).join(', ');
  if (Array.isArray(shape['anyOf'])) {
    const parts = (shape['anyOf'] as readonly TSchema[]).map(typeOf);
    return [...new Set(parts)].join(' or ');
  }
  const limits = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'pattern']
    .filter((limit) => shape[limit] !== undefined)
    .map((limit) => `${limit} ${code(String(shape[limit]))}`);
  const type = String(shape['type'] ?? 'any JSON');
  return limits.length === 0 ? type : `${type}, ${limits.join(', ')}`;
}

function errorTable(): string {
  const rows = Object.entries(errorKinds)
    .filter(([name]) => name !== 'INVALID_CONFIG')
    .map(([name, { status, category, message }]) => [
      String(status),
      code(name),
      category,
      message,
    ]);
  return table(['status', 'code', 'category', 'message'], rows);
}

function settingTable(settings: Settings): string {
  const rows = Object.values(settings).map((setting) => [
    code(setting.key) + (setting.alias === undefined ? '' : ` (also ${code(setting.alias)})`),
    setting.doc,
    setting.values,
    defaultOf(setting),
  ]);
  return table(['setting', 'meaning', 'values', 'default'], rows);
}

function indexTable(): string {
  const rows = indexPlans.map((plan) => [
    `${plan.collection === 'sessions' ? '' : `…_${plan.collection}: `}${code(plan.name)}`,
    keysOf(plan),
    plan.serves,
  ]);
  return table(['index', 'keys', 'serves'], rows);
}

function keysOf({ keys, sparse }: IndexPlan): string {
  const names = Object.entries(keys).map(
    ([key, order]) => `${code(key)}${order < 0 ? ' desc.' : ''}`,
  );
  return `${names.join(', ')}${sparse === true ? ' (sparse)' : ''}`;
}

function foreignTables(): string {
  return Object.entries(foreignSettings)
    .map(([component, settings]) => `${code(component)}\n\n${settingTable(settings)}`)
    .join('\n\n');
}

function defaultOf({ default: value }: Setting<unknown>): string {
  if (value === undefined) return 'not set';
  if (value === '') return 'empty';
  return Array.isArray(value)
    ? value.map((part) => code(String(part))).join(', ')
    : code(String(value));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
