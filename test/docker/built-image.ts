import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFolder } from '../support/service-process.js';
import { isInContext, readStages, type Stage, textsOf } from './dockerfile.js';

const execute = promisify(execFile);

/** What the Dockerfile makes of the project, without the files of its base image. */
export interface BuiltImage {
  /** Where its root lies. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Its command lines, as the last stage says them. */
  readonly entrypoint: readonly string[];
  readonly healthCheck: readonly string[];
  /** The file or folder of this machine that a path of the image is. */
  at(path: string): string;
}

/**
 * Does what a builder does, as far as it can be done without one: copies what the Dockerfile
 * copies, of what `.dockerignore` lets through, and runs the RUN lines of all stages but the last,
 * whose lines change the base image. Node and npm are this machine's.
 */
export async function buildImage(folder: string): Promise<BuiltImage> {
  const stages = readStages();
  for (const stage of stages) await buildStage(folder, stage, stage === stages.at(-1));
  for (const { name } of stages.slice(0, -1)) rmSync(join(folder, name), { recursive: true });
  const last = stages.at(-1);
  const root = join(folder, last?.name ?? '');
  return {
    root,
    environment: environmentOf(last),
    entrypoint: listIn(textsOf(last, 'ENTRYPOINT')[0]),
    healthCheck: listIn(textsOf(last, 'HEALTHCHECK')[0]),
    at: (path) => join(root, path),
  };
}

async function buildStage(folder: string, stage: Stage, isLast: boolean): Promise<void> {
  const root = join(folder, stage.name);
  let workingFolder = root;
  mkdirSync(root, { recursive: true });
  for (const { name, text } of stage.instructions) {
    if (name === 'WORKDIR') {
      workingFolder = join(root, text);
      mkdirSync(workingFolder, { recursive: true });
    }
    if (name === 'COPY') copy(folder, workingFolder, text);
    if (name === 'RUN' && !isLast) {
      await execute('sh', ['-c', text], { cwd: workingFolder, timeout: 110_000 });
    }
  }
}

/** `COPY a b ./`, `COPY a ./a` or `COPY --from=stage /a ./a`; a folder's content is copied. */
function copy(folder: string, workingFolder: string, text: string): void {
  const words = text.split(' ');
  const stage = words[0]?.startsWith('--from=') ? words.shift()?.slice(7) : undefined;
  const target = words.pop() ?? '';
  for (const source of words) {
    if (stage === undefined && !isInContext(source)) throw new Error(`${source} is ignored`);
    const from = stage === undefined ? join(projectFolder, source) : join(folder, stage, source);
    const isInto = target.endsWith('/') && statSync(from).isFile();
    const to = join(workingFolder, target, isInto ? (source.split('/').at(-1) ?? '') : '');
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  }
}

function environmentOf(stage: Stage | undefined): Record<string, string> {
  const pairs = textsOf(stage, 'ENV').flatMap((text) => text.split(/\s+/));
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name, value.join('=')];
    }),
  );
}

/** The list in JSON at the end of a line. */
function listIn(text = ''): readonly string[] {
  return JSON.parse(text.slice(text.indexOf('['))) as readonly string[];
}
