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

/** The commands of the table, run by whoever implements them: what Pip services expose. */
export function createSessionsCommandSet(api: SessionsApiV1): CommandSet {
  const commands = new CommandSet();
  commands.addCommands(commandNames.map((name) => createCommand(name, api)));
  return commands;
}

function createCommand(name: CommandName, api: SessionsApiV1): ICommand {
  // One signature for all rows of the table: `parseParams` makes the parameters of this one.
  const run = api[methodOf(name)].bind(api) as (
    correlationId: string,
    params: unknown,
  ) => Promise<unknown>;
  return {
    getName: () => name,
    execute: async (correlationId: string, args: Parameters) =>
      await run(correlationId, parseParams(name, args)),
    validate: (args: Parameters) => validate(name, args),
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
