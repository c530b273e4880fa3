import { Descriptor } from 'pip-services3-commons-nodex';
import { Factory } from 'pip-services3-components-nodex';
import { HeartbeatService } from '../services/health/heartbeat-service.js';
import { StatusService } from '../services/health/status-service.js';
import { HttpEndpoint } from '../services/http/http-endpoint.js';
import { SwaggerService } from '../services/rpc-v1/swagger-service.js';

/** Makes the HTTP components that `pip-services3-rpc-nodex` makes elsewhere (DESIGN §3). */
export class HttpFactory extends Factory {
  constructor() {
    super();
    const group = 'pip-services';
    this.registerAsType(new Descriptor(group, 'endpoint', 'http', '*', '1.0'), HttpEndpoint);
    this.registerAsType(
      new Descriptor(group, 'heartbeat-service', 'http', '*', '1.0'),
      HeartbeatService,
    );
    this.registerAsType(new Descriptor(group, 'status-service', 'http', '*', '1.0'), StatusService);
    this.registerAsType(
      new Descriptor(group, 'swagger-service', 'http', '*', '1.0'),
      SwaggerService,
    );
  }
}
