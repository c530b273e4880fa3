import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const compiler = join(folder, '../../node_modules/.bin/tsc');

/** What can be imported, without its ending. */
const entries = ['index', 'mock/index', 'pip/index'].map(
  (name) => `clients/typescript/src/${name}`,
);

const formats = [
  { name: 'esm', type: 'module', flags: [] },
  {
    name: 'cjs',
    type: 'commonjs',
    flags: [
      '--module',
      'commonjs',
      '--moduleResolution',
      'bundler',
      '--verbatimModuleSyntax',
      'false',
    ],
  },
] as const;

/** What a compiled file imports. */
const importPattern = /(?:\bfrom|\bimport|\brequire\()\s*['"]([^'"]+)['"]/g;

/**
 * The files that one file leads to, itself included.
 * @throws when one of them imports something that is not in the package.
 */
function reachFrom(file: string, ending: string, reached = new Set<string>()): Set<string> {
  if (reached.has(file)) return reached;
  reached.add(file);
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(importPattern)) {
    if (!name.startsWith('.'))
      throw new Error(`${file} imports ${name}: the client has no dependency`);
    reachFrom(resolve(dirname(file), name.replace(/\.js$/, ending)), ending, reached);
  }
  return reached;
}

/** Removes what the compiler wrote and nothing in the package leads to: parts of the service. */
function prune(output: string): void {
  const roots = entries.flatMap((entry) =>
    ['.js', '.d.ts'].map((ending) => ({ file: join(output, entry + ending), ending })),
  );
  const kept = new Set(roots.flatMap(({ file, ending }) => [...reachFrom(file, ending)]));
  for (const entry of readdirSync(output, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !kept.has(file)) rmSync(file);
  }
}

rmSync(join(folder, 'dist'), { recursive: true, force: true });
for (const { flags, name, type } of formats) {
  const output = join(folder, 'dist', name);
  execFileSync(compiler, ['-p', folder, '--outDir', output, ...flags], { stdio: 'inherit' });
  prune(output);
  writeFileSync(join(output, 'package.json'), `${JSON.stringify({ type })}\n`);
}
