import { parseArgs } from 'node:util';
import { invalidConfig } from '../errors/makers.js';

/** What the command line asks for. */
export type CommandLine =
  | { readonly action: 'help' }
  | { readonly action: 'version' }
  | { readonly action: 'serve'; readonly config: string; readonly parameters: readonly string[] }
  | { readonly action: 'verify'; readonly file: string }
  | { readonly action: 'backup'; readonly file: string; readonly target: string }
  | { readonly action: 'copy'; readonly args: readonly string[] };

/** What `--help` prints. */
export const usage = `Usage: service-sessions [options]
       service-sessions verify <database>
       service-sessions backup <database> <target>
       service-sessions copy --from <store> --to <store> [options]

Serves sessions over HTTP until SIGTERM or SIGINT; a second signal ends it at once.

Options:
  -c, --config <file>         components to run, YAML or JSON (default: config/config.yml)
  -p, --param <name>=<value>  a parameter of the configuration, before the environment's;
                              may be given more than once
  -v, --version               print the version
  -h, --help                  print this

Commands, which may run beside the serving process:
  verify   compare rows, checksums and indexes of a database of the file store
  backup   write a consistent copy of it to a new file

Command for stores that nobody serves:
  copy     move to another store; see copy --help

Exit codes: 0 done, 1 damage found, 64 wrong usage, 70 a fault, 78 a bad configuration.
Settings and environment variables: docs/configuration.md
`;

const options = {
  config: { type: 'string', short: 'c' },
  param: { type: 'string', short: 'p', multiple: true },
  params: { type: 'string', multiple: true },
  version: { type: 'boolean', short: 'v' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Reads the command line. @throws INVALID_CONFIG naming the option or argument. */
export function parseCommandLine(args: readonly string[], defaultConfig: string): CommandLine {
  // Its options are its own.
  if (args[0] === 'copy') return { action: 'copy', args: args.slice(1) };
  const { values, positionals } = parse(args);
  if (values.help === true) return { action: 'help' };
  if (values.version === true) return { action: 'version' };
  const [command, file, target, ...rest] = positionals;
  if (command === undefined) {
    // `a=1;b=2` in one argument, as the original's --params takes it.
    const parameters = [...(values.params ?? []), ...(values.param ?? [])].flatMap((text) =>
      text.split(';'),
    );
    return { action: 'serve', config: values.config ?? defaultConfig, parameters };
  }
  if (command === 'verify' && file !== undefined && target === undefined) {
    return { action: 'verify', file };
  }
  if (command === 'backup' && file !== undefined && target !== undefined && rest.length === 0) {
    return { action: 'backup', file, target };
  }
  throw invalidConfig(`argument "${positionals.join(' ')}"`, 'see --help');
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (caught) {
    const reason = caught instanceof Error ? caught.message.split('. ')[0] : String(caught);
    throw invalidConfig('command line', `${reason}; see --help`);
  }
}
