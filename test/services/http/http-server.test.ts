import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { expect } from 'chai';
import { projectFolder } from '../../support/service-process.js';
import { createEndpoint, openEndpoint } from './open-endpoint.js';

const key = `${projectFolder}test/services/http/fixtures/localhost.key.pem`;
const certificate = `${projectFolder}test/services/http/fixtures/localhost.crt.pem`;

const https = {
  'connection.protocol': 'https',
  'credential.ssl_key_file': key,
  'credential.ssl_crt_file': certificate,
};

async function failureOf(settings: Record<string, unknown>): Promise<string> {
  const { endpoint } = createEndpoint({ settings });
  try {
    await endpoint.open('test');
  } catch (caught) {
    return caught instanceof Error ? caught.message : '';
  }
  await endpoint.close('test');
  return 'none';
}

describe('HttpEndpoint over https', () => {
  it('answers with its certificate', async () => {
    const { endpoint, port } = await openEndpoint({
      settings: { ...https, 'credential.ssl_ca_file': certificate },
    });
    const { uri } = endpoint;
    const body = await new Promise<string>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: '/livez', ca: readFileSync(certificate) };
      request({ ...options, agent: false }, (response) => {
        response.setEncoding('utf8').on('data', resolve).on('error', reject);
      })
        .on('error', reject)
        .end();
    });
    await endpoint.close('test');
    expect(body).to.equal('{"status":"live"}');
    expect(uri).to.equal(`https://127.0.0.1:${port}`);
  });

  it('names the file that is missing, unreadable or no key', async () => {
    const none = { ...https, 'credential.ssl_key_file': null };
    const absent = { ...https, 'credential.ssl_crt_file': '/none/such.pem' };
    const swapped = { ...https, 'credential.ssl_key_file': certificate };
    expect(await failureOf(none)).to.equal('credential.ssl_key_file: is needed for https');
    expect(await failureOf(absent)).to.equal(
      'credential.ssl_crt_file: /none/such.pem cannot be read',
    );
    expect(await failureOf(swapped)).to.equal(
      'credential.ssl_*_file: are not a key and its certificate',
    );
  });
});
