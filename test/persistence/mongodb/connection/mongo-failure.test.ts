import { expect } from 'chai';
import {
  type BulkWriteResult,
  MongoBulkWriteError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError,
} from 'mongodb';
import { sessionEnded } from '../../../../src/errors/makers.js';
import { toSessionError } from '../../../../src/persistence/mongodb/connection/mongo-failure.js';

const secret = 'E11000 of the driver at 10.0.0.1';

function serverError(code: number, message = secret): MongoServerError {
  return new MongoServerError({ ok: 0, code, message, errmsg: message });
}

/** A bulk write that the primary has done, and of which a majority is not known to have it. */
function concernError(code: number): MongoBulkWriteError {
  const result = { getWriteConcernError: () => ({ code }) } as unknown as BulkWriteResult;
  return new MongoBulkWriteError(new Error(secret), result);
}

describe('toSessionError() of MongoDB', () => {
  const table = [
    ['not primary', serverError(10_107), 'STORE_UNAVAILABLE'],
    ['a primary that steps down', serverError(189), 'STORE_UNAVAILABLE'],
    ['a write conflict', serverError(112), 'STORE_UNAVAILABLE'],
    ['a time limit', serverError(50), 'STORE_UNAVAILABLE'],
    ['a write concern that was not met', serverError(64), 'STORE_UNAVAILABLE'],
    ['a bulk write without a majority', concernError(64), 'STORE_UNAVAILABLE'],
    ['a bulk write of a primary that ends', concernError(91), 'STORE_UNAVAILABLE'],
    ['a bulk write that failed otherwise', concernError(1), 'INTERNAL'],
    ['a user who is not allowed', serverError(13), 'STORE_UNAVAILABLE'],
    ['a broken connection', new MongoNetworkError(secret), 'STORE_UNAVAILABLE'],
    ['a silent server', new MongoNetworkTimeoutError(secret), 'STORE_UNAVAILABLE'],
    ['a full disk', serverError(14_031), 'STORAGE_FULL'],
    ['a hosted quota', serverError(8_000, 'you are over your space quota'), 'STORAGE_FULL'],
    ['another error of a host', serverError(8_000), 'INTERNAL'],
    ['a key that is there', serverError(11_000), 'INTERNAL'],
    ['a call that is wrong', new MongoInvalidArgumentError(secret), 'INTERNAL'],
    ['an error of ours', new TypeError(secret), 'INTERNAL'],
  ] as const;

  for (const [name, caught, code] of table) {
    it(`answers ${code} for ${name}, without a word of the driver`, () => {
      const error = toSessionError(caught);
      expect(error).to.include({ code, cause: caught });
      expect(JSON.stringify(error.toBody('id'))).to.not.include('driver');
    });
  }

  it('leaves a session error as it is', () => {
    const error = sessionEnded('user', 0);
    expect(toSessionError(error)).to.equal(error);
  });
});
