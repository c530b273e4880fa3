import type { MongoClient } from 'mongodb';

/** What a {@link MonitorWatch} is made with. */
export interface MonitorWatchOptions {
  /** The longest that a look at a server may take, in ms. */
  readonly limitMs: number;
  /** Hears which server is looked at no more; told once, until its look ends after all. */
  readonly onStuck: (address: string) => void;
  /** Milliseconds that only grow. @default performance.now */
  readonly monotonicNow?: () => number;
}

/** The part of a client that is watched. */
type Watched = Pick<MongoClient, 'on' | 'off'>;

const checkMs = 250;

/**
 * Watches the driver's own looks at the servers (its heartbeats). A look whose connection breaks
 * between two of its steps never ends in driver 7.8: it waits for `drain` of a socket that is gone,
 * and that server is not looked at again for as long as the client lives.
 */
export class MonitorWatch {
  readonly #client: Watched;
  readonly #options: MonitorWatchOptions;
  readonly #timer: NodeJS.Timeout;
  /** Looks under way: since when, and at how many checks they were over the limit. */
  readonly #looks = new Map<string, { readonly since: number; late: number }>();

  constructor(client: Watched, options: MonitorWatchOptions) {
    this.#client = client;
    this.#options = options;
    client.on('serverHeartbeatStarted', this.#begin);
    client.on('serverHeartbeatSucceeded', this.#end);
    client.on('serverHeartbeatFailed', this.#end);
    client.on('serverClosed', this.#forget);
    this.#timer = setInterval(() => this.#check(), checkMs).unref();
  }

  /** Ends the watch. */
  stop(): void {
    clearInterval(this.#timer);
    this.#client.off('serverHeartbeatStarted', this.#begin);
    this.#client.off('serverHeartbeatSucceeded', this.#end);
    this.#client.off('serverHeartbeatFailed', this.#end);
    this.#client.off('serverClosed', this.#forget);
  }

  readonly #begin = ({ connectionId }: { readonly connectionId: string }): void => {
    this.#looks.set(connectionId, { since: this.#now, late: 0 });
  };

  readonly #end = ({ connectionId }: { readonly connectionId: string }): void => {
    this.#looks.delete(connectionId);
  };

  readonly #forget = ({ address }: { readonly address: string }): void => {
    this.#looks.delete(address);
  };

  get #now(): number {
    return (this.#options.monotonicNow ?? performance.now.bind(performance))();
  }

  #check(): void {
    const oldest = this.#now - this.#options.limitMs;
    for (const [address, look] of this.#looks) {
      if (look.since >= oldest) continue;
      look.late += 1;
      // At the first check the process may just have been held up, with the answer waiting.
      if (look.late === 2) this.#options.onStuck(address);
    }
  }
}
