import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foundTrace, orderTraces } from './found-traces.ts';
import {
  dotAt,
  dotsOf,
  durationTicks,
  margin,
  msAt,
  scaleOf,
  timeTicks,
  xOf,
} from './scatter-scale.ts';
import { moveWindow, tickText, windowTicks, zoomWindow } from './time-text.ts';
import { nanosToMs } from './trace.ts';

const whole = 1000;
const part = fc
  .tuple(
    fc.double({ min: 0, max: whole, noNaN: true }),
    fc.double({ min: 0, max: whole, noNaN: true }),
  )
  .filter(([a, b]) => b - a >= 1)
  .map(([fromUs, toUs]) => ({ fromUs, toUs }));

test('windows stay within the trace however they are zoomed and moved', () => {
  fc.assert(
    fc.property(part, fc.double({ min: 0.01, max: 100, noNaN: true }), (window, factor) => {
      for (const next of [
        zoomWindow(window, factor, whole),
        moveWindow(window, factor - 5, whole),
      ]) {
        assert.ok(next.fromUs >= -1e-9 && next.toUs <= whole + 1e-9);
        assert.ok(next.toUs > next.fromUs);
      }
    }),
  );
});

test('ticks of a window are round and few', () => {
  assert.deepEqual(windowTicks({ fromUs: 0, toUs: 1000 }, 5), [0, 200, 400, 600, 800, 1000]);
  assert.deepEqual(windowTicks({ fromUs: 130, toUs: 260 }, 3), [150, 200, 250]);
});

test('ticks are told apart however near they are', () => {
  const texts = (step: number, ...ticks: readonly number[]) =>
    ticks.map((tick) => tickText(tick, step, ticks.at(-1) ?? 0)).join(', ');
  assert.equal(texts(500, 200_000, 200_500, 201_000), '200.0 ms, 200.5 ms, 201.0 ms');
  assert.equal(texts(50_000, 0, 50_000), '0 ms, 50 ms');
  assert.equal(texts(200_000, 1e6, 1.2e6), '1.0 s, 1.2 s');
  assert.equal(texts(0.5, 1.5, 2), '1.5 µs, 2.0 µs');
});

test('nanoseconds as text keep their microseconds', () => {
  assert.equal(nanosToMs('1700000000123456789'), 1_700_000_000_123.4568);
  assert.equal(nanosToMs('5'), 0.000_005);
});

function trace(id: string, durationMs: number, startMs: number, errors = 0) {
  const services = [{ name: 'web', spans: 3, errors }];
  return { id, service: 'web', name: 'GET /', startMs, durationMs, spans: 3, errors, services };
}

test('an answer of the search is taken over, with the whole duration where it came as a field', () => {
  const value = { stringValue: '1m2.5ms' };
  const answer = {
    traceID: 'ab',
    rootServiceName: '<root span not yet received>',
    startTimeUnixNano: '1700000000000000000',
    durationMs: 60_002,
    spanSets: [
      {
        matched: 1,
        spans: [
          {
            spanID: '1',
            startTimeUnixNano: '1',
            durationNanos: '1',
            attributes: [{ key: 'traceDuration', value }],
          },
        ],
      },
    ],
    serviceStats: { a: { spanCount: 1 }, b: { spanCount: 4, errorCount: 2 } },
  };
  const found = foundTrace(answer);
  assert.equal(found.durationMs, 60_002.5);
  assert.equal(found.service, '');
  assert.deepEqual([found.spans, found.errors], [5, 2]);
  assert.equal(found.services[0]?.name, 'b');
  assert.equal(foundTrace({ ...answer, spanSets: [] }).durationMs, 60_002);
});

test('traces are ordered by what is asked, ties newest first', () => {
  const all = [trace('a', 5, 1), trace('b', 9, 2, 1), trace('c', 5, 3)];
  const order = (by: Parameters<typeof orderTraces>[1]) =>
    orderTraces(all, by)
      .map((one) => one.id)
      .join('');
  assert.equal(order('newest'), 'cba');
  assert.equal(order('longest'), 'bca');
  assert.equal(order('errors'), 'bca');
});

test('every dot lies within the plot, and is found where it lies', () => {
  const plot = { width: 600, height: 200 };
  const interval = { fromMs: 0, toMs: 1000 };
  const one = fc.record({
    durationMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
    startMs: fc.double({ min: 0, max: 1000, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 30 }), (list) => {
      const traces = list.map(({ durationMs, startMs }, index) =>
        trace(String(index), durationMs, startMs),
      );
      const scale = scaleOf(traces, interval);
      const dots = dotsOf(traces, scale, plot);
      for (const dot of dots) {
        assert.ok(dot.x >= margin.left && dot.x <= plot.width - margin.right);
        assert.ok(dot.y >= margin.top && dot.y <= plot.height - margin.bottom);
        assert.ok(dotAt(dots, dot.x, dot.y));
        assert.ok(Math.abs(msAt(scale, plot, dot.x) - dot.trace.startMs) < 1e-6);
      }
      const ticks = durationTicks(scale);
      assert.ok(ticks.length >= 1 && ticks.length < 24, `${ticks.length} ticks`);
    }),
  );
});

test('ticks of time fall into the range', () => {
  const interval = { fromMs: 1_700_000_000_000, toMs: 1_700_003_600_000 };
  const { ticks, stepS } = timeTicks(interval, 900);
  assert.equal(stepS, 600);
  assert.equal(ticks.length, 6);
  const scale = scaleOf([], interval);
  for (const tick of ticks)
    assert.ok(xOf(scale, { width: 900, height: 200 }, tick * 1000) >= margin.left);
});
