import { expect } from 'chai';
import { ConfigParams } from 'pip-services3-commons-nodex';
import { commandNames } from '../../../src/data/version1/commands.js';
import { SwaggerService } from '../../../src/services/rpc-v1/swagger-service.js';
import { openServices } from '../http/open-services.js';

describe('SwaggerService', () => {
  it('answers a page that lists every command and may load nothing', async () => {
    const { endpoint } = await openServices([new SwaggerService()]);
    const page = await endpoint.inject({ url: '/swagger' });
    await endpoint.close('test');
    expect(page.headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).to.equal("default-src 'none'");
    for (const name of commandNames) expect(page.body).to.contain(`POST /v1/sessions/${name}<`);
  });

  it('answers the OpenAPI document, also when the page is elsewhere', async () => {
    const service = new SwaggerService();
    service.configure(ConfigParams.fromTuples('route', 'docs'));
    const { endpoint } = await openServices([service]);
    const document = await endpoint.inject({ url: '/openapi.json' });
    const page = await endpoint.inject({ url: '/docs' });
    await endpoint.close('test');
    expect(document.json().openapi).to.equal('3.1.0');
    expect(page.statusCode).to.equal(200);
  });
});
