import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { generateDocuments } from '../../docs/generate.js';
import { sections } from '../../docs/sections.js';
import { projectFolder } from '../support/service-process.js';

const readmeLimit = 180;
const architectureLimit = 120;

async function read(name: string): Promise<string> {
  return await readFile(`${projectFolder}${name}`, 'utf8');
}

describe('the documents', () => {
  it('have the tables that the code makes now (else: npm run docs)', () => {
    const stale = generateDocuments().filter(({ current }) => !current);
    expect(stale.map(({ path }) => path.pathname)).to.deep.equal([]);
  });

  it('have every table that the code can make, once', async () => {
    const texts = await Promise.all(
      ['protocol-v1.md', 'configuration.md'].map(async (name) => await read(`docs/${name}`)),
    );
    const marks = [...texts.join('').matchAll(/<!-- generated: (\S+) -->/g)].map(([, key]) => key);
    expect(marks).to.have.members(Object.keys(sections));
  });

  it('link only to files that are there', async () => {
    const names = (await readdir(`${projectFolder}docs`)).filter((name) => name.endsWith('.md'));
    const documents = [
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      ...names.map((name) => `docs/${name}`),
    ];
    for (const document of documents) {
      const text = await read(document);
      for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
        if (target.includes('://')) continue;
        await readFile(new URL(target, `file://${projectFolder}${document}`));
      }
    }
  });

  it('name in ARCHITECTURE.md and CONTRIBUTING.md only source files that are there', async () => {
    for (const document of ['ARCHITECTURE.md', 'CONTRIBUTING.md']) {
      const text = await read(document);
      for (const [, path = ''] of text.matchAll(/`((?:src|test|bin|config)\/[\w./-]+\.\w+)`/g)) {
        expect(await readFile(`${projectFolder}${path}`), `${document}: ${path}`).to.not.equal(
          undefined,
        );
      }
    }
  });

  it('stay short enough to be read', async () => {
    expect((await read('README.md')).split('\n').length).to.be.at.most(readmeLimit);
    expect((await read('ARCHITECTURE.md')).split('\n').length).to.be.at.most(architectureLimit);
  });
});
