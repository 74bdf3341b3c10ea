/** Spans that lie in several places: in a file and the head at once, in files of several days. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { noBudget } from './test-logs.ts';
import { NOON } from './test-record-store.ts';
import { filterOf, spanIdOf, type TestSpan, TestTraces, traceIdOf } from './test-spans.ts';

const nanosOf = (lo: number, hi: number): number => Number((BigInt(hi) << 32n) + BigInt(lo) - NOON);

test('rows of a flush that the head still has are seen once, from the head', () => {
  const dir = mkdtempSync(join(tmpdir(), 'spans-'));
  const span = (id: number, name: string): TestSpan => ({
    ...{ service: 'shop', trace: 1, id, parent: 0, name, start: id, duration: 1 },
    ...{ kind: 1, status: 0, fields: [] },
  });
  try {
    const traces = new TestTraces(dir);
    const number = traces.append([span(1, 'head')]);
    traces.flush([span(1, 'file'), span(2, 'file')], number);
    const reader = traces.reader();
    const querier = reader.records(traces.snapshot, noBudget);
    const names = querier.trace(traceIdOf(1), noBudget).map(({ record }) => record.name);
    assert.deepEqual(names, ['head']);
    assert.equal([...querier.traces(filterOf({}))].length, 1);
    querier.close();
    reader.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('fields of spans and of their events are known from files and head', () => {
  const span = (id: number, name: string): TestSpan => ({
    ...{ service: 'shop', trace: 1, id, parent: 0, name, start: id, duration: 1 },
    ...{ kind: 1, status: 0, fields: [[`span ${name}`, 'a']], event: [[`event ${name}`, 5]] },
  });
  const dir = mkdtempSync(join(tmpdir(), 'spans-'));
  try {
    const traces = new TestTraces(dir);
    traces.flush([span(1, 'file')]);
    traces.append([span(2, 'head')]);
    const reader = traces.reader();
    const querier = reader.records(traces.snapshot, noBudget);
    assert.deepEqual(
      querier.fields('spans', 0, 4e12).map(({ scope, name, values }) => [scope, name, values]),
      [
        ['', 'span file', ['a']],
        ['event', 'event file', []],
        ['', 'span head', ['a']],
        ['event', 'event head', []],
      ],
    );
    querier.close();
    reader.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a trace over midnight is whole, and a search finds it once', () => {
  const DAY = 86_400e9;
  const span = (id: number, start: number): TestSpan => ({
    ...{ service: `service ${id}`, trace: 1, id, parent: id - 1, name: 'x', start, duration: DAY },
    ...{ kind: 1, status: 0, fields: [] },
  });
  const dir = mkdtempSync(join(tmpdir(), 'spans-'));
  try {
    const traces = new TestTraces(dir);
    traces.flush([span(1, DAY / 2 - 1)], 1, 0);
    traces.flush([span(2, DAY / 2 + 1)], 2, 1);
    traces.flush([{ ...span(3, 3 * DAY), trace: 2 }], 3, 3);
    const reader = traces.reader();
    const querier = reader.records(traces.snapshot, noBudget);
    const idsOf = (trace: number): string[] =>
      querier.trace(traceIdOf(trace), noBudget).map(({ record }) => record.spanId);
    assert.deepEqual(idsOf(1), [spanIdOf(1), spanIdOf(2)]);
    assert.deepEqual(idsOf(2), [spanIdOf(3)]);
    // The range meets the second day only: a span of the day before lasts into it.
    const found = [...querier.traces(filterOf({}, DAY / 2 + 5, DAY / 2 + 6))];
    assert.deepEqual(
      found.map(({ traceId, startLo, startHi }) => [traceId, nanosOf(startLo, startHi)]),
      [[traceIdOf(1), DAY / 2 - 1]],
    );
    const sets = [...querier.spanSets(filterOf({}))];
    assert.deepEqual(
      sets.flatMap(({ traces: n, offsets }) => [n, ...offsets]),
      [1, 0, 1, 1, 0, 2],
    );
    querier.close();
    reader.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
});
