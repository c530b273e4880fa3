import { expect } from 'chai';
import { ConfigParams } from 'pip-services3-commons-nodex';
import { defaultsOf } from '../../../../src/logic/settings.js';
import { resolveAddress } from '../../../../src/persistence/mongodb/connection/mongo-address.js';
import { createMongoClient } from '../../../../src/persistence/mongodb/connection/mongo-client.js';
import { mongoConnectionSettings } from '../../../../src/persistence/mongodb/connection/mongo-connection-settings.js';

const weaker = [
  'w=1',
  'w=0',
  'W=1',
  'w=1&journal=false',
  'journal=false',
  'Journal=false',
  'j=false',
  'fsync=false',
  'wtimeoutMS=5',
  'wtimeout=5',
  'readConcernLevel=local',
  'readconcernlevel=available',
  'readPreference=secondary',
  'readPreferenceTags=dc:ny&readPreferenceTags=',
  'maxStalenessSeconds=120',
  'retryReads=false',
  'retryWrites=false',
  'socketTimeoutMS=60000',
];

describe('createMongoClient()', () => {
  async function optionsOf(uri: string) {
    const address = await resolveAddress(
      'a:store',
      ConfigParams.fromValue({ connection: { uri } }),
      undefined,
    );
    const client = createMongoClient('a:store', address, defaultsOf(mongoConnectionSettings));
    const { writeConcern, readConcern, readPreference, ...options } = client.options;
    return {
      writeConcern: { ...writeConcern },
      readConcern: { ...readConcern },
      readPreference: readPreference.toJSON(),
      retryReads: options.retryReads,
      retryWrites: options.retryWrites,
      socketTimeoutMS: options.socketTimeoutMS,
    };
  }

  it('promises a majority that has the journal', async () => {
    const { writeConcern, readConcern, readPreference } = await optionsOf('mongodb://h/app');
    expect(writeConcern).to.include({ w: 'majority', journal: true });
    expect(writeConcern).to.not.have.any.keys('wtimeout', 'wtimeoutMS');
    expect(readConcern).to.deep.equal({ level: 'majority' });
    expect(readPreference).to.deep.equal({ mode: 'primary' });
  });

  for (const option of weaker) {
    it(`promises no less for a connection string with ${option}`, async () => {
      expect(await optionsOf(`mongodb://h/app?${option}`)).to.deep.equal(
        await optionsOf('mongodb://h/app'),
      );
    });
  }

  it('leaves the other options of a connection string', async () => {
    const address = await resolveAddress(
      'a:store',
      ConfigParams.fromValue({
        connection: { uri: 'mongodb://h/app?journal=false&compressors=zlib&replicaSet=rs' },
      }),
      undefined,
    );
    expect(address.uri).to.equal('mongodb://h/app?compressors=zlib&replicaSet=rs');
  });
});
