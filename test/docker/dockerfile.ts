import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../support/service-process.js';

/** One instruction: `RUN`, and what stands behind it. */
interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** What stands between one FROM and the next. */
export interface Stage {
  /** Its number, or its name. */
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of the project's Dockerfile, with the defaults of its arguments filled in. */
export function readStages(): readonly Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  const values = new Map<string, string>();
  for (const { name, text } of readInstructions()) {
    const filled = text.replaceAll(/\$\{(\w+)\}/g, (whole, key) => values.get(key) ?? whole);
    if (name === 'ARG') {
      const [key = '', value = ''] = filled.split('=');
      values.set(key, value);
    } else if (name === 'FROM') {
      const [base = '', , as] = filled.split(' ');
      stages.push({ name: as ?? String(stages.length), base, instructions: [] });
    } else {
      stages.at(-1)?.instructions.push({ name, text: filled });
    }
  }
  return stages;
}

/** The texts of all instructions of one name in a stage. */
export function textsOf(stage: Stage | undefined, name: string): readonly string[] {
  return (stage?.instructions ?? []).flatMap((one) => (one.name === name ? [one.text] : []));
}

/** Whether the builder gets a file or folder of the project, by `.dockerignore`. */
export function isInContext(path: string): boolean {
  const lines = readFileSync(join(projectFolder, '.dockerignore'), 'utf8').split('\n');
  let isIn = true;
  for (const line of lines.filter((one) => one !== '' && !one.startsWith('#'))) {
    const isException = line.startsWith('!');
    if (fits(path, isException ? line.slice(1) : line)) isIn = isException;
  }
  return isIn;
}

/** A pattern fits a path when it fits it or a folder that it is in. */
function fits(path: string, pattern: string): boolean {
  const expression = pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*');
  return new RegExp(`^${expression}(?:/|$)`).test(path);
}

function readInstructions(): readonly Instruction[] {
  const file = readFileSync(join(projectFolder, 'docker/Dockerfile'), 'utf8');
  const text = file.replaceAll(/^#.*\n/gm, '').replaceAll(/\\\n\s*/g, '');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', ...rest] = line.split(' ');
      return { name, text: rest.join(' ').trim() };
    });
}
