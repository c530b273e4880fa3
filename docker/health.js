// Exit code 0 when the service of this container answers 2xx at a path: /livez, or the one given.
import { request } from 'node:http';

const [path = '/livez'] = process.argv.slice(2);
const port = process.env.HTTP_PORT || '8080';

const asked = request({ host: '127.0.0.1', port, path, timeout: 2_000 }, (answer) => {
  answer.resume();
  end(answer.statusCode >= 200 && answer.statusCode < 300, `${path}: ${answer.statusCode}`);
});
asked.on('timeout', () => end(false, `${path}: no answer`));
asked.on('error', (caught) => end(false, `${path}: ${caught.code}`));
asked.end();

function end(isHealthy, line) {
  process.stdout.write(`${line}\n`);
  process.exit(isHealthy ? 0 : 1);
}
