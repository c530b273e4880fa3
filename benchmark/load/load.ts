/** What a server is asked during one cell. */
export interface LoadPlan {
  readonly port: number;
  readonly command: string;
  /** A file with one body a line: sent in this order, and again from the start. */
  readonly bodiesPath: string;
  readonly seconds: number;
  readonly connections: number;
}

/** What came of it. */
export interface LoadResult {
  readonly perSecond: number;
  readonly requests: number;
  /** Latency in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Bytes of an answer on the wire, headers included, on average. */
  readonly answerBytes: number;
  /** Answers that were not 2xx, broken connections, and timeouts. */
  readonly errors: number;
}

/** A program that makes load. */
export interface LoadGenerator {
  readonly name: string;
  run(plan: LoadPlan): Promise<LoadResult>;
}
