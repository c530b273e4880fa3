import { commands } from './generated/commands.js';
import type {
  CallOptions,
  CommandName,
  CommandParams,
  CommandResult,
  SessionsTransport,
} from './transport.js';

/** `snake_case` as `camelCase`. */
export type CamelCase<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;

/** The commands of the service as methods. Each rejects with `SessionError` and nothing else. */
export type SessionsClient = {
  readonly [Name in CommandName as CamelCase<Name>]: (
    params: CommandParams<Name>,
    options?: CallOptions,
  ) => Promise<CommandResult<Name>>;
} & {
  /** Ends running calls and refuses later ones with `ABORTED`. Can be called again. */
  close(): Promise<void>;
};

/** The names of all commands, in the order of the service's table. */
export const commandNames = Object.keys(commands) as readonly CommandName[];

/** Method name of a command: `open_session` is `openSession`. */
export function methodOf<Name extends CommandName>(name: Name): CamelCase<Name> {
  return name.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase()) as CamelCase<Name>;
}

/** A client of the service, over a transport of its own: `close()` closes that too. */
export function createSessionsClient(transport: SessionsTransport): SessionsClient {
  const methods = commandNames.map((name) => [
    methodOf(name),
    async (params: object = {}, options: CallOptions = {}) =>
      await transport.call(name, params, options),
  ]);
  return {
    ...Object.fromEntries(methods),
    close: async () => await transport.close(),
  } as SessionsClient;
}
