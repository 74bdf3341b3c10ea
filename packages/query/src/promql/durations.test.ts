import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Expr } from './ast.ts';
import { DurationError, resolveDurations } from './durations.ts';
import { parsePromql } from './parse.ts';

const range = { startMs: 0, endMs: 600_000, stepMs: 30_000 };

function resolved(query: string): Expr {
  return resolveDurations(parsePromql(query), range);
}

test('windows, steps and offsets become milliseconds', () => {
  const window = (query: string, want: number) => {
    const expr = resolved(query);
    assert.equal(expr.kind === 'matrix' || expr.kind === 'subquery' ? expr.window : query, want);
  };
  window('a[step()]', 30_000);
  window('a[range() / 2]', 300_000);
  window('a[2 ^ 3 ^ 2s]', 512_000);
  window('a[-(-5m)]', 300_000);
  window('a[min_of(step(), 10s) + max_of(1s, 2)]', 12_000);
  window('a[7 % 4]', 3000);
  window('a[1m - 10 * 2s:step()]', 40_000);
  const offset = resolved('sum(-(a offset -step()))');
  assert.match(JSON.stringify(offset), /"offset":-30000/);
  const matrix = resolved('a[1m] offset (1m + 1m)');
  assert.ok(matrix.kind === 'matrix');
  assert.equal(matrix.selector.offset, 120_000);
});

test('plain trees are shared', () => {
  const expr = parsePromql('a[5m] offset 1m');
  assert.equal(resolveDurations(expr, range), expr);
});

test('errors name the place of the expression', () => {
  const fails = (query: string, message: string) =>
    assert.throws(() => resolved(query), new DurationError(message));
  fails('a[1s - 1s]', '2:9: duration must be greater than 0');
  fails('a[1 / (1 - 1)]', '2:13: division by zero');
  fails('a[1 % (1 - 1)]', '2:13: modulo by zero');
  fails('a offset (10 ^ 300)', '9:19: duration is out of range');
  assert.throws(
    () => resolveDurations(parsePromql('a[step()]'), { ...range, stepMs: 0 }),
    /2:8: duration must be greater than 0/,
  );
});
