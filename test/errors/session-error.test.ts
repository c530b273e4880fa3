import { expect } from 'chai';
import { errorKinds } from '../../src/errors/error-codes.js';
import {
  documentTooLarge,
  invalidConfig,
  invalidData,
  invalidJson,
  overloaded,
  requestIdReused,
  revisionConflict,
  sessionEnded,
  sessionLimit,
  storageFull,
  storeDamaged,
  storeUnavailable,
} from '../../src/errors/makers.js';
import { isSessionError, SessionError } from '../../src/errors/session-error.js';
import { t0 } from '../support/sessions.js';

/** Status and category by code: specs/rpc-v1.md, "Transport". */
const table: Readonly<Record<string, readonly [number, string]>> = {
  INVALID_DATA: [400, 'BadRequest'],
  INVALID_JSON: [400, 'BadRequest'],
  BAD_REQUEST: [400, 'BadRequest'],
  UNAUTHORIZED: [401, 'Unauthorized'],
  FORBIDDEN: [403, 'Unauthorized'],
  HOST_NOT_ALLOWED: [403, 'Unauthorized'],
  NO_ROUTE: [404, 'NotFound'],
  WRONG_METHOD: [405, 'BadRequest'],
  REQUEST_TIMEOUT: [408, 'BadRequest'],
  SESSION_ENDED: [409, 'Conflict'],
  REVISION_CONFLICT: [409, 'Conflict'],
  SESSION_LIMIT: [409, 'Conflict'],
  REQUEST_ID_REUSED: [409, 'Conflict'],
  BODY_TOO_LARGE: [413, 'BadRequest'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'BadRequest'],
  RATE_LIMITED: [429, 'BadRequest'],
  HEADERS_TOO_LARGE: [431, 'BadRequest'],
  INTERNAL: [500, 'Unknown'],
  STORE_DAMAGED: [500, 'Unknown'],
  STORE_UNAVAILABLE: [503, 'NoResponse'],
  OVERLOADED: [503, 'NoResponse'],
  STORAGE_FULL: [507, 'NoResponse'],
  INVALID_CONFIG: [500, 'Misconfiguration'],
};

describe('the table of error codes', () => {
  it('has the codes, statuses and categories of the protocol', () => {
    const kinds = Object.entries(errorKinds).map(([code, kind]) => [
      code,
      [kind.status, kind.category],
    ]);
    expect(Object.fromEntries(kinds)).to.deep.equal(table);
  });

  it('has one sentence for each code', () => {
    for (const { message } of Object.values(errorKinds)) expect(message).to.match(/^[A-Z].*\.$/);
  });
});

describe('SessionError', () => {
  it('toBody() has the public facts, and neither stack nor cause', () => {
    const cause = new Error('SQLITE_CORRUPT: /var/lib/secret.db');
    const error = new SessionError('STORE_DAMAGED', { cause, details: { a: 1 } });
    const body = error.toBody('correlation');
    expect(body).to.deep.equal({
      code: 'STORE_DAMAGED',
      status: 500,
      name: 'SessionError',
      category: 'Unknown',
      message: 'The stored record is damaged.',
      correlation_id: 'correlation',
      details: { a: 1 },
    });
    expect(error.cause).to.equal(cause);
  });

  it('body is the same without a correlation id, for the error path of Pip.Services', () => {
    const { stack, cause, body } = new SessionError('INTERNAL', { cause: new Error('hidden') });
    expect(body).to.deep.equal({
      code: 'INTERNAL',
      status: 500,
      name: 'SessionError',
      category: 'Unknown',
      message: errorKinds.INTERNAL.message,
    });
    expect([typeof stack, String(cause)]).to.deep.equal(['string', 'Error: hidden']);
  });

  it('toBody() leaves out details that are not there', () => {
    expect(Object.keys(new SessionError('OVERLOADED').toBody('c'))).to.not.include('details');
  });

  it('from() answers a SessionError itself, and makes INTERNAL of anything else', () => {
    const error = overloaded();
    expect(SessionError.from(error)).to.equal(error);
    for (const caught of [new Error('secret'), 'secret', undefined, null, { code: 'OVERLOADED' }]) {
      const made = SessionError.from(caught);
      expect([made.code, made.message, made.cause]).to.deep.equal([
        'INTERNAL',
        errorKinds.INTERNAL.message,
        caught,
      ]);
    }
  });
});

describe('isSessionError()', () => {
  it('isSessionError() knows one of another copy of the package by name and code', () => {
    const foreign = Object.assign(new Error('x'), { name: 'SessionError', code: 'OVERLOADED' });
    expect([isSessionError(foreign), isSessionError(overloaded())]).to.deep.equal([true, true]);
  });

  it('isSessionError() does not take other errors and values for one', () => {
    const named = (fields: object) => Object.assign(new Error('x'), fields);
    for (const value of [
      named({ code: 'OVERLOADED' }),
      named({ name: 'SessionError' }),
      named({ name: 'SessionError', code: 'NO_SUCH_CODE' }),
      named({ name: 'SessionError', code: 'constructor' }),
      named({ name: 'SessionError', code: 7 }),
      { name: 'SessionError', code: 'OVERLOADED' },
      null,
    ]) {
      expect(isSessionError(value)).to.equal(false);
    }
  });
});

describe('the makers of errors', () => {
  const seen = ({ code, details, message }: SessionError) => ({ code, details, message });

  it('invalidData() names the first problem and has all of them', () => {
    const problems = [
      { path: '/user_id', reason: 'is required' },
      { path: '', reason: 'is wrong' },
    ];
    expect(seen(invalidData(problems))).to.deep.equal({
      code: 'INVALID_DATA',
      details: { problems },
      message: 'The parameters are not valid: /user_id: is required.',
    });
    expect(invalidData(problems.slice(1)).message).to.equal(
      'The parameters are not valid: /: is wrong.',
    );
    expect(invalidData([]).message).to.equal('The parameters are not valid.');
  });

  it('the conflicts have the details that the protocol documents', () => {
    const time = new Date(t0).toISOString();
    expect([
      sessionEnded('idle', t0).details,
      revisionConflict(7).details,
      sessionLimit(2, [{ id: 'a' }]).details,
      requestIdReused().details,
    ]).to.deep.equal([
      { close_reason: 'idle', close_time: time },
      { revision: 7 },
      { limit: 2, sessions: [{ id: 'a' }] },
      undefined,
    ]);
  });

  it('the others have their code, and keep the cause to themselves', () => {
    const cause = new Error('driver');
    const made = [storageFull(cause), storeDamaged(cause), storeUnavailable(cause)];
    expect(made.map(({ code }) => code)).to.deep.equal([
      'STORAGE_FULL',
      'STORE_DAMAGED',
      'STORE_UNAVAILABLE',
    ]);
    for (const error of made) {
      expect(error.cause).to.equal(cause);
      expect(JSON.stringify(error.toBody('c'))).to.not.include('driver');
    }
    expect(seen(invalidJson('it ends too soon'))).to.deep.equal({
      code: 'INVALID_JSON',
      details: undefined,
      message: 'The body is not acceptable JSON: it ends too soon.',
    });
    expect(seen(documentTooLarge('data', 9, 5))).to.deep.equal({
      code: 'BODY_TOO_LARGE',
      details: { field: 'data', bytes: 9, limit: 5 },
      message: 'data is too large.',
    });
    expect(seen(invalidConfig('a: b', 'is wrong'))).to.deep.equal({
      code: 'INVALID_CONFIG',
      details: { setting: 'a: b' },
      message: 'a: b: is wrong',
    });
  });
});
