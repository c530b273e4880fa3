import { expect } from 'chai';
import { Descriptor, Parameters, References } from 'pip-services3-commons-nodex';
import {
  type CommandName,
  commandNames,
  commandsV1,
  methodOf,
  type SessionsApiV1,
} from '../../src/data/version1/commands.js';
import type { SessionV1 } from '../../src/data/version1/session-v1.js';
import { createSessionsCommandSet, isTextCommand } from '../../src/logic/sessions-command-set.js';
import { SessionsController } from '../../src/logic/sessions-controller.js';
import { MemorySessionPersistence } from '../../src/persistence/memory/memory-session-persistence.js';
import { createController, createTestClock } from '../support/create-controller.js';

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

  it('executeAsText() answers the JSON text of what execute() answers, for every command', async () => {
    const calls: readonly (readonly [CommandName, Record<string, unknown>])[] = [
      ['open_session', { user_id: 'u', user_name: 'Ann "A"', data: { a: [1, 'é'] }, user: null }],
      ['get_sessions', { filter: { user_id: 'u' }, paging: { take: 1, total: true } }],
      ['get_session_by_id', { session_id: 'id-1' }],
      ['get_session_by_id', { session_id: 'nobody' }],
      ['store_session_data', { session_id: 'id-1', data: { b: 2 } }],
      ['patch_session_data', { session_id: 'id-1', patch: { c: 3 } }],
      ['update_session_user', { session_id: 'id-1', user: { name: 'Ann' } }],
      ['touch_session', { session_id: 'id-1', status: 'busy' }],
      ['count_sessions', {}],
      ['close_session', { session_id: 'id-1' }],
      ['open_session', { user_id: 'u' }],
      ['open_session', { user_id: 'u' }],
      ['get_sessions', { paging: { take: 2 } }],
      ['close_user_sessions', { user_id: 'u' }],
      ['close_expired_sessions', {}],
      ['delete_session_by_id', { session_id: 'id-1' }],
      ['delete_user_sessions', { user_id: 'u' }],
    ];
    const texts: string[] = [];
    const values: string[] = [];
    for (const list of [texts, values]) {
      let made = 0;
      const createId = () => `id-${++made}`;
      const controller = new SessionsController({ clock: createTestClock(), createId });
      const store = new MemorySessionPersistence();
      await store.open('test');
      const descriptor = new Descriptor('service-sessions', 'persistence', 'memory', 'x', '1.0');
      controller.setReferences(References.fromTuples(descriptor, store));
      for (const [name, params] of calls) {
        const command = controller.getCommandSet().findCommand(name);
        const args = Parameters.fromValue(params);
        if (list === values) list.push(JSON.stringify(await command.execute('c', args)));
        else if (isTextCommand(command)) list.push(String(await command.executeAsText('c', args)));
      }
    }
    expect(texts).to.deep.equal(values);
    expect(new Set(calls.map(([name]) => name))).to.deep.equal(new Set(commandNames));
  });

  it('answers what nobody foresaw as INTERNAL, with the reason for the log only', async () => {
    const reason = new Error('/home/secret/place');
    const fail = async () => {
      throw reason;
    };
    const api = Object.fromEntries(commandNames.map((name) => [methodOf(name), fail]));
    const commands = createSessionsCommandSet(api as unknown as SessionsApiV1).getCommands();
    for (const command of commands) {
      const params = { session_id: 's', user_id: 'u', data: 1, patch: 1, user: 1 };
      const { properties } = commandsV1[command.getName() as CommandName].params;
      const known = Object.entries(params).filter(([key]) => Object.hasOwn(properties, key));
      const args = Parameters.fromValue(Object.fromEntries(known));
      const caught = await command.execute('c', args).catch((error: unknown) => error);
      expect(caught).to.deep.include({ code: 'INTERNAL', cause: reason });
    }
  });
});
