import { randomInt } from 'node:crypto';
import { startMongoService } from '../faults/mongodb/mongo-service.js';
import type { ServiceProcess } from '../support/service-process.js';
import type { TemporaryFolder } from '../support/temporary-folder.js';

/** What a set of replicas is made with. */
export interface ReplicasOptions {
  readonly folder: TemporaryFolder;
  readonly uri: string;
  readonly count: number;
  readonly controller?: Readonly<Record<string, unknown>>;
}

/** Several processes of ours on one database. */
export class Replicas {
  readonly #options: ReplicasOptions;
  readonly #processes: ServiceProcess[] = [];

  private constructor(options: ReplicasOptions) {
    this.#options = options;
  }

  /** Starts them, the first one alone: it makes the collections. */
  static async start(options: ReplicasOptions): Promise<Replicas> {
    const replicas = new Replicas(options);
    replicas.#processes.push(await replicas.#start());
    const others = Array.from({ length: options.count - 1 }, () => replicas.#start());
    replicas.#processes.push(...(await Promise.all(others)));
    return replicas;
  }

  /** Where a random one listens. */
  get anyUrl(): string {
    const { length } = this.#processes;
    return this.#processes[randomInt(length)]?.url ?? '';
  }

  /** Ends one by SIGKILL and starts another in its place. */
  async replace(index: number): Promise<void> {
    await this.#processes[index]?.stop('SIGKILL');
    this.#processes[index] = await this.#start();
  }

  /** Ends all. */
  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()));
  }

  async #start(): Promise<ServiceProcess> {
    const { folder, uri, controller = {} } = this.#options;
    return await startMongoService(folder, { uri, controller });
  }
}
