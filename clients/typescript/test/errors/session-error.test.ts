import { expect } from 'chai';
import { invalidData, sessionEnded } from '../../../../src/errors/makers.js';
import { isSessionError as isServiceError } from '../../../../src/errors/session-error.js';
import { isSessionError, SessionError } from '../../src/index.js';

describe('the SessionError of the client', () => {
  it('has status, category and sentence of a code of the service', () => {
    const { category, code, message, name, status } = new SessionError('SESSION_LIMIT');
    expect({ category, code, message, name, status }).to.deep.equal({
      category: 'Conflict',
      code: 'SESSION_LIMIT',
      message: 'The user has the allowed number of sessions.',
      name: 'SessionError',
      status: 409,
    });
  });

  for (const code of ['UNREACHABLE', 'TIMED_OUT', 'ABORTED'] as const) {
    it(`has no status for ${code}, and the category of no answer`, () => {
      const { category, status } = new SessionError(code);
      expect({ category, status }).to.deep.equal({ category: 'NoResponse', status: 0 });
    });
  }

  it('takes a code that is unknown', () => {
    const { category, code, message, status } = new SessionError('toString', { status: 418 });
    expect({ category, code, message, status }).to.deep.equal({
      category: 'Unknown',
      code: 'toString',
      message: 'The service refused the call.',
      status: 418,
    });
  });

  it('from() keeps what the class of the service says', () => {
    const cause = sessionEnded('logout', 0);
    const error = SessionError.from(cause, 'my-id');
    const { category, code, correlationId, details, status } = error;
    expect({ category, code, correlationId, details, status }).to.deep.equal({
      category: 'Conflict',
      code: 'SESSION_ENDED',
      correlationId: 'my-id',
      details: { close_reason: 'logout', close_time: '1970-01-01T00:00:00.000Z' },
      status: 409,
    });
    expect(error.cause).to.equal(cause);
  });

  it('from() answers an error of its own class itself', () => {
    const error = new SessionError('ABORTED');
    expect(SessionError.from(error)).to.equal(error);
  });

  it('from() says INTERNAL for what has no code, whatever it is', () => {
    const failures = [undefined, 'text', new Error('any'), { code: 'A', category: 'B', status: 1 }];
    expect(failures.map((caught) => SessionError.from(caught).code)).to.deep.equal(
      failures.map(() => 'INTERNAL'),
    );
  });

  it('isSessionError() knows both classes, and nothing else', () => {
    const values = [new SessionError('ABORTED'), invalidData([]), new Error('any'), null, 'text'];
    expect(values.map(isSessionError)).to.deep.equal([true, true, false, false, false]);
    expect(isServiceError(new SessionError('SESSION_ENDED'))).to.equal(true);
  });
});
