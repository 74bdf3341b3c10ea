import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { completionPlace } from './traceql-completion.ts';

test('inside braces fields are offered', () => {
  assert.deepEqual(completionPlace('{ '), { kind: 'field', from: 2 });
  assert.deepEqual(completionPlace('{ span.http'), { kind: 'field', from: 2 });
  assert.deepEqual(completionPlace('{ name = "a" && res'), { kind: 'field', from: 16 });
});

test('after a comparison its values are', () => {
  const value = { kind: 'value', field: 'resource.service.name' };
  assert.deepEqual(completionPlace('{ resource.service.name = '), {
    ...value,
    from: 26,
    quoted: false,
  });
  assert.deepEqual(completionPlace('{ resource.service.name="ca'), {
    ...value,
    from: 25,
    quoted: true,
  });
  assert.deepEqual(completionPlace('{ .a != x'), {
    kind: 'value',
    field: '.a',
    from: 8,
    quoted: false,
  });
});

test('after a pipe functions are', () => {
  assert.deepEqual(completionPlace('{ } | '), { kind: 'function', from: 6 });
  assert.deepEqual(completionPlace('{ } | cou'), { kind: 'function', from: 6 });
});

test('elsewhere nothing is', () => {
  assert.deepEqual(completionPlace(''), { kind: 'none' });
  assert.deepEqual(completionPlace('{ name = "a" } '), { kind: 'none' });
});

test('any text has a place', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const place = completionPlace(text);
      if (place.kind !== 'none') assert.ok(place.from >= 0 && place.from <= text.length);
    }),
  );
});
