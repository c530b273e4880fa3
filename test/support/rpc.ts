import type { CommandName } from '../../src/data/version1/commands.js';

/** An answer of the service, read whole. */
export interface RpcAnswer {
  readonly status: number;
  /** The parsed body; `null` for 204. */
  readonly body: unknown;
  readonly headers: Headers;
}

/** Posts a command as a caller does. `params` may be any text, to send what is no JSON. */
export async function callCommand(
  url: string,
  command: CommandName,
  params: unknown = {},
): Promise<RpcAnswer> {
  const response = await fetch(`${url}/v1/sessions/${command}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof params === 'string' ? params : JSON.stringify(params),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text === '' ? null : JSON.parse(text),
    headers: response.headers,
  };
}

/** The same, where anything but an answer with a body is a failure of the test. */
export async function expectCommand<Result = Record<string, unknown>>(
  url: string,
  command: CommandName,
  params: unknown = {},
): Promise<Result> {
  const { status, body } = await callCommand(url, command, params);
  if (status !== 200) throw new Error(`${command}: ${status} ${JSON.stringify(body)}`);
  return body as Result;
}
