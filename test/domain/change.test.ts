import { expect } from 'chai';
import { assertLive, changeDocument } from '../../src/domain/change.js';
import { maxDocumentBytes } from '../../src/domain/document.js';
import { thrownBy } from '../support/failure.js';
import { recordOf } from '../support/records.js';
import { t0 } from '../support/sessions.js';
import { deepFreeze } from '../support/values.js';

const live = deepFreeze(recordOf({ idleTimeoutMs: 100, data: '{"a":1}', user: '"ann"' }));

describe('changeDocument()', () => {
  it('changeDocument() replaces data, user or a part of data: one revision and a sign of life', () => {
    const moved = { ...live, revision: 1, requestTime: t0 + 5 };
    const now = t0 + 5;
    expect(changeDocument(live, { type: 'data', data: '[]' }, now)).to.deep.equal({
      ...moved,
      data: '[]',
    });
    expect(changeDocument(live, { type: 'user', user: '[]' }, now)).to.deep.equal({
      ...moved,
      user: '[]',
    });
    expect(changeDocument(live, { type: 'patch', patch: { b: 2 } }, now)).to.deep.equal({
      ...moved,
      data: '{"a":1,"b":2}',
    });
  });

  it('changeDocument() patches nothing as if it were an empty object', () => {
    const { data: _, ...bare } = live;
    const patched = changeDocument(bare, { type: 'patch', patch: { b: { c: null } } }, t0);
    expect(patched.data).to.equal('{"b":{}}');
  });

  it('changeDocument() never moves request_time back', () => {
    const change = { type: 'data', data: '1' } as const;
    expect(changeDocument(live, change, t0 - 5).requestTime).to.equal(t0);
  });

  it('changeDocument() refuses another revision, and names the current one', () => {
    const change = { type: 'data', data: '1', revision: 1 } as const;
    expect(thrownBy(() => changeDocument(live, change, t0))).to.deep.equal({
      code: 'REVISION_CONFLICT',
      details: { revision: 0 },
    });
  });

  it('changeDocument() refuses a result that is too large or too deep', () => {
    const patch = { b: 'x'.repeat(maxDocumentBytes) };
    expect(thrownBy(() => changeDocument(live, { type: 'patch', patch }, t0)).code).to.equal(
      'BODY_TOO_LARGE',
    );
  });
});

describe('assertLive()', () => {
  it('assertLive() passes up to the deadline', () => {
    assertLive(live, t0 + 100);
  });

  it('assertLive() names the end that came, or that was written', () => {
    const at = (ms: number) => new Date(ms).toISOString();
    expect(thrownBy(() => assertLive(live, t0 + 101))).to.deep.equal({
      code: 'SESSION_ENDED',
      details: { close_reason: 'idle', close_time: at(t0 + 100) },
    });
    const ended = { ...live, active: false, closeReason: 'admin', closeTime: t0 + 7 } as const;
    expect(thrownBy(() => assertLive(ended, t0))).to.deep.equal({
      code: 'SESSION_ENDED',
      details: { close_reason: 'admin', close_time: at(t0 + 7) },
    });
  });

  it('assertLive() names a written end as it is written, also one before the start', () => {
    const imported = { ...live, active: false, closeReason: 'logout', closeTime: t0 - 7 } as const;
    expect(thrownBy(() => assertLive(imported, t0))).to.deep.equal({
      code: 'SESSION_ENDED',
      details: { close_reason: 'logout', close_time: new Date(t0 - 7).toISOString() },
    });
  });
});
