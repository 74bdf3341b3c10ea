/** Traces of a real store, in files and head, against the same spans in memory. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type EmbeddedStore,
  embeddedDefaults,
  loadReader,
  openEmbeddedStore,
  type RecordQuerier,
} from '@sightline/store';
import {
  type FieldWriter,
  hashBytes,
  labelsFromPairs,
  readSpan,
  SpanBatch,
  taggedSeed,
  timeOfMs,
} from '@sightline/wire';
import fc from 'fast-check';
import { freeBudget } from '../promql/testing/memory-querier.ts';
import { queryMetrics } from './metrics.ts';
import { parseTraceql } from './parse.ts';
import { type TraceRow, traceOfRows } from './record-trace.ts';
import { searchTraces } from './search.ts';
import type { TraceSource, TraceSpans } from './source.ts';
import { StoreTraceSource, traceOfStore } from './store-source.ts';
import { compareText, valueText } from './value.ts';

const NOON = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 43_200_000;
const seed = taggedSeed('test');
const encoder = new TextEncoder();

type FieldTest = readonly [name: string, value: string | number | bigint | boolean | string[]];

interface Span {
  service: number;
  trace: number;
  id: number;
  parent: number;
  name: string;
  /** Milliseconds behind NOON. */
  at: number;
  ms: number;
  kind: number;
  status: number;
  fields: readonly FieldTest[];
  events: readonly (readonly FieldTest[])[];
  links: readonly (readonly FieldTest[])[];
}

/** Resources; one has an attribute under the name of a span's. */
const RESOURCES = [
  ['host.name', 'h1', 'service.name', 'shop'],
  ['host.name', 'h2', 'service.name', 'shop'],
  ['service.name', 'cart', 'user', 'of the resource'],
];

const field = fc.constantFrom<FieldTest>(
  ['user', 'u1'],
  ['user', 'u2'],
  ['user', 5n],
  ['code', 200n],
  ['code', 500n],
  ['code', 500.5],
  ['big', 2n ** 60n],
  ['ok', true],
  ['ok', 'true'],
  ['tags', ['x', 'u1']],
  ['user', ['u1', 'u"2']],
  ['otel.status_description', 'gone'],
  ['otel.scope.name', 'http'],
  ['otel.scope.version', '1.2'],
);
const fields = fc.array(field, { maxLength: 4 });

const DURATIONS = [0, 1, 150, 3000];

const parts = fc.record({
  service: fc.nat(2),
  trace: fc.integer({ min: 1, max: 15 }),
  id: fc.integer({ min: 1, max: 9 }),
  parent: fc.nat(10),
  name: fc.constantFrom('GET /', 'SELECT', 'é', ''),
  kind: fc.nat(5),
  status: fc.constantFrom(0, 0, 1, 2),
  fields,
  events: fc.array(fields, { maxLength: 2 }),
  links: fc.array(fields, { maxLength: 1 }),
});

/** Spans with equal ids have equal times: whether a trace is in a range does not depend on which of them counts. */
const span: fc.Arbitrary<Span> = parts.map((each) => ({
  ...each,
  at: ((each.trace * 17 + each.id * 29) % 51) * 900,
  ms: DURATIONS[(each.trace + each.id) % DURATIONS.length],
}));

function putFields(writer: FieldWriter, list: readonly FieldTest[]): void {
  const start = writer.begin();
  for (const [name, value] of list) {
    const key = encoder.encode(name);
    if (typeof value === 'string') writer.text(name, value);
    else if (typeof value === 'boolean') writer.bool(key, 0, key.length, value);
    else if (typeof value === 'bigint') {
      writer.int(key, 0, key.length, Number(value & 0xffffffffn), Number(value >> 32n));
    } else if (typeof value === 'number') {
      const bits = new Uint32Array(Float64Array.of(value).buffer);
      writer.double(key, 0, key.length, bits[0], bits[1]);
    } else writer.json(key, 0, key.length, JSON.stringify(value));
  }
  writer.end(start);
}

function putHex(writer: FieldWriter, text: string): void {
  for (const byte of Buffer.from(text, 'hex')) writer.byte(byte);
}

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');

function batchOf(spans: readonly Span[], streamOf: (service: number) => number): SpanBatch {
  const batch = new SpanBatch();
  const { writer } = batch;
  for (const { trace, id, parent, name, at, ms, service, ...rest } of spans) {
    const from = batch.sideLength;
    putHex(writer, hex(trace, 32) + hex(id, 16) + hex(parent, 16));
    writer.prefixedText(name);
    putFields(writer, rest.fields);
    writer.varint(rest.events.length);
    for (const [i, event] of rest.events.entries()) {
      const { lo, hi } = timeOfMs(NOON + at, i * 5);
      writer.fixed64(lo, hi);
      writer.prefixedText(`event ${i}`);
      putFields(writer, event);
    }
    writer.varint(rest.links.length);
    for (const link of rest.links) {
      putHex(writer, hex(77, 32) + hex(7, 16));
      putFields(writer, link);
    }
    const row = batch.push(streamOf(service), from);
    const start = timeOfMs(NOON + at);
    const end = timeOfMs(NOON + at + ms);
    batch.startLo[row] = start.lo;
    batch.startHi[row] = start.hi;
    batch.endLo[row] = end.lo;
    batch.endHi[row] = end.hi;
    batch.kind[row] = rest.kind;
    batch.status[row] = rest.status;
  }
  return batch;
}

/** All traces of the spans, of which the last with the same ids counts. */
function memorySource(spans: readonly Span[]): TraceSource {
  const batch = batchOf(spans, (service) => service);
  const traces = new Map<number, TraceRow[]>();
  for (const [i, { trace, service }] of spans.entries()) {
    const { side, at, length, startLo, startHi, endLo, endHi, kind, status } = batch;
    const row = {
      record: readSpan(side, at[i], length[i]),
      startLo: startLo[i],
      startHi: startHi[i],
      endLo: endLo[i],
      endHi: endHi[i],
      kind: kind[i],
      status: status[i],
      resource: RESOURCES[service],
    };
    const rows = traces.get(trace);
    if (rows === undefined) traces.set(trace, [row]);
    else rows.push(row);
  }
  const startOf = (rows: readonly Span[]): number => Math.min(...rows.map(({ at }) => at));
  return {
    traces: ({ startMs, endMs }) => {
      const inRange = [...traces].filter(([trace]) =>
        spans.some(
          (each) =>
            each.trace === trace && NOON + each.at <= endMs && NOON + each.at + each.ms >= startMs,
        ),
      );
      const ofTrace = (trace: number): Span[] => spans.filter((each) => each.trace === trace);
      return inRange
        .sort(([a], [b]) => startOf(ofTrace(b)) - startOf(ofTrace(a)) || a - b)
        .map(([, rows]) => traceOfRows(rows));
    },
  };
}

const QUERIES = [
  '{}',
  '{status=error}',
  '{status=error && name="SELECT"}',
  '{name="é" || kind=server}',
  '{resource.service.name="shop" && duration>100ms}',
  '{resource.service.name=~"c.*"}',
  '{resource.user != nil}',
  '{name=~"GET.*|S.*" && status=error}',
  '{name!="SELECT" && name!="é"}',
  '{(name="SELECT" || name="é") && kind=client}',
  '{resource.service.name="cart" || resource.host.name="h2" && status=error}',
  '{name="SELECT" || resource.host.name="h2"}',
  '{name=nil || name=""}',
  '{.user="of the resource"}',
  '{span.user="u1"}',
  '{span.user=5}',
  '{span.user="u\\"2"}',
  '{.tags="x"}',
  '{span.code>=500}',
  '{span.code=500}',
  '{span.code=500.5}',
  '{span.big=1152921504606846976}',
  '{span.ok}',
  '{span.ok=true && span.code!=200}',
  '{event.user="u2"}',
  '{event.code=500}',
  '{link.user="u1"}',
  '{event:name="event 1"} | select(event:timeSinceStart)',
  '{link:spanID="7"}',
  '{statusMessage="gone"}',
  '{instrumentation:name="http" && instrumentation:version="1.2"}',
  '{parent=nil} >> {status=error}',
  '{name="GET /"} && {name="SELECT"} | count() > 1',
  '{duration<150ms} | by(resource.service.name) | select(span.user, .code)',
  '{trace:id="5"}',
  '{rootServiceName="cart"}',
  '{} | select(span:parentID, nestedSetLeft)',
];
const METRICS = [
  '{} | rate() by (resource.service.name)',
  '{status=error} | count_over_time() by (name, span.user)',
  '{span.code>0} | quantile_over_time(duration, .5, .9) by (kind)',
  '{} | sum_over_time(span.code)',
  '{} | compare({status=error})',
  '{parent=nil} | {status=error || kind=server} | rate() by (resource.host.name, .user)',
  '{.user="u1" && duration<3s} | max_over_time(duration) by (status)',
  '{event:name="event 1"} | count_over_time() by (event.code, span:id)',
  '{span.code=500} | min_over_time(span.code) by (statusMessage)',
  '{resource.service.name="shop"} | {name!="SELECT"} | histogram_over_time(duration)',
  '{name="SELECT"} | rate() by (rootName)',
  '{traceDuration>1s} | rate()',
  '{resource.host.name!="h2"} | rate() by (resource.user, resource.host.name)',
  '{resource.service.name="cart"} | count_over_time()',
];

/** Rows of a trace may come in any order, and series of equal values under one name. */
function answers(source: TraceSource): string[] {
  const all = { startMs: NOON, endMs: NOON + 60_000 };
  const some = { startMs: NOON + 5000, endMs: NOON + 30_000 };
  const shown = [...QUERIES, '{}'].map((text, i) => {
    const query = parseTraceql(text);
    assert.ok(query.kind === 'spans');
    // Of a part the store wants a span that is in it and satisfies the conditions at once.
    const options = { ...(i < QUERIES.length ? all : some), limit: 8, spansPerSpanset: 100 };
    const matches = searchTraces(query, source, options);
    for (const { spansets } of matches) {
      for (const { spans } of spansets) spans.sort((a, b) => compareText(a.spanId, b.spanId));
    }
    return `${text} ${JSON.stringify(matches)}`;
  });
  const metrics = METRICS.map((text, i) => {
    // Ends of intervals that are counted beforehand, and times between them.
    const stepMs = i % 3 === 2 ? 4500 : 5000;
    const result = queryMetrics(parseTraceql(text), source, { ...all, stepMs });
    const series = result.series.map(({ labels, values }) => JSON.stringify([labels, [...values]]));
    return `${text} ${series.sort().join()}`;
  });
  return [...shown, ...metrics];
}

/** All that is known of a trace, with rows in the order of their ids. */
function everything(trace: TraceSpans): unknown {
  const order = Array.from({ length: trace.n }, (_, row) => row).sort((a, b) =>
    compareText(trace.spanId(a), trace.spanId(b)),
  );
  return {
    id: trace.traceId,
    spans: order.map((row) => ({
      id: trace.spanId(row),
      parent: trace.parentId(row),
      link: trace.parent[row] < 0 ? trace.parent[row] : trace.spanId(trace.parent[row]),
      kind: trace.kind[row],
      status: trace.status[row],
      duration: trace.durationNs[row],
      attributes: trace.attributes().map(({ scope, name }) => {
        const column = trace.attribute(scope, name);
        const value = column === null ? null : column.values[column.codes[row]];
        return [scope, name, value?.type, value === null ? '' : valueText(value)];
      }),
    })),
  };
}

async function withStore(
  use: (
    append: (spans: readonly Span[]) => Promise<void>,
    store: EmbeddedStore,
    read: <T>(run: (querier: RecordQuerier) => T) => T,
  ) => Promise<void>,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'sightline-traceql-'));
  const store = await openEmbeddedStore({
    ...embeddedDefaults,
    dir,
    log: (level, message) => assert.equal(level, 'info', message),
    onFatal: (error) => assert.fail(error),
  });
  const reader = await loadReader(store.readerHandle(), { cacheBytes: 1 << 20, openFiles: 2 });
  const resolver = store.resolver('one');
  const streamOf = (service: number): number => {
    const labels = labelsFromPairs(RESOURCES[service]);
    hashBytes(labels, 0, labels.length, seed);
    return resolver.lookup() || resolver.register(labels, labels.length);
  };
  const append = async (spans: readonly Span[]): Promise<void> => {
    await store.appendSpans('one', batchOf(spans, streamOf), null);
  };
  const read = <T>(run: (querier: RecordQuerier) => T): T => {
    const snapshot = store.snapshot('one');
    assert.ok(snapshot !== null);
    const querier = reader.records(snapshot, freeBudget);
    try {
      return run(querier);
    } finally {
      querier.close();
      store.release(snapshot);
    }
  };
  try {
    await use(append, store, read);
  } finally {
    reader.close();
    await store.close();
    rmSync(dir, { recursive: true });
  }
}

test('a store answers as its spans in memory do, in files, in the head and in both', async () => {
  const spans = fc.array(span, { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.array(spans, { minLength: 1, maxLength: 3 }), async (parts) => {
      await withStore(async (append, store, read) => {
        for (const [i, part] of parts.entries()) {
          if (i > 0) await store.flushNow();
          // The last of equal spans counts also where they come at once.
          const last = new Map(part.map((each) => [`${each.trace} ${each.id}`, each]));
          await append([...last.values()]);
        }
        const memory = memorySource(parts.flat());
        const check = (): void =>
          read((querier) => {
            const source = new StoreTraceSource(querier, freeBudget);
            assert.deepEqual(answers(source), answers(memory));
            const range = { startMs: NOON, endMs: NOON + 60_000, hint: { kind: 'true' as const } };
            const wanted = [...memory.traces(range)].map(everything);
            assert.deepEqual([...source.traces(range)].map(everything), wanted);
            const one = traceOfStore(querier, hex(5, 32), freeBudget);
            const same = [...memory.traces(range)].find(({ traceId }) => traceId === hex(5, 32));
            assert.deepEqual(one && everything(one), same ? everything(same) : null);
          });
        check();
        await store.flushNow();
        check();
      });
    }),
    { numRuns: 12 },
  );
});
