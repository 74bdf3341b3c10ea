import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Labels } from './labels.ts';

test('an object has a label of any name', () => {
  const pairs = ['__proto__', 'a', 'constructor', 'b'];
  assert.deepEqual(Object.entries(Labels.fromPairs(pairs).toObject()).flat(), pairs);
});
