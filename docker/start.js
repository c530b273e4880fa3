// Starts the service with secrets that lie in files: MONGO_PASS_FILE=/run/secrets/x is MONGO_PASS.
import { readFileSync } from 'node:fs';

const secrets = ['MONGO_SERVICE_URI', 'MONGO_USER', 'MONGO_PASS'];

for (const name of secrets) {
  const file = process.env[`${name}_FILE`];
  if (!file) continue;
  if (process.env[name]) refuse(name, `${name} is set too`);
  try {
    process.env[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (caught) {
    refuse(name, `${file} cannot be read (${caught.code})`);
  }
}

// Before the service listens for signals, and in commands that do not: process 1 is sent none that
// it has no handler for. The codes are those of a process that a signal ended.
const ends = { SIGTERM: () => process.exit(143), SIGINT: () => process.exit(130) };
for (const [signal, end] of Object.entries(ends)) process.on(signal, end);

const { main } = await import('../dist/src/container/main.js');
await main(process.argv.slice(2));
for (const [signal, end] of Object.entries(ends)) process.off(signal, end);

function refuse(name, reason) {
  process.stderr.write(`service-sessions: ${name}_FILE: ${reason}\n`);
  process.exit(78);
}
