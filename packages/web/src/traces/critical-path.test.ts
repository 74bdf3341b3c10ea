import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CriticalPath, criticalPath } from './critical-path.ts';
import { anyTrace, type TestSpan, traceWith } from './testing/traces.ts';
import { treeOf } from './tree.ts';

function pathOf(spans: readonly TestSpan[]): CriticalPath {
  const trace = traceWith(spans);
  return criticalPath(trace, treeOf(trace));
}

function is(spans: readonly TestSpan[], want: string): void {
  const path = pathOf(spans);
  const text = path.rows.map(
    (row, at) => `${spans[row]?.name} ${path.fromUs[at]}-${path.toUs[at]}`,
  );
  assert.equal(text.join(', '), want);
}

const root = { name: 'root', start: 0, duration: 100 };

test('a span alone is its own path', () => is([root], 'root 0-100'));

test('children that follow each other are all on it', () =>
  is(
    [
      root,
      { name: 'a', parent: 0, start: 10, duration: 30 },
      { name: 'b', parent: 0, start: 50, duration: 40 },
    ],
    'root 0-10, a 10-40, root 40-50, b 50-90, root 90-100',
  ));

test('of children side by side only the one that ended last is on it', () =>
  is(
    [
      root,
      { name: 'short', parent: 0, start: 10, duration: 30 },
      { name: 'long', parent: 0, start: 10, duration: 80 },
    ],
    'root 0-10, long 10-90, root 90-100',
  ));

test('it goes down to grandchildren', () =>
  is(
    [
      root,
      { name: 'a', parent: 0, start: 10, duration: 80 },
      { name: 'b', parent: 1, start: 20, duration: 60 },
    ],
    'root 0-10, a 10-20, b 20-80, a 80-90, root 90-100',
  ));

test('what a child does after its parent has answered is cut off', () =>
  is([root, { name: 'later', parent: 0, start: 90, duration: 500 }], 'root 0-90, later 90-100'));

test('a child that begins before its parent is cut as well', () =>
  is(
    [
      { name: 'early', parent: 1, start: 0, duration: 30 },
      { name: 'root', start: 10, duration: 100 },
    ],
    'early 10-30, root 30-110',
  ));

test('without a true root the parts of the trace are walked like siblings', () =>
  is(
    [
      { name: 'a', parent: -2, start: 0, duration: 10 },
      { name: 'b', parent: -2, start: 20, duration: 10 },
    ],
    'a 0-10, b 20-30',
  ));

test('the path of any trace with one root covers exactly its time, without overlap', () => {
  fc.assert(
    fc.property(anyTrace, (trace) => {
      const tree = treeOf(trace);
      const path = criticalPath(trace, tree);
      let sum = 0;
      for (const [at, row] of path.rows.entries()) {
        const from = path.fromUs[at] ?? 0;
        assert.ok((path.toUs[at] ?? 0) > from);
        assert.ok(at === 0 || from >= (path.toUs[at - 1] ?? 0));
        assert.ok(from >= (trace.startUs[row] ?? 0));
        sum += (path.toUs[at] ?? 0) - from;
      }
      const roots = tree.roots.filter((row) => trace.parent[row] === -1);
      if (roots.length > 0)
        assert.equal(sum, Math.max(...roots.map((row) => trace.spanUs[row] ?? 0)));
      const own = path.ownUs.reduce((total, one) => total + one, 0);
      assert.equal(own, sum);
    }),
  );
});

test('a parent of 100,000 children and a chain as long are walked', () => {
  const n = 100_000;
  const wide = Array.from({ length: n }, (_, row) =>
    row === 0
      ? { name: 'root', start: 0, duration: 2 * n }
      : { name: 'x', parent: 0, start: 2 * row, duration: 1 },
  );
  assert.equal(pathOf(wide).rows.length, 2 * n - 1);
  const deep = Array.from({ length: n }, (_, row) => ({
    name: 'x',
    parent: row - 1,
    start: row,
    duration: 2 * (n - row),
  }));
  assert.equal(pathOf(deep).rows.length, 2 * n - 1);
});
