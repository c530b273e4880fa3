/** The part of autocannon 9 that the benchmark uses; the package brings no types. */
declare module 'autocannon/autocannon.js' {
  interface Request {
    readonly body?: string;
  }
  interface Options {
    readonly url: string;
    readonly connections: number;
    readonly duration: number;
    readonly timeout: number;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly requests: readonly { setupRequest(request: Request): Request }[];
  }
  interface Result {
    readonly duration: number;
    readonly errors: number;
    readonly non2xx: number;
    readonly requests: { readonly total: number };
    readonly latency: { readonly p50: number; readonly p99: number };
    readonly throughput: { readonly total: number };
  }
  function autocannon(options: Options): Promise<Result>;
  export = autocannon;
}
