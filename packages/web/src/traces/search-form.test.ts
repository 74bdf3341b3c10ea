import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  attributeQuery,
  emptyForm,
  formFromQuery,
  formProblem,
  parseTags,
  queryFromForm,
  type SearchForm,
} from './search-form.ts';

function writes(form: Partial<SearchForm>, want: string): void {
  assert.equal(queryFromForm({ ...emptyForm, ...form }), want);
}

test('the form writes TraceQL', () => {
  writes({}, '{}');
  writes({ service: 'cart' }, '{ resource.service.name = "cart" }');
  writes(
    { service: 'a "b"', operation: 'GET /', errors: true },
    '{ resource.service.name = "a \\"b\\"" && name = "GET /" && status = error }',
  );
  writes(
    { tags: 'http.status_code>=500 span.db.system=redis user="Ann B" ok=true' },
    '{ .http.status_code >= 500 && span.db.system = "redis" && .user = "Ann B" && .ok = true }',
  );
  writes({ tags: 'url=~/pay/.*' }, '{ .url =~ "/pay/.*" }');
  writes({ min: '250ms', max: '1.5s' }, '{ traceDuration >= 250ms && traceDuration <= 1.5s }');
});

test('what cannot be read is said, and left out', () => {
  writes({ tags: 'no operator', min: 'long' }, '{}');
  assert.match(formProblem({ ...emptyForm, tags: 'no operator' }) ?? '', /key=value/);
  assert.match(formProblem({ ...emptyForm, max: 'long' }) ?? '', /"long" is not a duration/);
  assert.equal(formProblem({ ...emptyForm, tags: 'a=1 b="x y"', min: '1s' }), undefined);
});

test('only what the form can say is read back', () => {
  const reads = (query: string, want: Partial<SearchForm> | undefined) =>
    assert.deepEqual(formFromQuery(query), want && { ...emptyForm, ...want });
  reads('', {});
  reads('{}', {});
  reads('{ resource.service.name = "a" && status = error }', { service: 'a', errors: true });
  reads('{ .a = 1 && span.b = "x" }', { tags: '.a=1 span.b="x"'.replace('.a', 'a') });
  reads('{ name = "a" } | count() > 2', undefined);
  reads('{ name = "a" || name = "b" }', undefined);
  reads('{ name =~ "a" }', undefined);
  reads('{ duration > 1s }', undefined);
  reads('{ .a = 1 && }', undefined);
  reads('{ .a = 1 } && { .b = 2 }', undefined);
});

const key = fc.constantFrom('a', 'http.status_code', 'span.db.system', 'resource.k8s.pod.name');
const tag = fc
  .tuple(
    key,
    fc.constantFrom('=', '!=', '=~', '>='),
    fc.oneof(
      fc.string().map((text) => JSON.stringify(text)),
      fc.constantFrom('1', 'true', '2.5'),
    ),
  )
  .filter(([, sign, value]) => !(sign === '=~' && !value.startsWith('"')))
  .map((parts) => parts.join(''));

test('every form is read back from its own TraceQL', () => {
  const forms = fc.record({
    service: fc.string(),
    operation: fc.string(),
    tags: fc.array(tag, { maxLength: 3 }).map((tags) => tags.join(' ')),
    min: fc.constantFrom('', '10ms', '1.5s'),
    max: fc.constantFrom('', '10ms', '2h'),
    errors: fc.boolean(),
  });
  fc.assert(
    fc.property(forms, (form) =>
      assert.deepEqual(formFromQuery(queryFromForm(form)), structuredClone(form)),
    ),
  );
});

test('any text is read or refused', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      formFromQuery(text);
      formFromQuery(`{ ${text} }`);
      parseTags(text);
    }),
  );
});

test('a value of an attribute can be searched for', () => {
  assert.equal(attributeQuery('span', 'http.route', '/a'), '{ span.http.route = "/a" }');
  assert.equal(attributeQuery('resource', 'odd name', 5), '{ resource."odd name" = 5 }');
  assert.equal(attributeQuery('span', 'a\n"\\', 5), '{ span."a\n\\"\\\\" = 5 }');
});
