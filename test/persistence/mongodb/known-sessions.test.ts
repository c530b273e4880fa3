import { expect } from 'chai';
import { KnownSessions } from '../../../src/persistence/mongodb/known-sessions.js';
import type { StoredSession } from '../../../src/persistence/mongodb/session-documents.js';
import { recordOf } from '../../support/records.js';

function stored(id: string, version = 1, pending: readonly string[] = []): StoredSession {
  return { version, state: 'kept', session: recordOf({ id }), pending };
}

describe('KnownSessions', () => {
  it('get() answers what was noted last', () => {
    const known = new KnownSessions(2);
    known.set(stored('a', 1));
    known.set(stored('a', 2));
    expect([known.size, known.get('a')?.version, known.get('b')]).to.deep.equal([1, 2, undefined]);
  });

  it('set() lets the one go that was used the longest ago', () => {
    const known = new KnownSessions(2);
    known.set(stored('a'));
    known.set(stored('b'));
    known.get('a');
    known.set(stored('c'));
    expect(['a', 'b', 'c'].map((id) => known.get(id)?.session.id)).to.deep.equal([
      'a',
      undefined,
      'c',
    ]);
  });

  it('set() keeps nothing with a limit of 0', () => {
    const known = new KnownSessions(0);
    known.set(stored('a'));
    expect(known.size).to.equal(0);
  });

  it('settle() forgets what waited in that version, and nothing of a later one', () => {
    const known = new KnownSessions(2);
    known.set(stored('a', 4, ['x']));
    known.settle('a', 3);
    expect(known.get('a')?.pending).to.deep.equal(['x']);
    known.settle('a', 4);
    expect(known.get('a')?.pending).to.deep.equal([]);
    known.settle('b', 1);
    expect(known.get('b')).to.equal(undefined);
  });

  it('delete() forgets a session', () => {
    const known = new KnownSessions(2);
    known.set(stored('a'));
    known.delete('a');
    expect(known.get('a')).to.equal(undefined);
  });
});
