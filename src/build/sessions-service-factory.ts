import { Descriptor } from 'pip-services3-commons-nodex';
import { Factory } from 'pip-services3-components-nodex';
import { version } from '../container/version.js';
import { SessionsController } from '../logic/sessions-controller.js';
import { MemorySessionPersistence } from '../persistence/memory/memory-session-persistence.js';
import { MongodbSessionPersistence } from '../persistence/mongodb/mongodb-session-persistence.js';
import { SqliteSessionPersistence } from '../persistence/sqlite/sqlite-session-persistence.js';
import { SessionsCommandableHttpServiceV1 } from '../services/rpc-v1/commandable-http-service.js';

/** Makes the components of this service by their descriptors, for a container of Pip.Services. */
export class SessionsServiceFactory extends Factory {
  constructor() {
    super();
    const group = 'service-sessions';
    this.registerAsType(
      new Descriptor(group, 'persistence', 'memory', '*', '1.0'),
      MemorySessionPersistence,
    );
    this.registerAsType(
      new Descriptor(group, 'persistence', 'file', '*', '1.0'),
      SqliteSessionPersistence,
    );
    this.register(
      new Descriptor(group, 'persistence', 'mongodb', '*', '1.0'),
      () => new MongodbSessionPersistence({ writer: version }),
    );
    this.registerAsType(
      new Descriptor(group, 'controller', 'default', '*', '1.0'),
      SessionsController,
    );
    this.registerAsType(
      new Descriptor(group, 'service', 'commandable-http', '*', '1.0'),
      SessionsCommandableHttpServiceV1,
    );
  }
}
