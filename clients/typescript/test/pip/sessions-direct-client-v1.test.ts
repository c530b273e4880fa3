import { expect } from 'chai';
import { Descriptor, References } from 'pip-services3-commons-nodex';
import { MemorySessionPersistence } from '../../../../src/persistence/memory/memory-session-persistence.js';
import { createController } from '../../../../test/support/create-controller.js';
import { SessionsDirectClientV1 } from '../../src/pip/index.js';

/** The code of what a call throws or rejects with. */
async function codeOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (caught) {
    return (caught as { readonly code?: unknown }).code;
  }
}

describe('SessionsDirectClientV1', () => {
  const place = new Descriptor('service-sessions', 'controller', 'default', 'default', '1.0');

  it('is open from the references on, refuses calls after a close, and opens again', async () => {
    const { close, controller } = await createController(new MemorySessionPersistence());
    const client = new SessionsDirectClientV1();
    const find = async () => await client.getSessionById('test', 'absent');
    expect([await codeOf(find), client.isOpen()]).to.deep.equal(['NOT_OPENED', false]);
    client.setReferences(References.fromTuples(place, controller));
    expect([await find(), client.isOpen()]).to.deep.equal([null, true]);
    await client.close('test');
    await client.close('test');
    expect([await codeOf(find), client.isOpen()]).to.deep.equal(['NOT_OPENED', false]);
    await client.open('test');
    expect(await find()).to.equal(null);
    await client.close('test');
    await close();
  });

  it('refuses to open without a controller, and a controller without commands', async () => {
    const client = new SessionsDirectClientV1();
    expect(await codeOf(async () => await client.open('test'))).to.equal('INVALID_CONFIG');
    const foreign = References.fromTuples(place, { openSession: () => null });
    expect(await codeOf(() => client.setReferences(foreign))).to.equal('INVALID_CONFIG');
    const none = new References();
    expect(await codeOf(() => client.setReferences(none))).to.equal('REF_ERROR');
  });

  it('takes the controller under the name that its dependencies say', async () => {
    const { close, controller } = await createController(new MemorySessionPersistence());
    const client = new SessionsDirectClientV1({ dependencies: { controller: 'my controller' } });
    const references = References.fromTuples('my controller', controller);
    client.setReferences(references);
    expect(await client.getSessionById('test', 'absent')).to.equal(null);
    await client.close('test');
    await close();
  });
});
