import { expect } from 'chai';
import { Descriptor, References } from 'pip-services3-commons-nodex';
import { CompositeLogger } from 'pip-services3-components-nodex';
import { overloaded, storeUnavailable } from '../../../src/errors/makers.js';
import { SessionError } from '../../../src/errors/session-error.js';
import { ErrorLog } from '../../../src/services/http/error-log.js';
import { RecordingLogger } from './open-endpoint.js';

describe('ErrorLog', () => {
  function createLog() {
    const recorder = new RecordingLogger();
    const descriptor = Descriptor.fromString('pip-services:logger:test:default:1.0');
    const logger = new CompositeLogger(References.fromTuples(descriptor, recorder));
    const clock = { ms: 0 };
    return { clock, log: new ErrorLog(logger, () => clock.ms), lines: recorder.lines };
  }

  it('write() keeps quiet about what the caller did wrong', () => {
    const { lines, log } = createLog();
    log.write(new SessionError('INVALID_DATA'), 'c', 'GET /');
    expect(lines).to.deep.equal([]);
  });

  it('write() names the cause', () => {
    const { lines, log } = createLog();
    const cause = new Error('gone');
    log.write(storeUnavailable(cause), 'c', 'GET /');
    expect(lines).to.deep.equal([
      {
        level: 'error',
        correlationId: 'c',
        message: 'GET / answered STORE_UNAVAILABLE',
        error: cause,
      },
    ]);
  });

  it('write() stops at ten lines a second for one code, and then counts', () => {
    const { clock, lines, log } = createLog();
    for (let count = 0; count < 25; count += 1) log.write(storeUnavailable(), 'c', 'GET /');
    log.write(new SessionError('INTERNAL'), 'c', 'GET /');
    expect(lines.length).to.equal(11);
    clock.ms = 1_000;
    log.write(storeUnavailable(), 'c', 'GET /');
    log.write(storeUnavailable(), 'c', 'GET /');
    expect(lines.slice(11).map(({ message }) => message)).to.deep.equal([
      'GET / answered STORE_UNAVAILABLE (and 15 times more before)',
      'GET / answered STORE_UNAVAILABLE',
    ]);
  });

  it('write() says once a second that it is overloaded', () => {
    const { lines, log } = createLog();
    for (let count = 0; count < 5; count += 1) log.write(overloaded(), 'c', 'GET /');
    expect(lines.length).to.equal(1);
  });
});
