import fastify from 'fastify';
import { answerTo, type Body } from './answers.js';

/** Fastify as it comes, answering what the bare `node:http` server answers. Usage: bare-fastify.ts PORT */
const server = fastify();
for (const command of ['open_session', 'get_session_by_id', 'get_sessions', 'touch_session']) {
  server.post(`/v1/sessions/${command}`, async (request) =>
    answerTo(command, request.body as Body),
  );
}
await server.listen({ port: Number(process.argv[2]), host: '127.0.0.1' });
