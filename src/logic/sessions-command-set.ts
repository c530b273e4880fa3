import {
  CommandSet,
  type ICommand,
  type Parameters,
  ValidationResult,
  ValidationResultType,
} from 'pip-services3-commons-nodex';
import {
  type CommandName,
  commandNames,
  methodOf,
  type SessionsApiV1,
} from '../data/version1/commands.js';
import { parseParams } from '../data/version1/parse-params.js';
import type { Problem } from '../errors/makers.js';
import { SessionError } from '../errors/session-error.js';
import type { SessionsApi } from './sessions-commands.js';

/** A command that can answer the JSON text of its result, which costs less than the result. */
export interface TextCommand extends ICommand {
  /** The text, or `null` where `execute` answers that. @throws what `execute` throws. */
  executeAsText(correlationId: string, args: Parameters): Promise<string | null>;
}

/** Whether a command of some command set is a {@link TextCommand}. */
export function isTextCommand(command: ICommand): command is TextCommand {
  return 'executeAsText' in command;
}

/**
 * The commands of the table, run by whoever implements them: what Pip services expose. With
 * `texts`, which answers sessions and pages as JSON text, they are all {@link TextCommand}s.
 */
export function createSessionsCommandSet(
  api: SessionsApiV1,
  texts?: SessionsApi<string, string>,
): CommandSet {
  const commands = new CommandSet();
  commands.addCommands(
    commandNames.map((name) => {
      const command = createCommand(name, api);
      return texts === undefined ? command : withText(command, name, texts);
    }),
  );
  return commands;
}

function createCommand(name: CommandName, api: SessionsApiV1): ICommand {
  const run = runnerOf(name, api);
  return {
    getName: () => name,
    execute: run,
    validate: (args: Parameters) => validate(name, args),
  };
}

function withText(
  command: ICommand,
  name: CommandName,
  texts: SessionsApi<string, string>,
): TextCommand {
  const run = runnerOf(name, texts);
  return {
    ...command,
    executeAsText: async (correlationId, args) => {
      const result = await run(correlationId, args);
      return typeof result === 'string' || result === null ? result : JSON.stringify(result);
    },
  };
}

function runnerOf(name: CommandName, api: SessionsApiV1 | SessionsApi<string, string>) {
  // One signature for all rows of the table: `parseParams` makes the parameters of this one.
  const run = api[methodOf(name)].bind(api) as (
    correlationId: string,
    params: unknown,
  ) => Promise<unknown>;
  return async (correlationId: string, args: Parameters) => {
    try {
      return await run(correlationId, parseParams(name, args));
    } catch (caught) {
      // Whoever hosts the commands answers what it catches: never a stack or a driver's text.
      throw SessionError.from(caught);
    }
  };
}

function validate(name: CommandName, args: Parameters): ValidationResult[] {
  try {
    parseParams(name, args);
    return [];
  } catch (caught) {
    const { problems } = SessionError.from(caught).details ?? {};
    return ((problems ?? []) as readonly Problem[]).map(
      ({ path, reason }) =>
        new ValidationResult(path, ValidationResultType.Error, 'INVALID_DATA', reason, null, null),
    );
  }
}
