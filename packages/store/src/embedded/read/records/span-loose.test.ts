/** Spans without their traces over files and head, against a scan of what was written. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TraceFilter } from '../../../records.ts';
import { noBudget } from './test-logs.ts';
import { filterOf, spanIdOf, type TestSpan, TestTraces, traceIdOf } from './test-spans.ts';

const anySpan: fc.Arbitrary<TestSpan> = fc.record({
  service: fc.constantFrom('shop', 'cart', 'db'),
  trace: fc.integer({ min: 1, max: 60 }),
  id: fc.integer({ min: 1, max: 12 }),
  parent: fc.integer({ min: 0, max: 2 }),
  name: fc.constantFrom('GET /', 'SELECT'),
  start: fc.integer({ min: 0, max: 20 }).map((minutes) => minutes * 42e9),
  duration: fc.constantFrom(0, 5e6),
  kind: fc.integer({ min: 0, max: 5 }),
  status: fc.constantFrom(0, 2),
  fields: fc.constantFrom<TestSpan['fields']>([], [['user', 'u1'] as const]),
});
const anySpans = fc.array(anySpan, { minLength: 1, maxLength: 40 });

interface Conditions {
  filter: Partial<TraceFilter>;
  holds(span: TestSpan): boolean;
}

const anyConditions = fc.constantFrom<Conditions>(
  { filter: {}, holds: () => true },
  { filter: { errors: true }, holds: ({ status }) => status === 2 },
  { filter: { names: ['SELECT'] }, holds: ({ name }) => name === 'SELECT' },
  { filter: { minDuration: 1 }, holds: ({ duration }) => duration > 0 },
  {
    filter: { wants: (stream) => stream.get('service.name') === 'cart' },
    holds: ({ service }) => service === 'cart',
  },
  {
    filter: { fields: [{ names: ['user'], value: 'u1' }] },
    holds: ({ fields }) => fields.length > 0,
  },
);

function shownOf(span: TestSpan): string {
  const { trace, id, parent, service, name, kind, status, duration, fields } = span;
  const parentId = parent === 0 ? '' : spanIdOf(parent);
  const user = fields[0]?.[1] ?? null;
  const texts = [traceIdOf(trace), spanIdOf(id), parentId, service, name, kind, status, duration];
  return [...texts, user].join();
}

/** Spans of a list in which the last of equal ids counts. */
function lastOf(spans: readonly TestSpan[]): TestSpan[] {
  return [...new Map(spans.map((span) => [`${span.trace} ${span.id}`, span])).values()];
}

test('loose spans are those that a scan finds, each once, the last written of equal ids', () => {
  const run = (
    flushes: readonly TestSpan[][],
    heads: readonly TestSpan[][],
    rowsInBlock: number,
    { filter, holds }: Conditions,
  ): void => {
    const dir = mkdtempSync(join(tmpdir(), 'loose-'));
    try {
      const traces = new TestTraces(dir, rowsInBlock);
      for (const spans of flushes) traces.flush(spans);
      for (const spans of heads) traces.append(spans);
      const reader = traces.reader();
      const querier = reader.records(traces.snapshot, noBudget);
      const found: string[] = [];
      for (const spans of querier.looseSpans(filterOf(filter))) {
        const { kind, status, durationNs, startLo, startHi, n } = spans;
        assert.ok([startLo, startHi, kind, status, durationNs].every(({ length }) => length === n));
        const streams = spans.streams();
        const names = spans.names();
        const users = spans.field('user');
        assert.equal(spans.tails().codes.length, n);
        assert.equal(spans.weight, 1);
        for (let row = 0; row < n; row++) {
          const service = streams.values[streams.codes[row]].get('service.name');
          const name = names.values[names.codes[row]];
          const user = users?.values[users.codes[row]]?.text ?? null;
          const ids = [spans.traceId(row), spans.spanId(row), spans.parentId(row)];
          const rest = [service, name, kind[row], status[row], durationNs[row], user];
          found.push([...ids, ...rest].join());
        }
      }
      querier.close();
      reader.close();
      const want = lastOf([...flushes, ...heads].flat())
        .filter(holds)
        .map(shownOf);
      assert.deepEqual(found.sort(), want.sort());
    } finally {
      rmSync(dir, { recursive: true });
    }
  };
  fc.assert(
    fc.property(
      fc.array(anySpans, { maxLength: 4 }),
      fc.array(anySpans, { maxLength: 2 }),
      fc.constantFrom(3, 10, 100),
      anyConditions,
      run,
    ),
    { numRuns: 60 },
  );
});
