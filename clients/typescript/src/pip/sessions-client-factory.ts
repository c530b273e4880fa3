import { Descriptor } from './descriptor.js';
import type { AnyValue } from './session-v1.js';
import { SessionsCommandableHttpClientV1 } from './sessions-commandable-http-client-v1.js';
import { SessionsDirectClientV1 } from './sessions-direct-client-v1.js';
import { SessionsMockClientV1 } from './sessions-mock-client-v1.js';
import { SessionsNullClientV1 } from './sessions-null-client-v1.js';

/** What a locator is registered with. */
interface Registration {
  readonly locator: unknown;
  readonly create: (locator: unknown) => unknown;
}

function clientOf(kind: string): Descriptor {
  return new Descriptor('service-sessions', 'client', kind, 'default', '1.0');
}

/** Makes the clients by their descriptors, in a container of Pip.Services: an `IFactory`. */
export class SessionsClientFactory {
  static readonly Descriptor = new Descriptor(
    'service-sessions',
    'factory',
    'default',
    'default',
    '1.0',
  );
  static readonly NullClientV1Descriptor = clientOf('null');
  static readonly MockClientV1Descriptor = clientOf('mock');
  static readonly DirectClientV1Descriptor = clientOf('direct');
  static readonly HttpClientV1Descriptor = clientOf('commandable-http');

  readonly #registrations: Registration[] = [];

  constructor() {
    const { DirectClientV1Descriptor, HttpClientV1Descriptor } = SessionsClientFactory;
    this.registerAsType(SessionsClientFactory.NullClientV1Descriptor, SessionsNullClientV1);
    this.registerAsType(SessionsClientFactory.MockClientV1Descriptor, SessionsMockClientV1);
    this.registerAsType(DirectClientV1Descriptor, SessionsDirectClientV1);
    this.registerAsType(HttpClientV1Descriptor, SessionsCommandableHttpClientV1);
  }

  /** Adds a locator, and what makes its component. */
  register(locator: unknown, factory: (locator: unknown) => unknown): void {
    this.#registrations.push({ locator, create: factory });
  }

  /** Adds a locator, and the class of its component. */
  registerAsType(locator: unknown, type: new () => object): void {
    this.register(locator, () => new type());
  }

  /** The locator under which the component is known; `null` when it is not. */
  canCreate(locator: unknown): AnyValue {
    return this.#find(locator)?.locator ?? null;
  }

  /** A new component; `null` when the locator is not known. */
  create(locator: unknown): AnyValue {
    return this.#find(locator)?.create(locator) ?? null;
  }

  #find(locator: unknown): Registration | undefined {
    return this.#registrations.find(
      ({ locator: known }) => known === locator || fits(known, locator),
    );
  }
}

function fits(known: unknown, locator: unknown): boolean {
  return hasEquals(known) && known.equals(locator);
}

function hasEquals(value: unknown): value is { equals(other: unknown): boolean } {
  return typeof value === 'object' && value !== null && 'equals' in value;
}
