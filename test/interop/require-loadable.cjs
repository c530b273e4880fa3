// Loaded before the interop tests: says by name on which Node they can run, where they cannot.
try {
  require('pip-services3-rpc-nodex');
} catch (caught) {
  process.stderr.write(
    `Interop tests not run: pip-services3-rpc-nodex cannot be loaded by Node ${process.version} ` +
      `(${caught.message}). Use Node 20 or 22; why: docs/decisions/0001-own-http-endpoint.md\n`,
  );
  process.exit(1);
}
