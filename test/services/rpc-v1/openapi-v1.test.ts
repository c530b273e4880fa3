import { expect } from 'chai';
import { Compile } from 'typebox/compile';
import { commandNames, commandsV1 } from '../../../src/data/version1/commands.js';
import { errorKinds } from '../../../src/errors/error-codes.js';
import { sessionLimit } from '../../../src/errors/makers.js';
import { createOpenApiV1 } from '../../../src/services/rpc-v1/openapi-v1.js';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly requestBody: { readonly content: Record<string, { readonly schema: unknown }> };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly paths: Readonly<Record<string, { readonly post: Operation }>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly responses: Readonly<Record<string, unknown>>;
  };
}

/** As a reader of the wire sees it. */
const document = JSON.parse(JSON.stringify(createOpenApiV1('/v1/sessions'))) as Document;

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === '$ref' && typeof part === 'string' ? [part] : referencesIn(part),
  );
}

function resolve(reference: string): unknown {
  const steps = reference.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>(
    (part, step) => (part as Record<string, unknown> | undefined)?.[step],
    document,
  );
}

describe('createOpenApiV1()', () => {
  it('has every command with its summary and parameters', () => {
    expect(Object.keys(document.paths)).to.deep.equal(
      commandNames.map((name) => `/v1/sessions/${name}`),
    );
    for (const name of commandNames) {
      const operation = document.paths[`/v1/sessions/${name}`]?.post;
      expect(operation).to.include({ operationId: name, summary: commandsV1[name].summary });
      expect(operation?.requestBody.content['application/json']?.schema).to.deep.equal(
        JSON.parse(JSON.stringify(commandsV1[name].params)),
      );
    }
  });

  it('says of each command what it may answer', () => {
    const statuses = (name: string) =>
      Object.keys(document.paths[`/v1/sessions/${name}`]?.post.responses ?? {}).join(' ');
    const errors = '400 401 403 408 413 415 429 431 500 503';
    expect(statuses('count_sessions')).to.equal(`200 ${errors}`);
    expect(statuses('get_session_by_id')).to.equal(`200 204 ${errors}`);
    expect(statuses('close_session')).to.equal(
      '200 204 400 401 403 408 409 413 415 429 431 500 503 507',
    );
  });

  it('describes every code that a command may answer', () => {
    const described = JSON.stringify(document.components.responses);
    for (const code of Object.keys(errorKinds)) {
      const isOther = ['INVALID_CONFIG', 'NO_ROUTE', 'WRONG_METHOD'].includes(code);
      expect(described.includes(`${code}: `), code).to.equal(!isOther);
    }
  });

  it('refers only to what it has', () => {
    const references = [...new Set(referencesIn(document))];
    expect(references).to.include.members([
      '#/components/schemas/SessionV1',
      '#/components/schemas/SessionPageV1',
      '#/components/schemas/BeatResultV1',
      '#/components/schemas/ErrorV1',
    ]);
    for (const reference of references) expect(resolve(reference), reference).to.be.an('object');
  });

  it('has a schema that the bodies of errors fit', () => {
    const validator = Compile(document.components.schemas['ErrorV1'] ?? {});
    const body = sessionLimit(3, []).toBody('c');
    expect(validator.Check(body)).to.equal(true);
    expect(validator.Check({ ...body, code: 'OTHER' })).to.equal(false);
  });
});
