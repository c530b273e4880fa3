import { BeatResultV1Schema } from '../../data/version1/beat-v1.js';
import { type CommandName, commandNames, commandsV1 } from '../../data/version1/commands.js';
import { SessionPageV1Schema } from '../../data/version1/page-v1.js';
import { SessionV1Schema } from '../../data/version1/session-v1.js';
import { type ErrorCode, type ErrorKind, errorKinds } from '../../errors/error-codes.js';

/** Results that have a name in the document. */
const namedSchemas: readonly (readonly [name: string, schema: object])[] = [
  ['SessionV1', SessionV1Schema],
  ['SessionPageV1', SessionPageV1Schema],
  ['BeatResultV1', BeatResultV1Schema],
];

/** Codes that no command answers. */
const otherCodes: readonly ErrorCode[] = ['INVALID_CONFIG', 'NO_ROUTE', 'WRONG_METHOD'];
/** What only a write can meet. */
const writeStatuses: readonly number[] = [409, 507];

const errors = (Object.entries(errorKinds) as [ErrorCode, ErrorKind][]).filter(
  ([code]) => !otherCodes.includes(code),
);
const errorStatuses = [...new Set(errors.map(([, { status }]) => status))];

/** A JSON object of the document. */
type Part = Readonly<Record<string, unknown>>;

/**
 * The OpenAPI 3.1 document of protocol 1, made from the table of commands and the table of errors.
 * `basePath` is the path before the name of a command, as in `/v1/sessions`.
 */
export function createOpenApiV1(basePath: string): Part {
  return {
    openapi: '3.1.0',
    info: {
      title: 'service-sessions',
      version: '1.0',
      description: 'Who is signed in, from which device, and what their sessions hold.',
    },
    // Where no keys are set, none is asked for.
    security: [{}, { bearer: [] }, { apiKey: [] }],
    paths: Object.fromEntries(
      commandNames.map((name) => [`${basePath}/${name}`, { post: toOperation(name) }]),
    ),
    components: {
      schemas: { ...Object.fromEntries(namedSchemas), ErrorV1: errorSchema },
      responses: Object.fromEntries(
        errorStatuses.map((status) => [`Error${status}`, toErrorResponse(status)]),
      ),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
  };
}

const errorSchema: Part = {
  type: 'object',
  required: ['code', 'status', 'name', 'category', 'message', 'correlation_id'],
  properties: {
    code: { type: 'string', enum: errors.map(([code]) => code) },
    status: { type: 'integer' },
    name: { type: 'string' },
    category: { type: 'string' },
    message: { type: 'string' },
    correlation_id: { type: 'string' },
    details: { type: 'object' },
  },
};

function toOperation(name: CommandName): Part {
  const { nullable, params, result, role, summary } = commandsV1[name];
  const statuses = errorStatuses.filter(
    (status) => role !== 'read' || !writeStatuses.includes(status),
  );
  return {
    operationId: name,
    summary,
    description: `Needs the role \`${role}\` where keys are set.`,
    requestBody: { required: (params.required ?? []).length > 0, content: toContent(params) },
    responses: {
      200: { description: 'The result.', content: toContent(result) },
      ...(nullable ? { 204: { description: 'There is no such session.' } } : {}),
      ...Object.fromEntries(
        statuses.map((status) => [status, { $ref: `#/components/responses/Error${status}` }]),
      ),
    },
  };
}

function toContent(schema: object): Part {
  const name = namedSchemas.find(([, named]) => named === schema)?.[0];
  const shown = name === undefined ? schema : { $ref: `#/components/schemas/${name}` };
  return { 'application/json': { schema: shown } };
}

function toErrorResponse(status: number): Part {
  const messages = errors
    .filter(([, kind]) => kind.status === status)
    .map(([code, { message }]) => `${code}: ${message}`);
  return {
    description: messages.join(' '),
    content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorV1' } } },
  };
}
