import { expect } from 'chai';
import { createIdMaker } from '../../src/logic/session-ids.js';

describe('createIdMaker()', () => {
  it('makes ids of 43 characters of base64url, each once, over many blocks', () => {
    const createId = createIdMaker();
    const ids = Array.from({ length: 2000 }, createId);
    expect(ids.filter((id) => !/^[A-Za-z0-9_-]{43}$/.test(id))).to.deep.equal([]);
    expect(new Set(ids).size).to.equal(2000);
    // Also without what two ids of a block could share by a wrong cut.
    expect(new Set(ids.map((id) => id.slice(0, 10))).size).to.equal(2000);
    expect(new Set(ids.map((id) => id.slice(-10))).size).to.equal(2000);
  });
});
