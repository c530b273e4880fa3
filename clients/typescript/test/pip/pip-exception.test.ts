import { expect } from 'chai';
import { ApplicationExceptionFactory, type ErrorDescription } from 'pip-services3-commons-nodex';
import { type ErrorCode, errorKinds } from '../../../../src/errors/error-codes.js';
import { SessionError as ServiceError } from '../../../../src/errors/session-error.js';
import { SessionError } from '../../src/index.js';
import { PipException } from '../../src/pip/index.js';

const codes = Object.keys(errorKinds) as ErrorCode[];
const fields = [
  'name',
  'code',
  'status',
  'category',
  'message',
  'correlation_id',
  'details',
] as const;

function fieldsOf(error: object) {
  return Object.fromEntries(fields.map((field) => [field, Reflect.get(error, field)]));
}

describe('PipException', () => {
  for (const code of codes.filter((known) => known !== 'INVALID_CONFIG')) {
    it(`has for ${code} the fields of the exception that the published client made of it`, () => {
      const body = new ServiceError(code, { details: { fact: [1] } }).toBody('my-id');
      const theirs = ApplicationExceptionFactory.create(body as unknown as ErrorDescription);
      const { category, correlation_id: correlationId, details, message, status } = body;
      const answered = new SessionError(code, {
        category,
        correlationId,
        details,
        message,
        status,
      });
      const ours = PipException.from(answered);
      expect(fieldsOf(ours)).to.deep.equal(fieldsOf(theirs));
      expect(ours.cause).to.equal(answered);
    });
  }

  it('has the codes of the client where no answer came', () => {
    for (const code of ['UNREACHABLE', 'TIMED_OUT', 'ABORTED'] as const) {
      const { category, correlation_id, name, status } = PipException.from(new SessionError(code));
      expect({ category, correlation_id, name, status }).to.deep.equal({
        category: 'NoResponse',
        correlation_id: null,
        name: code,
        status: 500,
      });
    }
  });
});
