import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { sections } from './sections.js';

const documents = ['protocol-v1.md', 'configuration.md'] as const;

/** Where they lie, also for the compiled form of this file. */
const folder = new URL(import.meta.url.includes('/dist/') ? '../../docs/' : './', import.meta.url);

/** A generated part of a document: what stands between the two marks is made from the code. */
const generatedPart = /(<!-- generated: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** The documents as the code has them now: path and text, and whether the file says the same. */
export function generateDocuments(): readonly { path: URL; text: string; current: boolean }[] {
  return documents.map((name) => {
    const path = new URL(name, folder);
    const before = readFileSync(path, 'utf8');
    const text = before.replaceAll(
      generatedPart,
      (_part, start: string, key: string, end: string) => {
        const section = sections[key];
        if (section === undefined) throw new Error(`${name}: no section "${key}" is generated`);
        return `${start}\n${section().trim()}\n\n${end}`;
      },
    );
    return { path, text, current: text === before };
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const { path, text, current } of generateDocuments()) {
    if (!current) writeFileSync(path, text);
    process.stdout.write(
      `${current ? 'current' : 'written'}: ${path.pathname.split('/').at(-1)}\n`,
    );
  }
}
