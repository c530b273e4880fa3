import { expect } from 'chai';
import { parseCommandLine } from '../../src/container/command-line.js';
import { copyUsage, parseCopyCommandLine } from '../../src/container/copy-command-line.js';
import { runMain } from '../support/service-process.js';

const parse = (args: string, environment = {}) =>
  parseCopyCommandLine(args.split(' '), environment);
const day = 24 * 3_600_000;

describe('parseCopyCommandLine()', () => {
  it('takes the stores, and what config/config.yml would make of the environment', () => {
    expect(parse('--from file --to mongodb')).to.deep.equal({
      action: 'copy',
      from: { store: 'file', path: 'data/sessions.db' },
      to: {
        store: 'mongodb',
        collection: 'sessions',
        settings: {
          'connection.host': 'localhost',
          'connection.port': '27017',
          'connection.database': 'app',
        },
      },
      restart: false,
      idleTimeoutMs: day,
    });
    const environment = {
      FILE_PATH: '/data/a.db',
      MONGO_SERVICE_URI: 'mongodb://a/b',
      MONGO_COLLECTION: 'c',
      MONGO_USER: 'u',
      MONGO_PASS: 'p',
      MONGO_DB: '',
    };
    expect(parse('--from mongodb --to file --restart', environment)).to.deep.include({
      from: {
        store: 'mongodb',
        collection: 'c',
        settings: {
          'connection.uri': 'mongodb://a/b',
          'connection.host': 'localhost',
          'connection.port': '27017',
          'connection.database': 'app',
          'credential.username': 'u',
          'credential.password': 'p',
        },
      },
      to: { store: 'file', path: '/data/a.db' },
      restart: true,
    });
  });

  it('takes options before the environment, for each store its own', () => {
    const line = parse(
      '--from mongodb --from-uri mongodb://x/y --from-collection old --to mongodb --idle-timeout 5',
      { MONGO_SERVICE_URI: 'mongodb://a/b' },
    );
    if (line.action !== 'copy' || line.from.store !== 'mongodb' || line.to.store !== 'mongodb') {
      throw new Error('a copy was expected');
    }
    expect([line.from.settings['connection.uri'], line.from.collection]).to.deep.equal([
      'mongodb://x/y',
      'old',
    ]);
    expect(line.to.settings['connection.uri']).to.equal('mongodb://a/b');
    expect(line.idleTimeoutMs).to.equal(5);
  });

  for (const [args, message] of [
    ['--from file', '--to: is file or mongodb; see copy --help'],
    ['--from memory --to file', '--from: is file or mongodb; see copy --help'],
    ['--from file --from-uri x --to file', '--from: a file has a path only'],
    ['--from file --to mongodb --to-path x', '--to: mongodb has no path'],
    ['--from file --to mongodb --idle-timeout soon', '--idle-timeout: is not a whole number'],
    ['--form file', "command line: Unknown option '--form'"],
    ['--from file --to mongodb now', "command line: Unexpected argument 'now'"],
  ] as const) {
    it(`refuses "${args}"`, () => {
      expect(() => parse(args)).to.throw(message);
    });
  }

  it('copy --help prints the usage, and wrong usage ends with 64', async () => {
    const help = await runMain({ args: ['copy', '--help'] });
    expect(help).to.include({ code: 0, stdout: copyUsage, stderr: '' });
    const wrong = await runMain({ args: ['copy', '--from', 'file'] });
    expect(wrong).to.include({ code: 64, stdout: '' });
    expect(wrong.stderr).to.equal('service-sessions: --to: is file or mongodb; see copy --help\n');
  });
});

describe('parseCommandLine()', () => {
  it('leaves the options of copy to copy', () => {
    expect(parseCommandLine(['copy', '--from', 'file'], 'x.yml')).to.deep.equal({
      action: 'copy',
      args: ['--from', 'file'],
    });
  });
});
