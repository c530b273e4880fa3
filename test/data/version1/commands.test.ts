import { expect } from 'chai';
import { Compile } from 'typebox/compile';
import { BeatResultV1Schema } from '../../../src/data/version1/beat-v1.js';
import { commandNames, commandsV1, methodOf } from '../../../src/data/version1/commands.js';
import { SessionV1Schema } from '../../../src/data/version1/session-v1.js';
import { isWellFormedText } from '../../../src/data/version1/text-format.js';
import { toSessionV1 } from '../../../src/domain/wire.js';
import { recordOf } from '../../support/records.js';
import { t0 } from '../../support/sessions.js';

describe('the table of commands', () => {
  it('has the commands of the protocol', () => {
    expect(new Set(commandNames)).to.deep.equal(
      new Set([
        'open_session',
        'get_sessions',
        'get_session_by_id',
        'store_session_data',
        'update_session_user',
        'close_session',
        'close_expired_sessions',
        'delete_session_by_id',
        'touch_session',
        'patch_session_data',
        'count_sessions',
        'close_user_sessions',
        'delete_user_sessions',
      ]),
    );
  });

  it('documents every command and every parameter', () => {
    for (const name of commandNames) {
      const { summary, params } = commandsV1[name];
      expect(summary).to.match(/^[A-Z].*\.$/);
      for (const schema of Object.values(params.properties as Record<string, object>)) {
        const documented = 'description' in schema || 'anyOf' in schema;
        expect(documented, `${name}: ${JSON.stringify(schema)}`).to.equal(true);
      }
      expect(params).to.deep.include({ additionalProperties: false });
    }
  });

  it('answers a session only where it may be absent, lists and counts always', () => {
    const nullable = commandNames.filter((name) => commandsV1[name].nullable);
    for (const name of commandNames) {
      const answersOne = [SessionV1Schema, BeatResultV1Schema].some(
        (schema) => schema === commandsV1[name].result,
      );
      expect(answersOne).to.equal(nullable.includes(name));
    }
  });

  it('methodOf() is the command in camel case', () => {
    expect(methodOf('open_session')).to.equal('openSession');
    expect(methodOf('get_session_by_id')).to.equal('getSessionById');
  });
});

describe('SessionV1Schema', () => {
  const validator = Compile(SessionV1Schema);

  it('holds for what the service answers, and not for what it keeps to itself', () => {
    const ended = { active: false, closeReason: 'idle', closeTime: t0 } as const;
    const fields = { userName: 'Ann', deviceId: 'd', address: 'a', client: 'c', data: '[1]' };
    for (const record of [recordOf(), recordOf(ended), recordOf({ ...fields, user: 'null' })]) {
      expect(validator.Check(toSessionV1(record))).to.equal(true);
    }
    expect(validator.Check({ ...toSessionV1(recordOf()), credentials: 'x' })).to.equal(false);
  });
});

describe('isWellFormedText()', () => {
  it('isWellFormedText() is false for NUL and lone surrogates only', () => {
    expect(['', 'a', '😀', '\u0001', '\uffff'].map(isWellFormedText)).to.not.include(false);
    expect(['\0', 'a\0', '\ud83d', '\ude00\ud83d'].map(isWellFormedText)).to.not.include(true);
  });
});
