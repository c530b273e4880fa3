import { ConfigParams } from 'pip-services3-commons-nodex';
import { CommandableHttpClient } from 'pip-services3-rpc-nodex';
import type { CommandName } from '../../src/data/version1/commands.js';

/** What anybody builds on `CommandableHttpClient`: here, a client for any command. */
export class PipClient extends CommandableHttpClient {
  /** `headers` go with every request, as a subclass adds them. */
  constructor(headers: Readonly<Record<string, string>> = {}) {
    super('v1/sessions');
    Object.assign(this._headers, headers);
  }

  /** Runs one command. */
  async run(
    command: CommandName,
    correlationId: string,
    params: object,
  ): Promise<Readonly<Record<string, unknown>>> {
    return await this.callCommand(command, correlationId, params);
  }
}

/** Such a client for a service, open; `options` by their keys. */
export async function connectPipClient(
  url: string,
  options: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<PipClient> {
  const client = new PipClient(headers);
  client.configure(ConfigParams.fromValue({ connection: { uri: url }, options }));
  await client.open('test');
  return client;
}
