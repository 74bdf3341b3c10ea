import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseSlot, prepareServiceColors, serviceColor } from './service-colors.ts';

test('the first eight services have hues of their own, the first 24 colours of their own', () => {
  const taken = new Set<number>();
  for (let count = 1; count <= 24; count += 1) {
    const slot = chooseSlot(`service ${count}`, taken);
    assert.ok(!taken.has(slot));
    if (count <= 8) assert.ok(slot < 8);
    taken.add(slot);
  }
  assert.ok(chooseSlot('one more', taken) < 24);
});

test('a service keeps its colour, also where nothing can be remembered', () => {
  prepareServiceColors(['cart', 'bank']);
  const before = serviceColor('cart');
  serviceColor('another');
  assert.equal(serviceColor('cart'), before);
  assert.notEqual(serviceColor('bank'), before);
  assert.match(before, /^var\(--series-[1-8]\)$/);
});
