import { createHttpTransport } from '../http/http-transport.js';
import type { SessionsTransport } from '../transport.js';
import { type PipSettings, readNumber, readPipConfig } from './pip-config.js';
import { resolveUrl } from './pip-connection.js';
import { PipException } from './pip-exception.js';
import type { OptionalText, ReferencesLike } from './pip-types.js';
import { TransportClient } from './transport-client.js';

/**
 * The service over HTTP, for programs written for `client-sessions-node`. Settings:
 * `connection.protocol`, `host`, `port`, `uri`, `discovery_key`, or several in `connections`;
 * `options.timeout` (ms, of a call with its repetitions; 10,000), `options.retries` (3),
 * `base_route` (`v1/sessions`); new: `credential.access_key`, sent as API key. Others are ignored.
 */
export class SessionsCommandableHttpClientV1 extends TransportClient {
  protected transport: SessionsTransport | undefined;
  #settings: PipSettings = new Map();
  #references: ReferencesLike | undefined;

  /** `config` as {@link configure} takes it. */
  constructor(config?: object | null) {
    super();
    if (config) this.configure(config);
  }

  /** Takes `ConfigParams` of Pip.Services, or an object with sections. */
  configure(config: object): void {
    this.#settings = readPipConfig(config);
  }

  /** Takes the references in which a discovery service is looked for. */
  setReferences(references: ReferencesLike): void {
    this.#references = references;
  }

  /** Whether calls can be made. */
  isOpen(): boolean {
    return this.transport !== undefined;
  }

  /** Finds the service; connects at the first call. @throws PipException naming the setting. */
  async open(correlationId: OptionalText): Promise<void> {
    if (this.isOpen()) return;
    const settings = this.#settings;
    const url = await resolveUrl(settings, this.#references, correlationId ?? null);
    try {
      this.transport ??= createHttpTransport({
        url,
        route: settings.get('base_route'),
        apiKey: settings.get('credential.access_key'),
        timeoutMs: readNumber(settings, 'options.timeout', 10_000),
        retry: { limit: readNumber(settings, 'options.retries', 3) },
      });
    } catch (caught) {
      throw caught instanceof PipException ? caught : PipException.from(caught);
    }
  }

  /** Ends running calls. Can be called again, and opened again. */
  async close(_correlationId: OptionalText): Promise<void> {
    const { transport } = this;
    this.transport = undefined;
    await transport?.close();
  }
}
