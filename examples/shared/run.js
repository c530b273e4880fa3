import { createServer } from 'node:http';
import { createHttpTransport, createSessionsClient } from 'client-sessions';

/** @import { RequestListener } from 'node:http' */
/** @import { HttpTransportOptions, SessionsClient } from 'client-sessions' */

/**
 * Serves with a client of the session service until SIGTERM or SIGINT. From the environment: `PORT`,
 * `SESSIONS_URL`, and `SESSIONS_KEY` where the service asks for a key.
 * @param {(client: SessionsClient) => RequestListener} createListener
 * @param {Pick<HttpTransportOptions, 'retry'>} [options]
 */
export function run(createListener, options = {}) {
  const { PORT = '3000', SESSIONS_KEY, SESSIONS_URL = 'http://127.0.0.1:8080' } = process.env;
  const client = createSessionsClient(
    // Somebody waits for the page: better to say soon that it does not work.
    createHttpTransport({ url: SESSIONS_URL, apiKey: SESSIONS_KEY, timeoutMs: 2_000, ...options }),
  );
  const server = createServer(createListener(client));
  server.listen(Number(PORT), '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : PORT;
    console.log(`listens on http://127.0.0.1:${port}`);
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      server.close(() => client.close());
    });
  }
}
