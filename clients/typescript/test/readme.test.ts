import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
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
const lineLimit = 60;
const documents = ['clients/typescript/README.md', 'README.md'] as const;
const [readme, serviceReadme] = (await Promise.all(
  documents.map(async (name) => await readFile(join(projectFolder, name), 'utf8')),
)) as [string, string];

function blocksOf(language: string, text = readme): readonly string[] {
  const pattern = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g');
  return [...text.matchAll(pattern)].map(([, block = '']) => block);
}

/** What a program says that it prints: the comments behind its `console.log`. */
function saidOutput(program: string): readonly string[] {
  return [...program.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, said = '']) => said);
}

describe("the client's README.md, and the program of the service's", () => {
  let folder: TemporaryFolder;
  let service: RunningService;
  before(async () => {
    folder = await createTemporaryFolder();
    service = await runService({ store: 'memory', endpoint: { 'options.drain_delay': 0 } });
    await mkdir(folder.file('node_modules'));
    const client = join(projectFolder, 'clients/typescript');
    await symlink(client, folder.file('node_modules/client-sessions'));
  });
  after(async () => {
    await service.close();
    await folder.remove();
  });

  it(`has at most ${lineLimit} lines`, () => {
    expect(readme.trimEnd().split('\n').length).to.be.at.most(lineLimit);
  });

  const programs = [...blocksOf('js'), ...blocksOf('js', serviceReadme)];
  for (const [index, program] of programs.entries()) {
    it(`has a program ${index + 1} that prints what it says`, async () => {
      const file = folder.file(`program-${index}.mjs`);
      await writeFile(file, program.replaceAll('http://127.0.0.1:8080', service.url));
      const { stdout } = await run(process.execPath, [file], { timeout: 15_000 });
      expect(stdout.trimEnd().split('\n')).to.deep.equal(saidOutput(program));
      expect(saidOutput(program)).not.to.deep.equal([]);
    });
  }

  it('has commands that make a package and install it', async () => {
    const [commands = ''] = blocksOf('sh');
    const place = folder.file('program');
    await mkdir(place);
    await writeFile(join(place, 'package.json'), '{ "private": true }');
    // The first two are run in the repository, the third where the package is wanted.
    const script = commands
      .replace('npm run', `npm --prefix '${projectFolder}' run`)
      .replace('npm pack .', `npm pack '${projectFolder}'`)
      .replace('npm install', 'npm install --offline --no-audit --no-fund');
    await run('bash', ['-ec', script], { cwd: place });
    const { dependencies } = JSON.parse(await readFile(join(place, 'package.json'), 'utf8')) as {
      dependencies: unknown;
    };
    expect(dependencies).to.deep.equal({ 'client-sessions': 'file:client-sessions-0.1.0.tgz' });
  });

  it('names files and settings that are there', async () => {
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
    for (const link of links) await readFile(join(projectFolder, 'clients/typescript', link));
    const configuration = await readFile(join(projectFolder, 'docs/configuration.md'), 'utf8');
    for (const setting of ['cors_origins', 'cors_headers']) {
      expect(configuration).to.include(setting);
    }
  });
});
