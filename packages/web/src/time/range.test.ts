import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, formatSpan, parseDuration } from './duration.ts';
import {
  absoluteRange,
  describeRange,
  formatLocal,
  parseTime,
  quickRanges,
  resolveRange,
  shiftInterval,
  widenInterval,
} from './range.ts';
import { autoStep, gridOf, maxPoints } from './step.ts';

const nowMs = Date.parse('2026-05-04T10:30:00Z');

test('durations are Prometheus durations or bare seconds', () => {
  for (const [text, want] of [
    ['15s', 15_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1d', 86_400_000],
    ['90', 90_000],
    ['1.5h', 5_400_000],
    [' 5m ', 300_000],
    ['', undefined],
    ['5', 5000],
    ['5x', undefined],
    ['-5m', undefined],
    ['m', undefined],
    ['1h 30m', undefined],
  ] as const) {
    assert.equal(parseDuration(text), want, text);
  }
});

test('a formatted duration reads back as the same', () => {
  for (const ms of [1, 999, 1000, 61_000, 5_400_000, 90_061_001]) {
    assert.equal(parseDuration(formatDuration(ms)), ms);
  }
  assert.equal(formatDuration(5_400_000), '1h30m');
  assert.equal(formatDuration(0), '0s');
  assert.equal(formatSpan(187_200_000, 2), '2 d 4 h');
  assert.equal(formatSpan(400, 2), '0 s');
});

test('times are relative, ISO, local or unix seconds', () => {
  for (const [text, want] of [
    ['now', nowMs],
    ['now-1h', nowMs - 3_600_000],
    ['now - 90s', nowMs - 90_000],
    ['now+5m', nowMs + 300_000],
    ['2026-05-04T10:30:00Z', nowMs],
    ['2026-05-04T12:30:00+02:00', nowMs],
    ['1777890600', nowMs],
    ['1777890600.5', nowMs + 500],
    ['now-', undefined],
    ['now-1q', undefined],
    ['yesterday', undefined],
    ['', undefined],
    ['2026-13-01', undefined],
    ['5', undefined],
  ] as const) {
    assert.equal(parseTime(text, nowMs), want, text);
  }
});

test('a local time reads back as it was written', () => {
  assert.equal(parseTime(formatLocal(nowMs), 0), nowMs);
  assert.equal(parseTime(formatLocal(nowMs).slice(0, 16), 0), nowMs);
});

test('a range that cannot be is told in words', () => {
  assert.deepEqual(resolveRange({ from: 'now-1h', to: 'now' }, nowMs), {
    fromMs: nowMs - 3_600_000,
    toMs: nowMs,
  });
  const problems = [
    ['x', 'now', /"x" is not a time/],
    ['now-1h', 'y', /"y" is not a time/],
    ['now', 'now', /begin before it ends/],
    ['now', 'now-1h', /begin/],
  ] as const;
  for (const [from, to, want] of problems) {
    const resolved = resolveRange({ from, to }, nowMs);
    assert.ok('problem' in resolved);
    assert.match(resolved.problem, want);
  }
});

test('every quick range resolves and names itself', () => {
  for (const { label, range } of quickRanges) {
    assert.ok(!('problem' in resolveRange(range, nowMs)));
    assert.equal(describeRange(range), label);
  }
  assert.equal(describeRange({ from: 'now-45m', to: 'now' }), 'Last 45m');
  assert.equal(
    describeRange(absoluteRange(nowMs, nowMs + 60_000)),
    `${formatLocal(nowMs)} to ${formatLocal(nowMs + 60_000)}`,
  );
});

test('moving and widening keep the span and the middle', () => {
  const interval = { fromMs: 1000, toMs: 3000 };
  assert.deepEqual(shiftInterval(interval, -1), { fromMs: 0, toMs: 2000 });
  assert.deepEqual(shiftInterval(interval, 1), { fromMs: 2000, toMs: 4000 });
  assert.deepEqual(widenInterval(interval), { fromMs: 0, toMs: 4000 });
});

test('the automatic step stays readable and below the limit of points', () => {
  for (const hours of [0.01, 0.25, 1, 6, 24, 24 * 7, 24 * 90, 24 * 3650]) {
    for (const width of [100, 360, 1400, 4000]) {
      const interval = { fromMs: nowMs - hours * 3_600_000, toMs: nowMs };
      const step = autoStep(interval, width);
      assert.ok((hours * 3600) / step <= Math.max(60, width / 3) + 1);
      assert.ok((hours * 3600) / step <= maxPoints);
    }
  }
});

test('an aligned grid falls on multiples of the step', () => {
  assert.deepEqual(gridOf({ fromMs: 12_345, toMs: 61_000 }, 15, true), { startS: 0, endS: 60 });
  assert.deepEqual(gridOf({ fromMs: 12_345, toMs: 61_000 }, 15, false), {
    startS: 12.345,
    endS: 61,
  });
});
