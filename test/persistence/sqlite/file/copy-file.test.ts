import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import type { CopyPlace } from '../../../../src/persistence/copy/copy-store.js';
import { openFileTarget } from '../../../../src/persistence/sqlite/file/copy-file.js';
import { createTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const place: CopyPlace = { part: 'sessions' };

describe('openFileTarget()', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
  });
  afterEach(async () => {
    await folder.remove();
  });

  it('is finished after runs that broke off in this process', async () => {
    for (const _ of Array(3)) {
      const brokenOff = openFileTarget(folder.file('b.db'));
      await brokenOff.begin('a source');
      await brokenOff.write('sessions', [], place);
      await brokenOff.close();
    }
    const target = openFileTarget(folder.file('b.db'));
    expect(await target.begin('a source')).to.deep.equal(place);
    await target.finish();
    await target.close();
    expect(readdirSync(folder.path).sort()).to.deep.equal(['b.db', 'b.db.lock']);
  });
});
