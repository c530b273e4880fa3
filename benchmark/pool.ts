import type { Contender, FilledServer } from './contender.js';

/** Servers that stand ready at the same time, so that rounds can go from one to the next. */
export class ServerPool {
  readonly #servers = new Map<Contender, FilledServer>();

  /** The server of a contender, started at the first call. */
  async use(contender: Contender): Promise<FilledServer> {
    const standing = this.#servers.get(contender);
    if (standing !== undefined) return standing;
    const started = await contender.system.start(contender.size);
    this.#servers.set(contender, started);
    return started;
  }

  /** Ends the server of a contender, if there is one; the next use starts one anew. */
  async drop(contender: Contender): Promise<void> {
    const standing = this.#servers.get(contender);
    this.#servers.delete(contender);
    await standing?.server.stop();
  }

  /** Ends all. */
  async close(): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((contender) => this.drop(contender)));
  }
}
