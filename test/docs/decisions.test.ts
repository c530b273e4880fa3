import { readdir, readFile, stat } from 'node:fs/promises';
import { expect } from 'chai';
import { projectFolder } from '../support/service-process.js';

const folder = `${projectFolder}docs/decisions/`;
const lineLimit = 50;

async function read(name: string): Promise<string> {
  return await readFile(`${folder}${name}`, 'utf8');
}

async function recordNames(): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name !== 'README.md');
}

describe('the decision records', () => {
  it('have a number each, and stand in their list in this order', async () => {
    const listed = [...(await read('README.md')).matchAll(/\]\((\d{4}-[a-z-]+\.md)\)/g)];
    const numbers = listed.map(([, name]) => Number(name?.slice(0, 4)));
    expect(listed.map(([, name]) => name)).to.have.members(await recordNames());
    expect(numbers).to.deep.equal(numbers.map((_, index) => index + 1));
  });

  it('say context, decision and consequence, in few lines', async () => {
    for (const name of await recordNames()) {
      const text = await read(name);
      const parts = [...text.matchAll(/^\*\*(\w+)\.\*\*/gm)].map(([, part]) => part);
      expect(parts, name).to.deep.equal(['Context', 'Decision', 'Consequence']);
      expect(text.split('\n').length, name).to.be.at.most(lineLimit);
    }
  });

  it('link to and name only files that are there', async () => {
    for (const name of ['README.md', ...(await recordNames())]) {
      const text = await read(name);
      const links = [...text.matchAll(/\]\((?!https:)([^)#]+)/g)].map(
        ([, target]) => new URL(String(target), `file://${folder}`),
      );
      const named = [...text.matchAll(/`((?:src|test)\/[\w./-]+)`/g)].map(
        ([, path]) => new URL(String(path), `file://${projectFolder}`),
      );
      for (const url of [...links, ...named]) await stat(url);
      expect(links.length + named.length, `${name}: evidence`).to.be.greaterThan(0);
    }
  });
});
