import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answerTo, type Body } from './answers.js';

/**
 * The bar: `node:http` and nothing else. It reads the body, parses it, and answers JSON of the
 * same fields as the service's, without keeping anything. Usage: bare-http.ts PORT
 */
createServer(serve).listen(Number(process.argv[2]), '127.0.0.1');

function serve(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Body;
    const command = (request.url ?? '').slice('/v1/sessions/'.length);
    const answer = JSON.stringify(answerTo(command, body));
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(answer),
    });
    response.end(answer);
  });
}
