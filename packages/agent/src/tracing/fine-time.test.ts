import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Span, trace } from '@opentelemetry/api';
import { FineTime } from './fine-time.ts';
import { traced } from './test-traced.ts';

test('follows the clock of the system within a millisecond, and does not jump between its steps', () => {
  let [unixMs, runMs] = [1000.9, 5];
  const time = new FineTime(
    () => Math.floor(unixMs),
    () => runMs,
  );
  const after = (ms: number, setMs = 0): number => {
    unixMs += ms + setMs;
    runMs += ms;
    return Math.round(time.now() * 1000) / 1000;
  };
  assert.equal(after(0), 1000);
  assert.equal(after(0.05), 1000.05);
  assert.equal(after(0.1), 1001, 'it must be 1001 by now');
  assert.equal(after(0.25), 1001.25);
  assert.equal(after(0.5, 3600_000), 3601_001, 'set forward');
  assert.equal(after(0.5), 3601_002);
  assert.equal(after(1, -3600_000), 1003.999, 'set back');
});

/** Start and end in ms. */
function timesOf(span: Span): [number, number] {
  const [start, end] = ['startTime', 'endTime'].map((key): number => {
    const [seconds, nanos]: [number, number] = Reflect.get(span, key);
    return (seconds % 1000) * 1000 + nanos / 1e6;
  });
  return [start ?? Number.NaN, end ?? Number.NaN];
}

test('spans that follow each other within a millisecond do so on record', (t) => {
  traced(t);
  const tracer = trace.getTracer('app');
  const times = Array.from({ length: 50 }, () => {
    const span = tracer.startSpan('step');
    span.end();
    return timesOf(span);
  });
  const starts = times.map(([start]) => start);
  assert.deepEqual(
    starts,
    starts.toSorted((a, b) => a - b),
  );
  assert.ok(new Set(starts).size > 10, 'they began at different times');
  assert.ok(times.every(([start, end]) => end >= start));
});

test('a span whose time was given keeps it', (t) => {
  traced(t);
  const tracer = trace.getTracer('app');
  const [whole, earlier] = [Date.now(), Date.now() - 1234];
  for (const startTime of [whole, earlier]) {
    assert.equal(timesOf(tracer.startSpan('given', { startTime }))[0], startTime % 1_000_000);
  }
});
