import {
  type CommandSet,
  type ConfigParams,
  DependencyResolver,
  Descriptor,
  type ICommandable,
  type IConfigurable,
  type IOpenable,
  type IReferenceable,
  type IReferences,
} from 'pip-services3-commons-nodex';
import { CompositeCounters, CompositeLogger } from 'pip-services3-components-nodex';
import type { SessionPageV1 } from '../data/version1/page-v1.js';
import type { SessionV1 } from '../data/version1/session-v1.js';
import { SessionError } from '../errors/session-error.js';
import { textForm, valueForm } from './answer-forms.js';
import { controllerSettings } from './controller-settings.js';
import { createServiceClock, type ServiceClock } from './service-clock.js';
import { createIdMaker } from './session-ids.js';
import type { SessionPersistence } from './session-persistence.js';
import { SessionSweeper } from './session-sweeper.js';
import { createSessionsCommandSet } from './sessions-command-set.js';
import { SessionsCommands, type SessionsService } from './sessions-commands.js';
import { defaultsOf, readSettings } from './settings.js';

/** Name of this component in messages. */
const component = 'service-sessions:controller:default';

/** What a controller can be made with; the rest comes by `configure`. */
export interface SessionsControllerOptions {
  /** The clock. @default createServiceClock() */
  readonly clock?: ServiceClock;
  /** Makes session ids. @default createIdMaker() */
  readonly createId?: () => string;
}

/** What configuration and references have brought so far. */
class ConfiguredService implements SessionsService {
  readonly clock: ServiceClock;
  readonly createId: () => string;
  settings: SessionsService['settings'] = defaultsOf(controllerSettings);
  #store: SessionPersistence | undefined;

  constructor(options: SessionsControllerOptions) {
    this.clock = options.clock ?? createServiceClock();
    this.createId = options.createId ?? createIdMaker();
  }

  get store(): SessionPersistence {
    if (this.#store === undefined) throw new SessionError('STORE_UNAVAILABLE');
    return this.#store;
  }

  set store(store: SessionPersistence) {
    this.#store = store;
  }
}

/**
 * The commands of protocol 1 over a store, and the sweep that writes ends down
 * (descriptor `service-sessions:controller:default:*:1.0`).
 */
export class SessionsController
  extends SessionsCommands<SessionV1, SessionPageV1>
  implements ICommandable, IConfigurable, IReferenceable, IOpenable
{
  readonly #service: ConfiguredService;
  readonly #logger = new CompositeLogger();
  readonly #counters = new CompositeCounters();
  readonly #dependencies = new DependencyResolver();
  readonly #commandSet: CommandSet;
  #sweeper: SessionSweeper | undefined;

  constructor(options: SessionsControllerOptions = {}) {
    const service = new ConfiguredService(options);
    super(service, valueForm);
    this.#service = service;
    this.#commandSet = createSessionsCommandSet(this, new SessionsCommands(service, textForm));
    this.#dependencies.put(
      'persistence',
      new Descriptor('service-sessions', 'persistence', '*', '*', '1.0'),
    );
  }

  /** Reads the settings of {@link controllerSettings}. @throws INVALID_CONFIG. */
  configure(config: ConfigParams): void {
    this.#service.settings = readSettings(component, config, controllerSettings);
    this.#dependencies.configure(config);
  }

  /** Finds the store, the loggers and the counters. */
  setReferences(references: IReferences): void {
    this.#logger.setReferences(references);
    this.#counters.setReferences(references);
    this.#dependencies.setReferences(references);
    this.#service.store = this.#dependencies.getOneRequired<SessionPersistence>('persistence');
  }

  /** The commands of the table, for Pip services. */
  getCommandSet(): CommandSet {
    return this.#commandSet;
  }

  /** Whether the sweep runs. */
  isOpen(): boolean {
    return this.#sweeper !== undefined;
  }

  /** Starts the sweep. */
  async open(_correlationId: string): Promise<void> {
    const { store, clock, settings } = this.#service;
    const [logger, counters] = [this.#logger, this.#counters];
    this.#sweeper ??= new SessionSweeper({ store, clock, logger, counters, settings });
  }

  /** Ends the sweep, after the step that runs. Calls that are under way go on. */
  async close(_correlationId: string): Promise<void> {
    const sweeper = this.#sweeper;
    this.#sweeper = undefined;
    await sweeper?.stop();
  }
}
