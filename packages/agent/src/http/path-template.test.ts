import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pathTemplate } from './path-template.ts';

const template = (url: string, want: string): void => assert.equal(pathTemplate(url), want, url);

test('segments that look like ids are replaced', () => {
  template('/', '/');
  template('/users', '/users');
  template('/users/42', '/users/:id');
  template('/users/42/orders/7?page=2', '/users/:id/orders/:id');
  template('/files/550e8400-e29b-41d4-a716-446655440000', '/files/:id');
  template('/commits/4251b7dd', '/commits/:id');
  template('/objects/507f1f77bcf86cd799439011', '/objects/:id');
  template('/u/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/u/:id');
  template('/days/2024-01-31', '/days/:id');
  template('/mail/ann@example.com', '/mail/:id');
  template('/name/J%C3%BCrgen', '/name/:id');
  template(`/t/${'x'.repeat(41)}`, '/t/:id');
});

test('words and versions stay', () => {
  template('/api/v2/health', '/api/v2/health');
  template('/docs/2.1/intro', '/docs/2.1/intro');
  template('/facade/decade', '/facade/decade');
  template('/oauth2/token', '/oauth2/token');
  template('/page#part', '/page');
});

test('depth is bounded', () => {
  template('/a/b/c/d/e/f/g/h', '/a/b/c/d/e/f/g/h');
  template('/a/b/c/d/e/f/g/h/i/j', '/a/b/c/d/e/f/g/h/*');
});

test('any URL has a bounded template that is its own template', () => {
  fc.assert(
    fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
      const made = pathTemplate(`${path}?${query}`);
      assert.ok(made.startsWith('/') && made.length <= 9 * 41 + 2);
      assert.equal(pathTemplate(made), made);
    }),
  );
});
