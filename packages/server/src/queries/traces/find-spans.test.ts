/** Jaeger's search finds what looking at every span finds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpanRow } from '@sightline/store';
import fc from 'fast-check';
import { ThreadBudget } from '../budget.ts';
import { memoryRecords, rowsOfJson } from '../testing/memory-traces.ts';
import { findTraces } from './find-spans.ts';
import type { SpanSearch } from './requests.ts';

const budget = new ThreadBudget(new Int32Array(new SharedArrayBuffer(4)), 1e9, 1e9);
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

const attributes = fc.subarray([
  text('a', 'x'),
  text('b', 'y.z'),
  text('otel.library.name', 'old'),
  { key: 'error', value: { boolValue: true } },
  { key: 'n', value: { intValue: '7' } },
]);
const anySpan = fc.record({
  trace: fc.integer({ min: 1, max: 4 }),
  service: fc.constantFrom('s1', 's2'),
  resource: fc.subarray([text('r', 'x'), text('a', 'w')]),
  name: fc.constantFrom('op1', 'op2'),
  kind: fc.integer({ min: 0, max: 5 }),
  status: fc.integer({ min: 0, max: 2 }),
  start: fc.integer({ min: 1000, max: 1010 }),
  length: fc.integer({ min: 0, max: 10 }),
  attributes,
  event: attributes,
  link: attributes,
  scope: fc.constantFrom('', 'lib'),
});

const anySearch = fc.record({
  service: fc.constantFrom('', 's1'),
  operation: fc.constantFrom('', 'op1'),
  tags: fc.subarray<readonly [string, string]>(
    [
      ...(['x', 'w', '.*', '['] as const).map((value) => ['a', value] as const),
      ['b', 'y.z'],
      ['b', 'y\\.z'],
      ['n', '7'],
      ['r', 'x'],
      ['error', 'true'],
      ['error', 'false'],
      ['span.kind', 'server'],
      ['otel.status_code', 'OK'],
      ['otel.library.name', 'lib'],
      ['event', 'boom'],
    ],
    { maxLength: 2 },
  ),
  from: fc.integer({ min: 1000, max: 1010 }),
  to: fc.integer({ min: 1000, max: 1010 }),
  minDuration: fc.integer({ min: 0, max: 5 }),
  maxDuration: fc.constantFrom(3, Number.POSITIVE_INFINITY),
  limit: fc.integer({ min: 1, max: 5 }),
});

/** Times are nanoseconds. */
type Span = typeof anySpan extends fc.Arbitrary<infer T> ? T : never;

function requestOf(spans: readonly Span[]): string {
  return JSON.stringify({
    resourceSpans: spans.map((span, i) => ({
      resource: { attributes: [text('service.name', span.service), ...span.resource] },
      scopeSpans: [
        {
          scope: { name: span.scope },
          spans: [
            {
              traceId: String(span.trace).padStart(32, '0'),
              spanId: (i + 1).toString(16).padStart(16, '0'),
              name: span.name,
              kind: span.kind,
              startTimeUnixNano: String(span.start),
              endTimeUnixNano: String(span.start + span.length),
              attributes: span.attributes,
              events: [{ timeUnixNano: '1', name: 'boom', attributes: span.event }],
              links: [{ traceId: 'f'.repeat(32), spanId: 'f'.repeat(16), attributes: span.link }],
              status: { code: span.status },
            },
          ],
        },
      ],
    })),
  });
}

const KINDS = ['', 'internal', 'server', 'client', 'producer', 'consumer'];

/** Every text under a key that a search may mean. */
function textsOf({ record, stream, kind, status }: SpanRow, key: string): string[] {
  const names = key === 'otel.library.name' ? [key, 'otel.scope.name'] : [key];
  const fields = [record, ...record.events, ...record.links].flatMap((part) => part.fields);
  const texts = fields.filter((field) => names.includes(field.key)).map(({ value }) => value);
  texts.push(...names.map((name) => stream.get(name)).filter((value) => value !== ''));
  if (key === 'span.kind') texts.push(KINDS[kind]);
  if (key === 'otel.status_code') texts.push(['UNSET', 'OK', 'ERROR'][status]);
  if (key === 'event') texts.push(...record.events.map(({ name }) => name));
  return texts;
}

function hasTag(row: SpanRow, key: string, value: string): boolean {
  const texts = textsOf(row, key);
  if (key === 'error') {
    return (row.status === 2 || texts.includes('true')) === (value === 'true');
  }
  const isPattern = value === '.*' || value.includes('\\');
  return texts.some((one) => one === value || (isPattern && new RegExp(`^${value}$`).test(one)));
}

function naive(rows: readonly SpanRow[], search: SpanSearch): string[] {
  const traces = Map.groupBy(rows, ({ record }) => record.traceId);
  const found = [...traces].filter(([, spans]) =>
    spans.some((row) => {
      const duration = row.endLo - row.startLo;
      return (
        (search.service === '' || row.stream.get('service.name') === search.service) &&
        (search.operation === '' || row.record.name === search.operation) &&
        row.startLo >= search.from.lo &&
        row.startLo <= search.to.lo &&
        duration >= search.minDuration &&
        duration <= search.maxDuration &&
        search.tags.every(([key, value]) => hasTag(row, key, value))
      );
    }),
  );
  const first = (spans: readonly SpanRow[]): number =>
    Math.min(...spans.map(({ startLo }) => startLo));
  found.sort(([a, of], [b, other]) => first(other) - first(of) || (a < b ? -1 : 1));
  return found.map(([traceId]) => traceId).slice(0, search.limit);
}

test('the search against a scan', () => {
  fc.assert(
    fc.property(fc.array(anySpan, { maxLength: 8 }), anySearch, (spans, { from, to, ...rest }) => {
      const rows = rowsOfJson(requestOf(spans));
      assert.equal(rows.length, spans.length);
      const search: SpanSearch = { ...rest, from: { lo: from, hi: 0 }, to: { lo: to, hi: 0 } };
      const found = [...findTraces(search, memoryRecords(rows), budget)];
      assert.deepEqual(
        found.map(({ set, trace }) => set.traceId(trace)),
        naive(rows, search),
      );
    }),
    { numRuns: 1000 },
  );
});
