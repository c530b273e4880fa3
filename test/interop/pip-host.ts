import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigParams, Descriptor } from 'pip-services3-commons-nodex';
import { Factory } from 'pip-services3-components-nodex';
import { Container } from 'pip-services3-container-nodex';
import { CommandableHttpService, DefaultRpcFactory } from 'pip-services3-rpc-nodex';
import { SessionsServiceFactory } from '../../src/index.js';
import type { TemporaryFolder } from '../support/temporary-folder.js';

/** A service as anybody writes one on Pip.Services, for the commands of our controller. */
class HostedSessionsService extends CommandableHttpService {
  constructor() {
    super('v1/sessions');
    const controller = new Descriptor('service-sessions', 'controller', '*', '*', '1.0');
    this._dependencyResolver.put('controller', controller);
  }
}

class HostFactory extends Factory {
  constructor() {
    super();
    const descriptor = new Descriptor('host', 'service', 'commandable-http', '*', '1.0');
    this.registerAsType(descriptor, HostedSessionsService);
  }
}

/** Their container with our components in it. */
export interface PipHost {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a container of Pip.Services from a file, with our store and controller behind the service
 * and the endpoint of `pip-services3-rpc-nodex`. `store` has the lines of its component, `service`
 * is the descriptor of another service to run behind their endpoint.
 */
export async function startPipHost(
  folder: TemporaryFolder,
  store: string,
  service = 'host:service:commandable-http:default:1.0',
): Promise<PipHost> {
  const port = await findFreePort();
  const config = folder.file('host.yml');
  await writeFile(config, configText(store, port, service));
  const container = new Container('host', 'A host of our components');
  container.addFactory(new SessionsServiceFactory());
  container.addFactory(new DefaultRpcFactory());
  container.addFactory(new HostFactory());
  container.readConfigFromFile('test', config, new ConfigParams());
  await container.open('test');
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => await container.close('test'),
  };
}

function configText(store: string, port: number, service: string): string {
  return `---
${store}
- descriptor: "service-sessions:controller:default:default:1.0"
  options:
    max_sessions_per_user: 3
- descriptor: "pip-services:endpoint:http:default:1.0"
  connection:
    protocol: "http"
    host: "127.0.0.1"
    port: ${port}
- descriptor: "${service}"
`;
}

/** Their endpoint takes no port 0. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
