import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processorMs } from './child-server.js';
import type { Contender, FilledServer } from './contender.js';
import { createJsonClient } from './http-client.js';
import type { LoadGenerator, LoadResult } from './load/load.js';
import type { Answer, Workload } from './workloads.js';

/** What one cell is measured with. */
export interface Measurement {
  readonly generator: LoadGenerator;
  readonly folder: string;
  readonly seconds: number;
  readonly connections: number;
}

/** What was measured: the load's view, and the server's. */
export interface MeasuredLoad extends LoadResult {
  /** Processor time of the server for a request, in microseconds; absent where nobody tells. */
  readonly processorMicros?: number;
}

/** Requests whose answers are read before each cell. */
const probeCount = 8;

/**
 * Puts a server under one workload, after its answers were read and found right.
 * @throws Error when an answer is not what was asked for, or answers under load are shorter.
 */
export async function measure(
  target: { readonly contender: Contender; readonly filled: FilledServer },
  task: { readonly workload: Workload; readonly round: number },
  measurement: Measurement,
): Promise<MeasuredLoad> {
  const { contender, filled } = target;
  const { workload, round } = task;
  const bodies = workload.bodies({ ids: filled.ids, size: contender.size, round });
  const bodiesPath = join(measurement.folder, 'bodies.txt');
  await writeFile(bodiesPath, `${bodies.join('\n')}\n`);
  const shortest = await probe(filled.server.port, workload, bodies.slice(0, probeCount));
  const before = processorMs(filled.server.pid);
  const result = await measurement.generator.run({
    port: filled.server.port,
    command: workload.command,
    bodiesPath,
    seconds: measurement.seconds,
    connections: measurement.connections,
  });
  const after = processorMs(filled.server.pid);
  if (result.answerBytes < shortest) {
    const name = `${contender.system.name}: ${workload.name}`;
    throw new Error(`${name} answered ${result.answerBytes} bytes under load, not ${shortest}`);
  }
  if (before === undefined || after === undefined) return result;
  return { ...result, processorMicros: ((after - before) * 1_000) / result.requests };
}

/** Length of the shortest of some answers, all of them checked. */
async function probe(port: number, workload: Workload, bodies: readonly string[]): Promise<number> {
  const client = createJsonClient(port, 1);
  const lengths: number[] = [];
  try {
    for (const body of bodies) {
      const { status, text } = await client.post(workload.command, body);
      if (status !== 200 || !workload.accepts(JSON.parse(body) as Answer, JSON.parse(text))) {
        throw new Error(`${workload.name} ${body} was answered ${status} ${text.slice(0, 500)}`);
      }
      lengths.push(Buffer.byteLength(text));
    }
  } finally {
    client.close();
  }
  return Math.min(...lengths);
}
