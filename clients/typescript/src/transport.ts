import type { CommandTypes } from './generated/commands.js';

/** Name of a command, as it stands in the route. */
export type CommandName = keyof CommandTypes;

/** Parameters of a command. */
export type CommandParams<Name extends CommandName> = CommandTypes[Name]['params'];

/** Answer of a command; `null` where the session does not exist. */
export type CommandResult<Name extends CommandName> = CommandTypes[Name]['result'];

/** What can be said of a single call. */
export interface CallOptions {
  /**
   * Passed on, and found in the service's log: 1 to 128 visible ASCII characters.
   * @default a new one, also in place of one that the service would not take
   */
  readonly correlationId?: string | undefined;
  /** Ends the call with `ABORTED`. What was sent already may still be done. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Deadline of the call including its retries, in ms; then it ends with `TIMED_OUT`.
   * @default 10,000, or what the transport was made with
   */
  readonly timeoutMs?: number | undefined;
  /** W3C trace context, passed on as it is; left out when it could not stand in a header. */
  readonly traceparent?: string | undefined;
  /**
   * Whether the request outlives the page that sends it (`keepalive` of fetch; at most 64 KiB).
   * Such a call is not repeated.
   * @default false
   */
  readonly keepalive?: boolean | undefined;
}

/** The way of a command to the service and of its answer back. */
export interface SessionsTransport {
  /**
   * Runs a command. Parameters and answer are plain JSON values, shared with nobody; the answer is
   * `null` where the session does not exist.
   * @throws SessionError and nothing else.
   */
  call(command: CommandName, params: object, options: CallOptions): Promise<unknown>;
  /** Ends running calls and refuses later ones with `ABORTED`. Can be called again. */
  close(): Promise<void>;
}
