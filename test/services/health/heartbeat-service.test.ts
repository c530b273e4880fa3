import { expect } from 'chai';
import { ConfigParams } from 'pip-services3-commons-nodex';
import { HeartbeatService } from '../../../src/services/health/heartbeat-service.js';
import { openServices } from '../http/open-services.js';

describe('HeartbeatService', () => {
  it('answers the time as the original does', async () => {
    const { endpoint } = await openServices([new HeartbeatService()]);
    const before = Date.now();
    const time: string = (await endpoint.inject({ url: '/heartbeat' })).json();
    await endpoint.close('test');
    expect(time).to.equal(new Date(time).toISOString());
    expect(Date.parse(time)).to.be.within(before, Date.now());
  });

  it('answers at a configured route', async () => {
    const service = new HeartbeatService();
    service.configure(ConfigParams.fromTuples('base_route', 'api', 'route', 'ping'));
    const { endpoint } = await openServices([service]);
    const answer = await endpoint.inject({ url: '/api/ping' });
    await endpoint.close('test');
    expect(answer.statusCode).to.equal(200);
  });
});
