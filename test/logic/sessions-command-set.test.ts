import { expect } from 'chai';
import { Parameters } from 'pip-services3-commons-nodex';
import { commandNames } from '../../src/data/version1/commands.js';
import type { SessionV1 } from '../../src/data/version1/session-v1.js';
import { SessionsController } from '../../src/logic/sessions-controller.js';
import { MemorySessionPersistence } from '../../src/persistence/memory/memory-session-persistence.js';
import { createController } from '../support/create-controller.js';

describe('createSessionsCommandSet()', () => {
  it('has every command of the table, in its order', () => {
    const commands = new SessionsController().getCommandSet().getCommands();
    expect(commands.map((command) => command.getName())).to.deep.equal(commandNames);
  });

  it('runs a command with the parameters that a Pip service passes', async () => {
    const { controller, close } = await createController(new MemorySessionPersistence());
    const commands = controller.getCommandSet();
    const params = Parameters.fromValue({ user_id: 'u', data: { a: [1] } });
    const opened: SessionV1 = await commands.execute('c', 'open_session', params);
    expect(opened).to.deep.include({ user_id: 'u', data: { a: [1] }, active: true });
    const found: unknown = await commands.execute(
      'c',
      'get_session_by_id',
      Parameters.fromValue({ session_id: opened.id }),
    );
    expect(found).to.deep.equal(opened);
    await close();
  });

  it('refuses bad parameters before anything runs', async () => {
    const command = new SessionsController().getCommandSet().findCommand('open_session');
    const caught = await command
      .execute('c', Parameters.fromValue({ user_name: 5 }))
      .catch((error: unknown) => error);
    expect(caught).to.deep.include({
      code: 'INVALID_DATA',
      details: {
        problems: [
          { path: '/user_id', reason: 'is required' },
          { path: '/user_name', reason: 'must be string' },
        ],
      },
    });
  });

  it('validate() answers what is wrong as Pip.Services says it', () => {
    const command = new SessionsController().getCommandSet().findCommand('close_session');
    expect(command.validate(Parameters.fromValue({ session_id: 'x' }))).to.deep.equal([]);
    const [result, ...others] = command.validate(Parameters.fromValue({}));
    expect(others).to.deep.equal([]);
    expect(result?.getPath()).to.equal('/session_id');
    expect(result?.getCode()).to.equal('INVALID_DATA');
    expect(result?.getMessage()).to.equal('is required');
  });
});
