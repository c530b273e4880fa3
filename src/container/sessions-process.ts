import { readFileSync } from 'node:fs';
import type { ConfigParams, Descriptor } from 'pip-services3-commons-nodex';
import { NullLogger } from 'pip-services3-components-nodex';
import { ProcessContainer } from 'pip-services3-container-nodex';
import { HttpFactory } from '../build/http-factory.js';
import { SessionsServiceFactory } from '../build/sessions-service-factory.js';
import { invalidConfig } from '../errors/makers.js';
import { HttpEndpoint } from '../services/http/http-endpoint.js';
import { type ConfiguredComponent, checkComponents } from './check-components.js';
import { toParameters } from './parameters.js';

/** What a {@link SessionsProcess} is started with. */
export interface SessionsProcessOptions {
  /** Path of the YAML or JSON file that lists the components. */
  readonly configPath: string;
  /** `name=value` pairs that go before the environment. */
  readonly parameters?: readonly string[];
  /** The environment. @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Who speaks in the log while the container starts and stops. */
const correlationId = 'service-sessions';

/**
 * The container of this service as a process: reads the configuration, makes, links and opens its
 * components, and closes them from the last to the first, the endpoint before all.
 */
export class SessionsProcess extends ProcessContainer {
  constructor() {
    super('service-sessions', 'Who is signed in, from which device, and for how long');
    // Its own logger prints stacks for what is one line to an operator; failures come as errors.
    this._logger = new NullLogger();
    this.addFactory(new SessionsServiceFactory());
    this.addFactory(new HttpFactory());
  }

  /**
   * Reads the configuration and opens all components.
   * @throws INVALID_CONFIG, or what the failing component threw; what had opened is closed then.
   */
  async start(options: SessionsProcessOptions): Promise<void> {
    const { configPath, parameters, environment = process.env } = options;
    this.#readConfig(configPath, toParameters(environment, parameters));
    const components = [...this._config] as readonly ConfiguredComponent[];
    checkComponents(components, (descriptor) => this.#canCreate(descriptor));
    await this.open(correlationId);
    this.#endpoint?.setReady(true);
  }

  /** Not ready any more, though requests are still answered; see `HttpEndpoint.beginDrain`. */
  beginDrain(): void {
    this.#endpoint?.beginDrain();
  }

  /** Milliseconds that a stop takes at most, by the settings of the endpoint. */
  get longestStopMs(): number {
    return this.#endpoint?.longestStopMs ?? 0;
  }

  /** The components, in the order in which they were made. */
  get components(): readonly unknown[] {
    return this._references?.getAll() ?? [];
  }

  /** Closes every component, collecting failures; idempotent. */
  override async close(_correlationId: string): Promise<void> {
    const components = this.components;
    const endpoint = this.#endpoint;
    const failures: unknown[] = [];
    for (const component of [endpoint, ...components.toReversed()]) {
      if (!isClosable(component)) continue;
      try {
        await component.close(correlationId);
      } catch (caught) {
        failures.push(caught);
      }
    }
    this.unsetReferences();
    if (failures.length > 0) throw new AggregateError(failures, 'Some components did not close');
  }

  #readConfig(path: string, parameters: ConfigParams): void {
    try {
      readFileSync(path);
    } catch (caught) {
      throw invalidConfig(`--config ${path}`, 'cannot be read', caught);
    }
    try {
      this.readConfigFromFile(correlationId, path, parameters);
    } catch (caught) {
      const reason = caught instanceof Error ? caught.message : String(caught);
      throw invalidConfig(`--config ${path}`, reason, caught);
    }
  }

  get #endpoint(): HttpEndpoint | undefined {
    return this.components.find((component) => component instanceof HttpEndpoint);
  }

  #canCreate(descriptor: Descriptor): boolean {
    return Boolean(this._factories.canCreate(descriptor));
  }
}

interface Closable {
  close(correlationId: string): Promise<void>;
}

function isClosable(component: unknown): component is Closable {
  return (
    typeof component === 'object' &&
    component !== null &&
    'close' in component &&
    typeof component.close === 'function'
  );
}
