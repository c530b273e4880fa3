import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isSessionError } from '../errors/session-error.js';
import { type CommandLine, parseCommandLine, usage } from './command-line.js';
import { copy } from './copy-command.js';
import { type CopyCommandLine, parseCopyCommandLine } from './copy-command-line.js';
import { backup, verify } from './database-commands.js';
import { serve } from './serve.js';
import { version } from './version.js';

/** Exit codes, as `sysexits.h` has them. */
export const exitCodes = { usage: 64, fault: 70, config: 78 } as const;

/** Runs the command line `args` (without node and script), and sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const line = readCommandLine(args);
  try {
    await run(line);
  } catch (caught) {
    fail(caught, isConfigError(caught) ? exitCodes.config : exitCodes.fault);
  }
}

function readCommandLine(args: readonly string[]): CommandLine {
  try {
    return parseCommandLine(args, defaultConfig());
  } catch (caught) {
    return fail(caught, exitCodes.usage);
  }
}

function readCopyCommandLine(args: readonly string[]): CopyCommandLine {
  try {
    return parseCopyCommandLine(args, process.env);
  } catch (caught) {
    return fail(caught, exitCodes.usage);
  }
}

async function run(line: CommandLine): Promise<void> {
  switch (line.action) {
    case 'help':
      process.stdout.write(usage);
      return;
    case 'version':
      process.stdout.write(`${version}\n`);
      return;
    case 'serve':
      await serve({ configPath: line.config, parameters: line.parameters });
      return;
    case 'verify':
      process.exitCode = await verify(line.file);
      return;
    case 'backup':
      await backup(line.file, line.target);
      return;
    case 'copy':
      process.exitCode = await copy(readCopyCommandLine(line.args));
  }
}

/** The configuration of the working folder, as Pip.Services has it, else the package's own. */
function defaultConfig(): string {
  const local = 'config/config.yml';
  if (existsSync(local)) return local;
  return fileURLToPath(new URL('../../../config/config.yml', import.meta.url));
}

/** One line on stderr, a caught error's message and never its stack; and the end. */
function fail(caught: unknown, exitCode: number): never {
  process.stderr.write(`service-sessions: ${describe(caught)}\n`);
  process.exit(exitCode);
}

function isConfigError(caught: unknown): boolean {
  return isSessionError(caught) ? caught.code === 'INVALID_CONFIG' : hasCause(caught);
}

/** Pip.Services wraps what a component threw, and keeps of it the message, as text. */
function hasCause(caught: unknown): caught is Error & { cause: string } {
  return caught instanceof Error && typeof caught.cause === 'string' && caught.cause !== '';
}

function describe(caught: unknown): string {
  const text = hasCause(caught) ? caught.cause : messageOf(caught);
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

function messageOf(caught: unknown): string {
  return caught instanceof Error ? caught.message : String(caught);
}
