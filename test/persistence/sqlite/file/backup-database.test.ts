import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { backupDatabase } from '../../../../src/persistence/sqlite/file/backup-database.js';
import { verifyDatabase } from '../../../../src/persistence/sqlite/file/verify-database.js';
import { failureOf } from '../../../support/failure.js';
import { openedSession, openInput, t0 } from '../../../support/sessions.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { openFileStore } from '../file-store.js';

describe('backupDatabase() and verifyDatabase()', () => {
  let folder: TemporaryFolder;
  let path: string;
  let target: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = folder.file('sessions.db');
    target = folder.file('copy of 100%.db');
  });
  afterEach(async () => await folder.remove());

  it('backupDatabase() copies a file that is served, and the copy can be served', async () => {
    const store = await openFileStore(path);
    const session = await openedSession(store, { id: 'kept', data: '"in the log still"' });
    const writing = Promise.all(
      Array.from({ length: 100 }, async () => await store.openSession(openInput())),
    );
    await backupDatabase(path, target);
    await writing;
    await store.deleteSession('kept', t0);
    await store.close('test');
    const copy = await openFileStore(target);
    expect(await copy.getSession('kept', t0)).to.deep.equal(session);
    await copy.close('test');
    for (const file of [path, target]) expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect((await verifyDatabase(target)).damaged).to.equal(false);
  });

  it('verifyDatabase() reads beside the process that serves the file', async () => {
    const store = await openFileStore(path);
    await openedSession(store);
    const report = await verifyDatabase(path);
    expect([report.damaged, report.rows['sessions']]).to.deep.equal([false, 1]);
    await openedSession(store);
    await store.close('test');
  });

  it('backupDatabase() writes over nothing', async () => {
    await (await openFileStore(path)).close('test');
    writeFileSync(target, 'mine');
    const failure = await failureOf(backupDatabase(path, target));
    expect(failure).to.deep.equal({ code: 'INVALID_CONFIG', details: { setting: target } });
  });

  it('backupDatabase() and verifyDatabase() name a file that is not there', async () => {
    const missing = { code: 'INVALID_CONFIG', details: { setting: path } };
    expect(await failureOf(backupDatabase(path, target))).to.deep.equal(missing);
    expect(await failureOf(verifyDatabase(path))).to.deep.equal(missing);
    expect(existsSync(target)).to.equal(false);
  });

  it('backupDatabase() leaves nothing of a copy that failed', async () => {
    writeFileSync(path, 'user,password\n'.repeat(1_000));
    const { code } = await failureOf(backupDatabase(path, target));
    expect(code).to.equal('INVALID_CONFIG');
    expect(readdirSync(folder.path)).to.deep.equal(['sessions.db']);
  });

  it('verifyDatabase() says of a file of something else that it is one', async () => {
    writeFileSync(path, 'user,password\n'.repeat(1_000));
    const report = await verifyDatabase(path);
    expect(report.damaged).to.equal(true);
    expect(report.findings).to.deep.equal(['the file: file is not a database']);
  });
});
