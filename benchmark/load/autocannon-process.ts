import { readFileSync } from 'node:fs';
import autocannon from 'autocannon/autocannon.js';
import type { LoadPlan, LoadResult } from './load.js';

/** Load by autocannon. Usage: autocannon-process.ts PLAN (JSON); prints a LoadResult. */
const plan = JSON.parse(process.argv[2] ?? '') as LoadPlan;
const bodies = readFileSync(plan.bodiesPath, 'utf8').trimEnd().split('\n');
let index = 0;

const result = await autocannon({
  url: `http://127.0.0.1:${plan.port}/v1/sessions/${plan.command}`,
  connections: plan.connections,
  duration: plan.seconds,
  timeout: 20,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  requests: [
    {
      setupRequest(request) {
        index = (index + 1) % bodies.length;
        return { ...request, body: bodies[index] ?? '' };
      },
    },
  ],
});
const requests = result.requests.total;
const answer: LoadResult = {
  perSecond: requests / result.duration,
  requests,
  p50Ms: result.latency.p50,
  p99Ms: result.latency.p99,
  answerBytes: result.throughput.total / Math.max(1, requests),
  errors: result.errors + result.non2xx,
};
console.log(JSON.stringify(answer));
