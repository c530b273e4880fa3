import { expect } from 'chai';
import { methodsOf, toMethod, toPath } from '../../../src/services/http/http-routes.js';

describe('methodsOf()', () => {
  const routes = [
    { method: 'GET', path: '/items/:item' },
    { method: 'DELETE', path: '/items/:item' },
    { method: 'GET', path: '/items/new' },
    { method: 'POST', path: '/files/*' },
  ];

  it('answers the methods of all routes that fit, sorted', () => {
    expect(methodsOf(routes, '/items/1?a=/b')).to.deep.equal(['DELETE', 'GET']);
    expect(methodsOf(routes, '/items/new')).to.deep.equal(['DELETE', 'GET']);
    expect(methodsOf(routes, '/files/a/b')).to.deep.equal(['POST']);
  });

  it('answers none where no route fits', () => {
    for (const path of ['/', '/items', '/items/', '/items/1/2', '/files', '']) {
      expect(methodsOf(routes, path), path).to.deep.equal([]);
    }
  });
});

describe('toPath()', () => {
  it('joins parts by one slash each', () => {
    expect([toPath(''), toPath('a'), toPath('/a/', '', 'b/c')]).to.deep.equal([
      '/',
      '/a',
      '/a/b/c',
    ]);
  });
});

describe('toMethod()', () => {
  it('knows the short name of DELETE', () => {
    expect([toMethod('del'), toMethod('delete'), toMethod('Post')]).to.deep.equal([
      'DELETE',
      'DELETE',
      'POST',
    ]);
  });
});
