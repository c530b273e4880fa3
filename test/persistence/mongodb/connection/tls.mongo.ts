import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectSocket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ConfigParams } from 'pip-services3-commons-nodex';
import { MongoConnection } from '../../../../src/persistence/mongodb/connection/mongo-connection.js';
import { failureOf } from '../../../support/failure.js';
import { useOwnMongoServer } from '../../../support/mongo-database.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { RecordingLogger } from './recording-logger.js';

const run = promisify(execFile);

/** A certificate that signs itself, and its key. */
interface Identity {
  readonly certificatePath: string;
  readonly keyPath: string;
}

/** mongo-java-server speaks no TLS: a server in front of it does. */
describe('MongoConnection over TLS', () => {
  const mongo = useOwnMongoServer();
  let folder: TemporaryFolder;
  let server: Identity;
  let client: Identity;
  let front: Server;
  let connection: MongoConnection;
  let logger: RecordingLogger;
  const sockets = new Set<TLSSocket>();

  before(async () => {
    folder = await createTemporaryFolder();
    server = await makeIdentity(folder, 'localhost');
    client = await makeIdentity(folder, 'a service');
  });
  after(async () => await folder.remove());
  afterEach(async () => {
    await connection.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    front.close();
  });

  /** A connection to the front, with these settings beside. */
  async function connect(settings: Readonly<Record<string, unknown>>, options: TlsOptions = {}) {
    front = createServer({
      cert: readFileSync(server.certificatePath),
      key: readFileSync(server.keyPath),
      ...options,
    });
    front.on('secureConnection', (socket) => {
      sockets.add(socket);
      const behind = connectSocket(mongo().port, '127.0.0.1');
      socket.on('error', () => behind.destroy()).pipe(behind);
      behind.on('error', () => socket.destroy()).pipe(socket);
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    const { port } = front.address() as AddressInfo;
    logger = new RecordingLogger();
    connection = new MongoConnection({ component: 'a:store', logger, prepare: async () => {} });
    const address = { host: 'localhost', port, database: 'app', tls: true, ...settings };
    connection.configure(ConfigParams.fromValue({ connection: address }));
    await connection.open();
  }

  it('is made with a server whose certificate is trusted', async () => {
    await connect({ tlsCAFile: server.certificatePath });
    await connection.checkReady();
    expect(sockets.size).to.be.greaterThan(0);
  });

  it('is not made with another one, and the log says why', async () => {
    await connect({ tlsCAFile: client.certificatePath });
    expect((await failureOf(connection.checkReady())).code).to.equal('STORE_UNAVAILABLE');
    expect(logger.lines.join('\n')).to.match(/MongoDB is not there .*certificate/);
  });

  it('shows the certificate that a server asks for', async () => {
    const pemPath = folder.file('client.pem');
    writeFileSync(
      pemPath,
      `${readFileSync(client.certificatePath, 'utf8')}${readFileSync(client.keyPath, 'utf8')}`,
    );
    const trusted = { tlsCAFile: server.certificatePath };
    const asks = { requestCert: true, ca: readFileSync(client.certificatePath) };
    await connect({ ...trusted, tlsCertificateKeyFile: pemPath }, asks);
    await connection.checkReady();
    const [socket] = sockets;
    expect(socket?.authorized).to.equal(true);
    expect(socket?.getPeerCertificate().subject.CN).to.equal('a service');
  });
});

async function makeIdentity(folder: TemporaryFolder, name: string): Promise<Identity> {
  const certificatePath = folder.file(`${name.replace(' ', '-')}.crt`);
  const keyPath = folder.file(`${name.replace(' ', '-')}.key`);
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`],
    ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', keyPath, '-out', certificatePath],
  ]);
  return { certificatePath, keyPath };
}
