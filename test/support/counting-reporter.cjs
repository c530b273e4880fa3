// Mocha's reporter `spec` for people, and its JSON report in a file of its own for `.ci/run`.
const { join } = require('node:path');
const { reporters } = require('mocha');

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const output = join(process.env.MOCHA_REPORTS ?? '.', `mocha-${process.pid}.json`);
    this.json = new reporters.JSON(runner, { ...options, reporterOption: { output } });
  }
};
