import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyTrace, traceWith } from './testing/traces.ts';
import { ancestorsOf, rowsFromDepth, rowsWithin, shownRows, treeOf } from './tree.ts';

const shop = traceWith([
  { name: 'root', start: 0, duration: 100 },
  { name: 'first', parent: 0, start: 1, duration: 10 },
  { name: 'second', parent: 0, start: 20, duration: 50, status: 2 },
  { name: 'below first', parent: 1, start: 21, duration: 5 },
]);

test('the tree is depth first, siblings by start, with sizes and errors below', () => {
  const tree = treeOf(shop);
  assert.deepEqual([...tree.order], [0, 1, 3, 2]);
  assert.deepEqual([...tree.depth], [0, 1, 1, 2]);
  assert.deepEqual([...tree.size], [4, 2, 1, 1]);
  assert.deepEqual([...tree.errors], [1, 0, 1, 0]);
  assert.deepEqual(ancestorsOf(tree, 3), [1, 0]);
});

test('closing a row hides what is below it', () => {
  const tree = treeOf(shop);
  assert.deepEqual([...shownRows(tree, new Set([1]))], [0, 1, 2]);
  assert.deepEqual([...shownRows(tree, new Set([0, 1]))], [0]);
  assert.deepEqual(rowsFromDepth(tree, 1), [1]);
});

test('rows of a time are shown with what is above them', () => {
  const tree = treeOf(shop);
  const within = (from: number, to: number) => [
    ...shownRows(tree, new Set(), rowsWithin(shop, tree, from, to)),
  ];
  assert.deepEqual(within(0, 5), [0, 1]);
  // The first child has ended by then, but what it began has not.
  assert.deepEqual(within(21, 22), [0, 1, 3, 2]);
  assert.deepEqual(within(90, 99), [0]);
});

test('parents in a circle, missing ones and ones of another trace are roots', () => {
  const tree = treeOf(
    traceWith([
      { name: 'a', parent: 1, start: 0, duration: 1 },
      { name: 'b', parent: 0, start: 0, duration: 1 },
      { name: 'c', parent: 2, start: 0, duration: 1 },
      { name: 'd', parent: 99, start: 0, duration: 1 },
    ]),
  );
  assert.equal(tree.order.length, 4);
  assert.deepEqual([...tree.roots], [1, 2, 3]);
});

test('any trace becomes a forest that holds every row once', () => {
  fc.assert(
    fc.property(anyTrace, (trace) => {
      const tree = treeOf(trace);
      assert.deepEqual(
        [...tree.order].sort((a, b) => a - b),
        [...tree.order.keys()],
      );
      for (const row of tree.order) {
        const up = tree.parent[row] ?? -1;
        if (up < 0) continue;
        const from = tree.position[up] ?? 0;
        const place = tree.position[row] ?? 0;
        assert.ok(place > from && place < from + (tree.size[up] ?? 0));
        assert.equal(tree.depth[row], (tree.depth[up] ?? 0) + 1);
      }
    }),
  );
});

test('a trace as deep as it is long is built without recursion', () => {
  const n = 100_000;
  const deep = traceWith(
    Array.from({ length: n }, (_, row) => ({
      name: 'x',
      parent: row - 1,
      start: row,
      duration: 2 * (n - row),
    })),
  );
  assert.equal(treeOf(deep).depth[n - 1], n - 1);
});
