/** Spans that came in by OTLP go out as OTLP (protobuf, JSON) and come in again the same; Jaeger's JSON tells of all they have. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpanRow } from '@sightline/store';
import type { SpanField } from '@sightline/wire';
import fc from 'fast-check';
import { memorySpanSet } from '../testing/memory-span-set.ts';
import { rowsOfJson, rowsOfProtobuf } from '../testing/memory-traces.ts';
import { groupSpanSet } from './group-spans.ts';
import { writeJaegerTrace } from './jaeger-json.ts';
import { writeResourceSpans } from './otlp-json.ts';
import { traceProtobuf } from './otlp-protobuf.ts';
import { TextPieces } from './text-pieces.ts';

const budget = { addSamples: () => {}, addBytes: () => {}, poll: () => {} };

const name = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('a', 'event', 'ü"\\\n', '__proto__', 'toString', 'valueOf', 'toJSON'),
);
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const scalar = fc.oneof(
  name.map((stringValue) => ({ stringValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  int64.map((value) => ({ intValue: String(value) })),
  fc.double().map((value) => ({
    doubleValue: Number.isFinite(value) ? value : String(value),
  })),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => ({
    bytesValue: Buffer.from(bytes).toString('base64'),
  })),
);
/** In lists and maps, numbers keep their type only where JSON tells it. */
const listed = fc.oneof(
  name.map((stringValue) => ({ stringValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  int64.map((value) => ({ intValue: String(value) })),
);
const anyValue = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(listed, { maxLength: 4 }).map((values) => ({ arrayValue: { values } })),
  fc
    .uniqueArray(fc.record({ key: name, value: listed }), {
      maxLength: 3,
      selector: ({ key }) => key,
    })
    .map((values) => ({ kvlistValue: { values } })),
);
const attributes = fc.uniqueArray(
  fc.record({
    key: name.filter((key) => key !== ''),
    value: anyValue,
  }),
  { maxLength: 6, selector: ({ key }) => key },
);
const hex = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((bytes) => Buffer.from(bytes).toString('hex'))
    .filter((text) => /[^0]/.test(text));
const time = fc.bigInt({ min: 1n, max: 2n ** 62n });

const anySpan = fc
  .record({
    spanId: hex(8),
    parentSpanId: fc.oneof(fc.constant(''), hex(8)),
    traceState: fc.constantFrom('', 'a=b'),
    name,
    kind: fc.integer({ min: 0, max: 5 }),
    start: time,
    length: fc.bigInt({ min: 0n, max: 2n ** 50n }),
    attributes,
    droppedAttributesCount: fc.nat(3),
    events: fc.array(
      fc.record({
        timeUnixNano: time.map(String),
        name,
        attributes,
        droppedAttributesCount: fc.nat(1),
      }),
      { maxLength: 3 },
    ),
    droppedEventsCount: fc.nat(2),
    links: fc.array(
      fc.record({
        traceId: hex(16),
        spanId: hex(8),
        traceState: fc.constantFrom('', 'x=y'),
        attributes,
      }),
      { maxLength: 3 },
    ),
    status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: name }),
  })
  .map(({ start, length, ...span }) => ({
    ...span,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + length),
  }));

const anyRequest = fc
  .record({
    traceId: hex(16),
    resources: fc.array(
      fc.record({
        resource: fc.record({ attributes }),
        scopeSpans: fc.array(
          fc.record({
            scope: fc.record({ name, version: name, attributes }),
            spans: fc.array(anySpan, { minLength: 1, maxLength: 3 }),
          }),
          { maxLength: 2 },
        ),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ traceId, resources }) =>
    JSON.stringify({
      resourceSpans: resources.map(({ resource, scopeSpans }) => ({
        resource,
        scopeSpans: scopeSpans.map(({ scope, spans }) => ({
          scope,
          spans: spans.map((span) => ({ ...span, traceId })),
        })),
      })),
    }),
  );

/** One span for each id, in the order of ids, with fields in the order of keys: a scope's attributes come back as the span's. */
function shown(rows: readonly SpanRow[]) {
  const distinct = new Map(rows.map((row) => [row.record.spanId, row]));
  return [...distinct.values()]
    .sort((a, b) => (a.record.spanId < b.record.spanId ? -1 : 1))
    .map(({ record, stream, ...rest }) => ({
      ...rest,
      ...record,
      resource: stream.toObject(),
      fields: sorted(record.fields),
      events: record.events.map((event) => ({ ...event, fields: sorted(event.fields) })),
      links: record.links.map((link) => ({ ...link, fields: sorted(link.fields) })),
    }));
}

function sorted(fields: readonly SpanField[]): SpanField[] {
  return [...fields].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function grouped(rows: readonly SpanRow[]) {
  return groupSpanSet(memorySpanSet(rows), Uint32Array.from(rows.keys()), budget);
}

function written(write: (into: TextPieces) => void): string {
  const into = new TextPieces(budget);
  write(into);
  return Buffer.concat(into.finish()).toString('utf8');
}

test('OTLP in, protobuf out, OTLP in', () => {
  fc.assert(
    fc.property(anyRequest, (request) => {
      const rows = rowsOfJson(request);
      assert.deepEqual(shown(rowsOfProtobuf(traceProtobuf(grouped(rows), budget))), shown(rows));
    }),
  );
});

test('OTLP in, JSON out, OTLP in', () => {
  fc.assert(
    fc.property(anyRequest, (request) => {
      const rows = rowsOfJson(request);
      const spans = written((into) => writeResourceSpans(grouped(rows), 'otlp', into, true));
      assert.deepEqual(shown(rowsOfJson(`{"resourceSpans":[${spans}]}`)), shown(rows));
    }),
  );
});

test("Jaeger's JSON has every span, its parent, its links and its attributes", () => {
  fc.assert(
    fc.property(anyRequest, (request) => {
      const rows = rowsOfJson(request);
      const json = written((into) => writeJaegerTrace('aa', rows, into));
      const trace: JaegerTrace = JSON.parse(json);
      assert.equal(trace.spans.length, rows.length);
      for (const [i, row] of rows.entries()) checkSpan(trace, i, row);
    }),
  );
});

interface JaegerTag {
  key: string;
  value: unknown;
}
interface JaegerTrace {
  spans: {
    spanID: string;
    operationName: string;
    startTime: number;
    duration: number;
    processID: string;
    references: { refType: string; spanID: string }[];
    tags: JaegerTag[];
    logs: { fields: JaegerTag[] }[];
  }[];
  processes: Record<string, { serviceName: string; tags: JaegerTag[] }>;
}

function checkSpan({ spans, processes }: JaegerTrace, i: number, row: SpanRow): void {
  const span = spans[i];
  const { record } = row;
  const start = (BigInt(row.startHi) << 32n) | BigInt(row.startLo);
  const end = (BigInt(row.endHi) << 32n) | BigInt(row.endLo);
  assert.equal(span.spanID, record.spanId);
  assert.equal(span.operationName, record.name);
  assert.equal(BigInt(span.startTime), start / 1000n);
  assert.equal(BigInt(span.duration), (end - start) / 1000n);
  assert.equal(processes[span.processID].serviceName, row.stream.get('service.name'));
  assert.equal(processes[span.processID].tags.length, row.stream.size - 1);
  const parents = record.parentId === '' ? [] : [record.parentId];
  assert.deepEqual(
    span.references.map(({ spanID }) => spanID),
    [...parents, ...record.links.map(({ spanId }) => spanId)],
  );
  const tags = new Set(span.tags.map(({ key }) => key));
  for (const { key } of record.fields) assert.ok(tags.has(key), key);
  assert.equal(
    tags.has('error'),
    row.status === 2 || record.fields.some(({ key }) => key === 'error'),
  );
  assert.equal(span.logs.length, record.events.length);
}
