import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { MachineFacts } from './results.js';

const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  2435016766: 'btrfs',
  1481003842: 'xfs',
  16914836: 'tmpfs (syncs cost nothing: durable figures mean nothing)',
  2035054128: 'overlayfs',
};
const syncCount = 200;

/** The machine of this run. @param folder Where the databases lie. */
export async function machineFacts(folder: string, generator: string): Promise<MachineFacts> {
  const processors = cpus();
  const { type: fileSystem } = await statfs(folder);
  return {
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    fileSystem: fileSystems[fileSystem] ?? `0x${fileSystem.toString(16)}`,
    syncsPerSecond: measureSyncs(join(folder, 'syncs')),
    generator,
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run bench', ...commandFlags()].join(' '),
  };
}

/** The flags given, without a folder of this machine. */
function commandFlags(): readonly string[] {
  const flags = process.argv.slice(2);
  const out = flags.findIndex((flag) => flag.startsWith('--out'));
  const shown = out < 0 ? flags : flags.toSpliced(out, flags[out]?.includes('=') ? 1 : 2);
  return shown.length === 0 ? [] : ['--', ...shown];
}

function measureSyncs(path: string): number {
  const file = openSync(path, 'w');
  const block = Buffer.alloc(4_096, 1);
  const started = performance.now();
  for (let index = 0; index < syncCount; index++) {
    writeSync(file, block);
    fdatasyncSync(file);
  }
  closeSync(file);
  return Math.round((syncCount * 1_000) / (performance.now() - started));
}
