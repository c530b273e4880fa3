import { readFileSync } from 'node:fs';

const manifest = JSON.parse(
  readFileSync(new URL(packagePath(import.meta.url), import.meta.url), 'utf8'),
) as { readonly version: string };

/** Version of this package. */
export const version = manifest.version;

/** The manifest lies one folder higher for the compiled file than for its source. */
function packagePath(url: string): string {
  return url.includes('/dist/') ? '../../../package.json' : '../../package.json';
}
