import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type RunningService, runService } from '../../../test/support/run-service.js';
import { projectFolder } from '../../../test/support/service-process.js';
import {
  createTemporaryFolder,
  type TemporaryFolder,
} from '../../../test/support/temporary-folder.js';

const run = promisify(execFile);

/** What a program of somebody else does, in both kinds of modules. */
const steps = `
  const client = createSessionsClient(createHttpTransport({ url: process.argv[2] }));
  const session = await client.openSession({ user_id: 'ann' });
  const read = await client.getSessionById({ session_id: session.id });
  const error = await client.openSession({ user_id: '' }).catch((caught) => caught);
  console.log(read.user_id, isSessionError(error), error.code, typeof pip);
`;
const names = '{ createHttpTransport, createSessionsClient, isSessionError }';
const programs = {
  'load.mjs': `
    import ${names} from 'client-sessions';
    import * as pip from 'client-sessions/pip';
    ${steps}`,
  'load.cjs': `
    const ${names} = require('client-sessions');
    const pip = require('client-sessions/pip');
    (async () => { ${steps} })();`,
} as const;

/** A program that compiles only when the types are there and are not \`any\`. */
const typed = `
import { createHttpTransport, createSessionsClient, type SessionV1 } from 'client-sessions';
import * as pip from 'client-sessions/pip';

export async function use(): Promise<string> {
  const client = createSessionsClient(createHttpTransport({ url: 'http://127.0.0.1' }));
  const session: SessionV1 | null = await client.openSession({ user_id: 'ann', data: [1] });
  // @ts-expect-error A session need not be there.
  session.id;
  // @ts-expect-error There is no such parameter.
  await client.openSession({ user_id: 'ann', nonsense: 1 });
  // @ts-expect-error A user is required.
  await client.openSession({});
  const { count } = await client.countSessions({});
  return (session?.id ?? '').repeat(count) + typeof pip;
}
`;

describe('the packed package, in an empty folder', () => {
  let folder: TemporaryFolder;
  let service: RunningService;
  before(async () => {
    folder = await createTemporaryFolder();
    service = await runService({ store: 'memory', endpoint: { 'options.drain_delay': 0 } });
    const source = join(projectFolder, 'clients/typescript');
    await run('npm', ['pack', '--pack-destination', folder.path], { cwd: source });
    const [archive = ''] = await readdir(folder.path);
    await writeFile(folder.file('package.json'), '{ "private": true }');
    const flags = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts'];
    await run('npm', ['install', ...flags, `./${archive}`], { cwd: folder.path });
  });
  after(async () => {
    await service.close();
    await folder.remove();
  });

  it('is installed alone, with README and licence, and holds nothing that is not its own', async () => {
    const installed = (await readdir(folder.file('node_modules'))).filter(
      (name) => !name.startsWith('.'),
    );
    expect(installed).to.deep.equal(['client-sessions']);
    const files = await readdir(folder.file('node_modules/client-sessions'));
    expect(files).to.have.members(['LICENSE', 'README.md', 'dist', 'package.json']);
  });

  for (const [name, program] of Object.entries(programs)) {
    it(`is loaded and used by ${name}`, async () => {
      await writeFile(folder.file(name), program);
      const { stdout } = await run(process.execPath, [name, service.url], { cwd: folder.path });
      expect(stdout).to.equal('ann true INVALID_DATA object\n');
    });
  }

  for (const { module, moduleResolution, type } of [
    { module: 'nodenext', moduleResolution: 'nodenext', type: 'module' },
    { module: 'nodenext', moduleResolution: 'nodenext', type: 'commonjs' },
    { module: 'esnext', moduleResolution: 'bundler', type: 'module' },
  ]) {
    it(`has its types in a ${type} of resolution ${moduleResolution}`, async () => {
      const place = folder.file(`${type}-${moduleResolution}`);
      await mkdir(place);
      await writeFile(join(place, 'package.json'), JSON.stringify({ type }));
      await writeFile(join(place, 'program.ts'), typed);
      const options = { module, moduleResolution, target: 'es2022', lib: ['es2022', 'dom'] };
      const strict = { strict: true, skipLibCheck: false, types: [], outDir: 'out', rootDir: '.' };
      const config = { compilerOptions: { ...options, ...strict }, files: ['program.ts'] };
      await writeFile(join(place, 'tsconfig.json'), JSON.stringify(config));
      const compiler = join(projectFolder, 'node_modules/.bin/tsc');
      const { stdout } = await run(compiler, ['-p', place]).catch((caught: unknown) => {
        throw new Error(String((caught as { stdout?: string }).stdout));
      });
      expect(stdout).to.equal('');
      const compiled = await readFile(join(place, 'out/program.js'), 'utf8');
      expect(compiled.includes('require("client-sessions")')).to.equal(type === 'commonjs');
    });
  }
});
