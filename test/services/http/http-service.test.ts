import { expect } from 'chai';
import { Descriptor, References } from 'pip-services3-commons-nodex';
import { HeartbeatService } from '../../../src/services/health/heartbeat-service.js';

describe('HttpService', () => {
  it('setReferences() refuses an endpoint that is not of this service', () => {
    const theirs = { register: () => undefined, registerRouteWithAuth: () => undefined };
    const references = References.fromTuples(
      new Descriptor('pip-services', 'endpoint', 'http', 'default', '1.0'),
      theirs,
    );
    expect(() => new HeartbeatService().setReferences(references))
      .to.throw('HeartbeatService: dependencies.endpoint: is not the pip-services:endpoint:http')
      .with.property('code', 'INVALID_CONFIG');
  });
});
