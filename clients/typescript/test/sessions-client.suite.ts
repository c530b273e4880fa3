import { expect } from 'chai';
import { describeCalls } from './suite/calls.suite.js';
import { describeCommands } from './suite/commands.suite.js';
import { describeErrors } from './suite/errors.suite.js';
import { describeLists } from './suite/lists.suite.js';
import type { ClientSubject, OpenClient, SharedClient } from './suite/subject.js';

/** What every client does, whatever its transport: the conformance suite. */
export function describeSessionsClient(name: string, open: OpenClient): void {
  describe(`the client over ${name}`, () => {
    const shared = shareClient(open);
    describeCommands(shared);
    describeErrors(shared, open);
    describeLists(shared);
    describeCalls(shared, open);

    it('every method was called by this suite', () => {
      const methods = Object.keys(shared.client).filter((method) => method !== 'close');
      expect([...shared.called]).to.have.members(methods);
    });
  });
}

function shareClient(open: OpenClient): SharedClient & { readonly called: ReadonlySet<string> } {
  let subject: ClientSubject | undefined;
  const called = new Set<string>();
  before(async () => {
    subject = await open();
  });
  after(async () => {
    await subject?.close();
  });
  const present = () => {
    if (subject === undefined) throw new Error('The client is not open.');
    return subject;
  };
  return {
    called,
    get client() {
      return new Proxy(present().client, {
        get(target, method, receiver): unknown {
          called.add(String(method));
          return Reflect.get(target, method, receiver);
        },
      });
    },
    pass: async (ms) => await present().pass(ms),
  };
}
