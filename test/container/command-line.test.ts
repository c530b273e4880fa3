import { expect } from 'chai';
import { parseCommandLine } from '../../src/container/command-line.js';

const parse = (...args: readonly string[]) => parseCommandLine(args, 'default.yml');

describe('parseCommandLine()', () => {
  it('serves the default configuration when nothing is said', () => {
    expect(parse()).to.deep.equal({ action: 'serve', config: 'default.yml', parameters: [] });
  });

  it('takes a configuration and parameters in every form of the original', () => {
    const expected = { action: 'serve', config: 'my.yml', parameters: ['A=1', 'B=2', 'C=3'] };
    expect(parse('-c', 'my.yml', '-p', 'A=1;B=2', '-p', 'C=3')).to.deep.equal(expected);
    expect(
      parse('--config', 'my.yml', '--params', 'A=1', '--param', 'B=2', '-p', 'C=3'),
    ).to.deep.equal(expected);
  });

  it('answers help and version before anything else', () => {
    expect(parse('--help', '-c', 'x')).to.deep.equal({ action: 'help' });
    expect(parse('-h')).to.deep.equal({ action: 'help' });
    expect(parse('--version')).to.deep.equal({ action: 'version' });
    expect(parse('-v')).to.deep.equal({ action: 'version' });
  });

  it('takes the commands for a database', () => {
    expect(parse('verify', 'a.db')).to.deep.equal({ action: 'verify', file: 'a.db' });
    expect(parse('backup', 'a.db', 'b.db')).to.deep.equal({
      action: 'backup',
      file: 'a.db',
      target: 'b.db',
    });
  });

  it('names an option or argument that it does not know', () => {
    expect(() => parse('--confg', 'x')).to.throw("command line: Unknown option '--confg'");
    expect(() => parse('-c')).to.throw(
      "command line: Option '-c, --config <value>' argument missing",
    );
    expect(() => parse('verify')).to.throw('argument "verify": see --help');
    expect(() => parse('backup', 'a')).to.throw('argument "backup a": see --help');
    expect(() => parse('start')).to.throw('argument "start": see --help');
  });
});
