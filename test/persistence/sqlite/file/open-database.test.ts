import { totalmem } from 'node:os';
import { expect } from 'chai';
import {
  usualCacheBytes,
  usualKnownBytes,
} from '../../../../src/persistence/sqlite/file/open-database.js';

const mebibyte = 1_048_576;

describe('usualKnownBytes()', () => {
  it('is a 32nd of the memory, and 192 MiB at most', () => {
    const sizes = [256, 1_024, 6_144, 65_536].map((size) => usualKnownBytes(size * mebibyte));
    expect(sizes.map((bytes) => bytes / mebibyte)).to.deep.equal([8, 32, 192, 192]);
  });
});

describe('usualCacheBytes()', () => {
  it('is an eighth of the memory, from 64 MiB to 1 GiB', () => {
    const sizes = [1, 512, 4_096, 8_192, 100_000].map((memory) => memory * mebibyte);
    expect(sizes.map((size) => usualCacheBytes(size) / mebibyte)).to.deep.equal([
      64, 64, 512, 1_024, 1_024,
    ]);
  });

  it('knows the memory of the machine, or what a control group allows of it', () => {
    const most = Math.max(totalmem() / 8, 64 * mebibyte);
    expect(usualCacheBytes()).to.be.within(64 * mebibyte, most);
  });
});
