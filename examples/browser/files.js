import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ readonly body: Buffer, readonly type: string }} File */

const types = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
]);

const clientFolder = new URL('./dist/esm/', import.meta.resolve('client-sessions/package.json'));
const clientEntry = import.meta.resolve('client-sessions');

/** Where the site serves the client from which its page imports. */
export const clientPath = `/client/${clientEntry.slice(clientFolder.href.length)}`;

/**
 * All that the site serves as files, by their paths: its own, and the client's modules as they are.
 * Nothing else can be asked for.
 * @returns {Promise<ReadonlyMap<string, File>>}
 */
export async function readFiles() {
  return new Map([
    ...(await readFolder(new URL('./page/', import.meta.url), '/')),
    ...(await readFolder(clientFolder, '/client/')),
  ]);
}

/**
 * @param {URL} folder
 * @param {string} path
 * @returns {Promise<[string, File][]>}
 */
async function readFolder(folder, path) {
  const names = await readdir(fileURLToPath(folder), { recursive: true });
  const known = names.filter((name) => types.has(extname(name)));
  return await Promise.all(
    known.map(async (name) => {
      const body = await readFile(new URL(name, folder));
      return /** @type {[string, File]} */ ([
        path + name,
        { body, type: types.get(extname(name)) },
      ]);
    }),
  );
}
