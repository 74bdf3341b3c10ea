/** Searches of traces and whole traces over files and head, against a scan of what was written. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RecordQuerier, SpanSet, TraceFilter } from '../../../records.ts';
import { noBudget, wordsOf } from './test-logs.ts';
import { NOON } from './test-record-store.ts';
import { filterOf, spanIdOf, type TestSpan, TestTraces, traceIdOf } from './test-spans.ts';

const MINUTE = 60e9;

/** Parts of what was written, in order; the last ones lie in the head. */
interface Written {
  flushes: TestSpan[][];
  heads: TestSpan[][];
}

function withQuerier(written: Written, rowsInBlock: number, use: (q: RecordQuerier) => void): void {
  const dir = mkdtempSync(join(tmpdir(), 'spans-'));
  try {
    const traces = new TestTraces(dir, rowsInBlock);
    for (const spans of written.flushes) traces.flush(spans);
    for (const spans of written.heads) traces.append(spans);
    const reader = traces.reader();
    const querier = reader.records(traces.snapshot, noBudget);
    use(querier);
    querier.close();
    reader.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const anySpan: fc.Arbitrary<TestSpan> = fc.record({
  service: fc.constantFrom('shop', 'cart', 'db', '!other'),
  trace: fc.integer({ min: 1, max: 60 }),
  id: fc.integer({ min: 1, max: 12 }),
  parent: fc.integer({ min: 0, max: 14 }),
  name: fc.constantFrom('GET /', 'SELECT', 'é'),
  start: fc.integer({ min: 0, max: 20 }).map((minutes) => minutes * 42e9),
  duration: fc.constantFrom(0, 1, 5e6, MINUTE),
  kind: fc.integer({ min: 0, max: 5 }),
  status: fc.constantFrom(0, 0, 0, 1, 2),
  fields: fc.constantFrom<TestSpan['fields']>(
    [],
    [['user', 'u1'] as const],
    [['user', 'u2'] as const, ['code', 500] as const],
    [['code', 200] as const, ['code', 500] as const],
  ),
  event: fc.constantFrom<TestSpan['event']>(undefined, undefined, [
    ['user', 'u3'] as const,
    ['code', 7] as const,
  ]),
});

const anyWritten: fc.Arbitrary<Written> = fc.record({
  flushes: fc.array(
    fc.array(
      anySpan.filter(({ service }) => service !== '!other'),
      { minLength: 1, maxLength: 40 },
    ),
    { maxLength: 4 },
  ),
  heads: fc.array(fc.array(anySpan, { maxLength: 40 }), { maxLength: 2 }),
});

function visible({ flushes, heads }: Written): TestSpan[] {
  return [...flushes, ...heads].flat().filter(({ service }) => service !== '!other');
}

interface Conditions {
  service: string | null;
  names: string[];
  /** Part of the name. */
  part: string | null;
  fields: { names: string[]; value: string }[];
  errors: boolean;
  minDuration: number;
  maxDuration: number;
  from: number;
  to: number;
}

const anyConditions: fc.Arbitrary<Conditions> = fc.record({
  service: fc.constantFrom(null, null, 'shop', 'nobody'),
  names: fc.constantFrom([], [], ['SELECT'], ['é', 'nothing']),
  part: fc.constantFrom(null, null, null, 'E'),
  fields: fc.constantFrom(
    [],
    [],
    [{ names: ['user'], value: 'u1' }],
    [{ names: ['user', 'code'], value: '500' }],
    [{ names: ['user'], value: 'u3' }],
    [{ names: ['code'], value: '7' }],
    [{ names: ['service.name'], value: 'cart' }],
    [{ names: ['user'], value: 'nobody' }],
  ),
  errors: fc.boolean(),
  minDuration: fc.constantFrom(0, 0, 2),
  maxDuration: fc.constantFrom(Number.POSITIVE_INFINITY, 5e6),
  from: fc.constantFrom(-1e15, 3 * MINUTE),
  to: fc.constantFrom(1e15, 8 * MINUTE, 2.8 * MINUTE),
});

function matches(span: TestSpan, conditions: Conditions): boolean {
  const { service, names, part, fields, errors, minDuration, maxDuration, from, to } = conditions;
  const first = (name: string): string => String(span.fields.find(([key]) => key === name)?.[1]);
  const ofEvent = (name: string): string => String(span.event?.find(([key]) => key === name)?.[1]);
  return (
    (service === null || span.service === service) &&
    (names.length === 0 || names.includes(span.name)) &&
    (part === null || span.name.includes(part)) &&
    (!errors || span.status === 2) &&
    span.duration >= minDuration &&
    span.duration <= maxDuration &&
    span.start <= to &&
    span.start + span.duration >= from &&
    fields.every(({ names: keys, value }) =>
      keys.some(
        (key) =>
          first(key) === value ||
          ofEvent(key) === value ||
          (key === 'service.name' && span.service === value),
      ),
    )
  );
}

function requestOf({ service, part, from, to, ...rest }: Conditions): TraceFilter {
  const wants = (stream: { get(name: string): string }) =>
    service === null || stream.get('service.name') === service;
  const ofName = part === null ? {} : { wantsName: (name: string) => name.includes(part) };
  return filterOf({ ...rest, ...ofName, wants }, from, to);
}

function found(written: Written, conditions: Conditions): string[] {
  const spans = visible(written);
  const ids = new Set(spans.filter((span) => matches(span, conditions)).map(({ trace }) => trace));
  const startOf = (trace: number): number =>
    Math.min(...spans.filter((span) => span.trace === trace).map(({ start }) => start));
  return [...ids]
    .map((trace) => ({ id: traceIdOf(trace), start: startOf(trace) }))
    .sort((a, b) => b.start - a.start || (a.id < b.id ? -1 : 1))
    .map(({ id, start }) => `${id} ${start}`);
}

const nanosOf = (lo: number, hi: number): number => Number((BigInt(hi) << 32n) + BigInt(lo) - NOON);

test('searches find what a scan finds, newest first, each trace once', () => {
  fc.assert(
    fc.property(anyWritten, anyConditions, fc.constantFrom(7, 30), (written, conditions, rows) => {
      withQuerier(written, rows, (querier) => {
        const refs = [...querier.traces(requestOf(conditions))];
        const shown = refs.map(
          ({ traceId, startLo, startHi }) => `${traceId} ${nanosOf(startLo, startHi)}`,
        );
        assert.deepEqual(shown, found(written, conditions));
        const sets = [...querier.spanSets(requestOf(conditions))];
        const ids = sets.flatMap((set) =>
          Array.from({ length: set.traces }, (_, i) => set.traceId(i)),
        );
        assert.deepEqual(
          ids,
          refs.map(({ traceId }) => traceId),
        );
        assert.deepEqual(
          [...querier.traceSummaries(requestOf(conditions))].map(
            ({ startLo, startHi, ...summary }) => ({
              ...summary,
              start: nanosOf(startLo, startHi),
            }),
          ),
          refs.map(({ traceId }) => summaryOf(written, traceId)),
        );
        for (const set of sets) {
          for (let i = 0; i < set.traces; i++) {
            assert.deepEqual(shownSpans(set, i), wholeTrace(written, set.traceId(i)));
          }
        }
      });
    }),
    { numRuns: 60 },
  );
});

/** Of all spans, also those that were written twice. */
function summaryOf(written: Written, traceId: string): unknown {
  const spans = visible(written).filter(({ trace }) => traceIdOf(trace) === traceId);
  const start = Math.min(...spans.map((span) => span.start));
  const roots = spans.filter(({ parent }) => parent === 0);
  const first = Math.min(...roots.map((root) => root.start));
  const root = roots.find((span) => span.start === first);
  return {
    traceId,
    start,
    durationNs: Math.max(...spans.map((span) => span.start + span.duration)) - start,
    rootService: root?.service ?? '',
    rootName: root?.name ?? '',
    spans: spans.length,
    errors: spans.filter(({ status }) => status === 2).length,
    services: [...new Set(spans.map(({ service }) => service))].sort(),
  };
}

type Shown = Omit<TestSpan, 'trace' | 'id' | 'parent' | 'event'> & {
  id: string;
  parent: string;
  events: number;
};

function byStart(a: Shown, b: Shown): number {
  return a.start - b.start || (a.id < b.id ? -1 : 1);
}

/** The spans of a trace as they should be: of equal ids the last, in order of their starts. */
function wholeTrace(written: Written, traceId: string): Shown[] {
  const spans = visible(written).filter(({ trace }) => traceIdOf(trace) === traceId);
  const last = new Map(spans.map((span) => [span.id, span]));
  return [...last.values()]
    .map(({ trace: _, event, ...span }) => ({
      ...span,
      id: spanIdOf(span.id),
      parent: span.parent === 0 ? '' : spanIdOf(span.parent),
      fields: span.fields.filter(([key], i) => span.fields.findIndex(([k]) => k === key) === i),
      events: event === undefined ? 0 : 1,
    }))
    .sort(byStart);
}

function shownSpans(set: SpanSet, trace: number): Shown[] {
  const [from, to] = [set.offsets[trace], set.offsets[trace + 1]];
  const streams = set.streams();
  const names = set.names();
  const tails = set.tails();
  const parents = set.parents();
  const columns = set.fieldNames().map((name) => ({ name, column: set.field(name) }));
  const shown: Shown[] = [];
  for (let row = from; row < to; row++) {
    const parent = set.parentId(row);
    const known = Array.from({ length: to - from }, (_, i) => set.spanId(from + i));
    const at = parent === '' ? -1 : known.indexOf(parent);
    assert.equal(parents[row], parent !== '' && at < 0 ? -2 : at);
    const fields = columns.flatMap(({ name, column }) => {
      const value = column === null ? null : column.values[column.codes[row]];
      if (value === null) return [];
      return [[name, value.type === 2 ? Number(value.text) : value.text] as const];
    });
    shown.push({
      service: streams.values[streams.codes[row]].get('service.name'),
      id: set.spanId(row),
      parent,
      name: names.values[names.codes[row]],
      start: nanosOf(set.startLo[row], set.startHi[row]),
      duration: set.durationNs[row],
      kind: set.kind[row],
      status: set.status[row],
      fields: fields.sort(([a], [b]) => (a < b ? 1 : -1)),
      events: tails.values[tails.codes[row]].events.length,
    });
  }
  return shown.sort(byStart);
}

test('a trace by its id has all of its spans, the last written of equal ids, in order', () => {
  fc.assert(
    fc.property(anyWritten, fc.integer({ min: 1, max: 60 }), (written, trace) => {
      withQuerier(written, 7, (querier) => {
        const id = traceIdOf(trace);
        const rows = querier.trace(id, noBudget);
        const want = wholeTrace(written, id);
        assert.deepEqual(
          rows.map((row) => ({
            service: row.stream.get('service.name'),
            id: row.record.spanId,
            parent: row.record.parentId,
            name: row.record.name,
            start: nanosOf(row.startLo, row.startHi),
            duration: nanosOf(row.endLo, row.endHi) - nanosOf(row.startLo, row.startHi),
            kind: row.kind,
            status: row.status,
            fields: row.record.fields.map(({ key, value, type }) => [
              key,
              type === 2 ? Number(value) : value,
            ]),
            events: row.record.events.length,
          })),
          want,
        );
        for (const row of rows) {
          assert.deepEqual(querier.trace(id, noBudget, row.record.spanId), [row]);
        }
        const set = querier.spanSet(id, noBudget);
        assert.deepEqual(set === null ? [] : shownSpans(set, 0), want);
        const backwards = Uint32Array.from(rows, (_, i) => rows.length - 1 - i);
        const ids = set?.rows(backwards).map(({ record }) => record.spanId);
        assert.deepEqual(
          ids ?? [],
          [...backwards].map((row) => set?.spanId(row)),
        );
        assert.deepEqual(querier.trace(`${id}00`, noBudget), []);
      });
    }),
    { numRuns: 60 },
  );
});

test('operations are names and kinds of the wanted streams', () => {
  fc.assert(
    fc.property(anyWritten, (written) => {
      withQuerier(written, 7, (querier) => {
        const wants = (stream: { get(name: string): string }) =>
          stream.get('service.name') === 'db';
        const [minMs, maxMs] = [-1e15, 1e15].map((t) => {
          const { lo, hi } = wordsOf(t);
          return (hi * 2 ** 32 + lo) / 1e6;
        });
        const shown = querier.operations({ wants, minMs, maxMs, limit: 1000, budget: noBudget });
        const want = visible(written).filter(({ service }) => service === 'db');
        assert.deepEqual(
          new Set(shown.map(({ name, kind }) => `${name} ${kind}`)),
          new Set(want.map(({ name, kind }) => `${name} ${kind}`)),
        );
        assert.equal(shown.length, new Set(shown.map((each) => JSON.stringify(each))).size);
        const most = querier.operations({ wants, minMs, maxMs, limit: 1, budget: noBudget });
        assert.ok(most.length <= 1);
      });
    }),
    { numRuns: 30 },
  );
});
