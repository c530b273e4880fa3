import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  projectFolder,
  type ServiceProcess,
  startServiceProcess,
} from '../support/service-process.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);
const readme = await readFile(`${projectFolder}README.md`, 'utf8');

/** The command of the README, and the answer that stands below it. */
function exampleOf(command: string): { readonly curl: string; readonly answer: unknown } {
  const pattern = new RegExp(
    `\`\`\`sh\\n(curl [^\`]*${command} [^\`]*)\`\`\`\\n\\n<!-- answer: ${command} -->\\n\`\`\`json\\n([\\s\\S]*?)\`\`\``,
  );
  const [, curl = '', answer = ''] = pattern.exec(readme) ?? [];
  return { curl, answer: JSON.parse(answer) };
}

/** Values that differ from call to call, by what they are; all others as they are. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shapeOf(part)]));
  }
  if (typeof value !== 'string') return value;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) return 'a time';
  return /^[A-Za-z0-9_-]{43}$/.test(value) ? 'an id' : value;
}

describe('README.md', () => {
  let folder: TemporaryFolder;
  let service: ServiceProcess;
  before(async () => {
    folder = await createTemporaryFolder();
    service = await startServiceProcess({ env: { FILE_PATH: folder.file('sessions.db') } });
  });
  after(async () => {
    await service.stop();
    await folder.remove();
  });

  for (const command of ['open_session', 'get_sessions']) {
    it(`shows the real answer of ${command}`, async () => {
      const { curl, answer } = exampleOf(command);
      const { stdout } = await run('bash', [
        '-c',
        curl.replace('http://127.0.0.1:8080', service.url),
      ]);
      expect(shapeOf(answer)).to.deep.equal(shapeOf(JSON.parse(stdout)));
    });
  }

  it('names the scripts that package.json has', async () => {
    const { scripts } = JSON.parse(await readFile(`${projectFolder}package.json`, 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm (?:run )?(?:-s )?([a-z]+)/g)].map(
      ([, name = '']) => name,
    );
    const own = named.filter((name) => name !== 'ci' && name !== 'package');
    expect(own.filter((name) => scripts[name] === undefined)).to.deep.equal([]);
  });
});
