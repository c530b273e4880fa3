import { expect } from 'chai';
import { ConfigParams } from 'pip-services3-commons-nodex';
import { StatusService } from '../../../src/services/health/status-service.js';
import { openEndpoint } from '../http/open-endpoint.js';
import { openServices } from '../http/open-services.js';

describe('StatusService', () => {
  it('answers the fields of the original', async () => {
    const { endpoint } = await openServices([new StatusService()]);
    const status = (await endpoint.inject({ url: '/status' })).json();
    await endpoint.close('test');
    const { current_time, start_time, uptime, ...rest } = status;
    // Two clocks, which need not tick at once.
    expect(Date.parse(current_time) - Date.parse(start_time)).to.be.closeTo(uptime, 5);
    expect(rest).to.deep.equal({
      id: 'host-1',
      name: 'sessions',
      description: 'All of them',
      properties: { place: 'test' },
      components: [
        'pip-services:endpoint:http:default:1.0',
        'pip-services:logger:test:default:1.0',
        'service-sessions:controller:default:default:1.0',
        'pip-services:context-info:default:default:1.0',
      ],
    });
  });

  it('answers without a context, at a configured route, for the role read', async () => {
    const service = new StatusService();
    service.configure(ConfigParams.fromTuples('route', 'state'));
    const { endpoint } = await openEndpoint({ services: [service] });
    const status = (await endpoint.inject({ url: '/state' })).json();
    const route = endpoint.routes.find(({ path }) => path === '/state');
    await endpoint.close('test');
    expect(status).to.include({ id: '', name: 'Unknown', description: '', properties: '' });
    expect(route?.access).to.equal('read');
  });
});
