import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareTraces, countMarks } from './compare.ts';
import { anyTrace, type TestSpan, traceWith } from './testing/traces.ts';
import type { Trace } from './trace.ts';
import { treeOf } from './tree.ts';

function compare(a: Trace, b: Trace) {
  return compareTraces({ trace: a, tree: treeOf(a) }, { trace: b, tree: treeOf(b) });
}

function is(a: readonly TestSpan[], b: readonly TestSpan[], want: readonly string[]): void {
  const rows = compare(traceWith(a), traceWith(b));
  const text = rows.map(
    (row) =>
      `${'.'.repeat(row.depth)}${row.name} ${row.a?.count ?? '-'}:${row.b?.count ?? '-'} ${row.mark}`,
  );
  assert.deepEqual(text, want);
}

const root = { name: 'root', start: 0, duration: 1000 };

test('paths are marked as added, removed, slower and faster', () =>
  is(
    [
      root,
      { name: 'gone', parent: 0, start: 1, duration: 10 },
      { name: 'slow', parent: 0, start: 1, duration: 100 },
      { name: 'quick', parent: 0, start: 1, duration: 100 },
      { name: 'alike', parent: 0, start: 1, duration: 100 },
    ],
    [
      root,
      { name: 'slow', parent: 0, start: 1, duration: 130 },
      { name: 'quick', parent: 0, start: 1, duration: 60 },
      { name: 'alike', parent: 0, start: 1, duration: 115 },
      { name: 'new', parent: 0, start: 1, duration: 10 },
    ],
    [
      'root 1:1 same',
      '.gone 1:- removed',
      '.slow 1:1 slower',
      '.quick 1:1 faster',
      '.alike 1:1 same',
      '.new -:1 added',
    ],
  ));

test('ten calls where there was one are slower by what they cost', () =>
  is(
    [root, { name: 'query', parent: 0, start: 1, duration: 10 }],
    [
      root,
      ...Array.from({ length: 10 }, () => ({ name: 'query', parent: 0, start: 1, duration: 10 })),
    ],
    ['root 1:1 same', '.query 1:10 slower'],
  ));

test('the same name in another service is another path', () =>
  is(
    [{ ...root, service: 'a' }],
    [{ ...root, service: 'b' }],
    ['root 1:- removed', 'root -:1 added'],
  ));

test('any two traces: nothing is lost, and a trace against itself is the same', () => {
  fc.assert(
    fc.property(anyTrace, anyTrace, (a, b) => {
      const rows = compare(a, b);
      const sum = (side: 'a' | 'b') =>
        rows.reduce((total, row) => total + (row[side]?.count ?? 0), 0);
      assert.equal(sum('a'), a.n);
      assert.equal(sum('b'), b.n);
      for (const [index, row] of rows.entries()) {
        const below = rows.slice(index + 1, index + row.size);
        assert.ok(below.every((one) => one.depth > row.depth));
        assert.ok((rows[index + row.size]?.depth ?? 0) <= row.depth);
      }
      assert.equal(countMarks(compare(a, a)).same, compare(a, a).length);
    }),
  );
});
