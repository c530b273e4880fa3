import { createDirectTransport, type DirectApi } from '../direct/direct-transport.js';
import type { SessionsTransport } from '../transport.js';
import { Descriptor, parseLocator } from './descriptor.js';
import { invalidConfig, readPipConfig } from './pip-config.js';
import type { OptionalText, ReferencesLike } from './pip-types.js';
import { TransportClient } from './transport-client.js';

/** Where the controller is found unless `dependencies.controller` says another place. */
const usualController = new Descriptor('service-sessions', 'controller', '*', '*', '*');

/**
 * The service in this process, for programs written for `client-sessions-node`: the controller comes
 * by reference, `service-sessions:controller:*:*:*` or what `dependencies.controller` says. It is
 * the controller of this service, or anything else with its command set, whose commands read plain
 * objects.
 */
export class SessionsDirectClientV1 extends TransportClient {
  protected transport: SessionsTransport | undefined;
  #controller: DirectApi | undefined;
  #locator: Descriptor | string = usualController;

  /** `config` as {@link configure} takes it. */
  constructor(config?: object | null) {
    super();
    if (config) this.configure(config);
  }

  /** Takes `ConfigParams` of Pip.Services, or an object with sections. */
  configure(config: object): void {
    const locator = readPipConfig(config).get('dependencies.controller');
    this.#locator = locator === undefined ? usualController : parseLocator(locator);
  }

  /** Finds the controller; calls can be made from then on. @throws what the references throw. */
  setReferences(references: ReferencesLike): void {
    const controller = references.getOneRequired(this.#locator);
    if (!isApi(controller)) throw invalidConfig('dependencies.controller', 'has no command set');
    this.#controller = controller;
    this.transport = createDirectTransport(controller);
  }

  /** Whether calls can be made. */
  isOpen(): boolean {
    return this.transport !== undefined;
  }

  /** Goes on after a close. @throws PipException while there is no controller. */
  async open(_correlationId: OptionalText): Promise<void> {
    if (this.#controller === undefined) throw invalidConfig('controller', 'is not referenced');
    this.transport ??= createDirectTransport(this.#controller);
  }

  /** Ends running calls; the controller goes on. Can be called again. */
  async close(_correlationId: OptionalText): Promise<void> {
    const { transport } = this;
    this.transport = undefined;
    await transport?.close();
  }
}

function isApi(value: unknown): value is DirectApi {
  return typeof value === 'object' && value !== null && 'getCommandSet' in value;
}
