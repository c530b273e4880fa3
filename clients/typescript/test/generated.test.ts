import { expect } from 'chai';
import { commandNames as serviceNames } from '../../../src/data/version1/commands.js';
import { isCurrent } from '../generate.js';
import { createSessionsClient } from '../src/index.js';
import { commandNames } from '../src/sessions-client.js';

describe('what is generated from the table of commands', () => {
  it('says what the table says now (else: npm run docs)', () => {
    expect(isCurrent()).to.equal(true);
  });

  it('has the commands of the service, each with a method that passes it on', async () => {
    expect(commandNames).to.deep.equal(serviceNames);
    const seen: string[] = [];
    const client = createSessionsClient({
      async call(command) {
        seen.push(command);
        return null;
      },
      close: async () => undefined,
    });
    const { close: _close, ...methods } = client;
    for (const method of Object.values(methods)) {
      await (method as (params: object) => Promise<unknown>)({});
    }
    expect(seen).to.deep.equal(serviceNames);
  });
});
