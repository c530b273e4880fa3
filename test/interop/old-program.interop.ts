import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  projectFolder,
  type ServiceProcess,
  startServiceProcess,
} from '../support/service-process.js';
import type { TemporaryFolder } from '../support/temporary-folder.js';
import { oldProgram } from './old-program.js';
import { publishedClientFolder } from './published-client.js';

const run = promisify(execFile);
const published = "'client-sessions-node'";
const ours = "'client-sessions/pip'";

/** What differs from run to run, by what it is. */
function shapeOf(output: string): readonly unknown[] {
  const text = output
    .replace(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/g, '"a time"')
    .replace(/"[A-Za-z0-9_-]{43}"/g, '"an id"')
    .replaceAll(/a user of \w+/g, 'a user');
  return text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

describe('a program for client-sessions-node 1.1.3, of which only the import changes', () => {
  let folder: TemporaryFolder;
  let service: ServiceProcess;

  before(async function () {
    this.timeout(120_000);
    folder = await publishedClientFolder();
    const client = join(projectFolder, 'clients/typescript');
    await symlink(client, folder.file('node_modules/client-sessions'));
    service = await startServiceProcess({ env: { MEMORY_ENABLED: 'true' } });
  });
  after(async () => {
    await service.stop();
  });

  /** Compiles the program strictly and runs it: what it printed. */
  async function outputOf(name: string, program: string): Promise<string> {
    const place = folder.file(name);
    await mkdir(place);
    await writeFile(join(place, 'program.ts'), program);
    const target = { module: 'nodenext', moduleResolution: 'nodenext', target: 'es2022' };
    const strict = { strict: true, skipLibCheck: true, types: [], lib: ['es2022', 'dom'] };
    const compilerOptions = { ...target, ...strict, rootDir: '.', outDir: 'out' };
    const config = { compilerOptions, files: ['program.ts'] };
    await writeFile(join(place, 'tsconfig.json'), JSON.stringify(config));
    await run(join(projectFolder, 'node_modules/.bin/tsc'), ['-p', place]).catch(
      (caught: unknown) => {
        throw new Error(String((caught as { stdout?: string }).stdout));
      },
    );
    const env = { ...process.env, AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1' };
    const args = [join(place, 'out/program.js'), service.url, `a user of ${name}`];
    const { stdout } = await run(process.execPath, args, { env });
    return stdout;
  }

  it('compiles and prints the same', async function () {
    this.timeout(120_000);
    expect(oldProgram.split(published).length).to.equal(2);
    const before = await outputOf('before', oldProgram);
    const after = await outputOf('after', oldProgram.replace(published, ours));
    expect(shapeOf(after)).to.deep.equal(shapeOf(before));
    expect(shapeOf(after).length).to.be.greaterThan(30);
  });
});
