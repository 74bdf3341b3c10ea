import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Matcher } from '../../matcher.ts';
import { SelectorCache } from './selectors.ts';

const named = (value: string, op: Matcher['op'] = '='): Matcher[] => [
  { name: '__name__', op, value },
];

test('equal matchers give the same selector, others their own', () => {
  const cache = new SelectorCache();
  const up = cache.get(named('up'));
  assert.equal(cache.get(named('up')), up);
  for (const other of [
    named('cpu'),
    named('up', '!='),
    named('up', '=~'),
    [],
    [...named('up'), ...named('up')],
  ]) {
    assert.notEqual(cache.get(other), up);
  }
  assert.equal(cache.get(named('up')), up);
});

test('the selector that was used longest ago goes first', () => {
  const cache = new SelectorCache();
  const first = cache.get(named('first'));
  const second = cache.get(named('second'));
  for (let i = 0; i < 62; i++) cache.get(named(`name_${i}`));
  assert.equal(cache.get(named('first')), first);
  cache.get(named('one_more'));
  assert.equal(cache.get(named('first')), first);
  assert.notEqual(cache.get(named('second')), second);
});

test('a pattern that is none is refused every time', () => {
  const cache = new SelectorCache();
  for (let i = 0; i < 2; i++) assert.throws(() => cache.get(named('(', '=~')));
});
