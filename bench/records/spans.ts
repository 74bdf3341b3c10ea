/**
 * The spans of the bench: made up, the same in every run but for the time of their beginning.
 *
 * Model: traces of ten spans over ten services within one hour; a span's parent is a span before it in its trace; one trace in fifty has a
 * span in error; four to six attributes a span, one of them unique. Requests carry spans in the order in which they end, so that a trace
 * is spread over a few requests.
 */
import type { Attributes, Resource, Time } from './otlp.ts';
import { clickHouseTime, OtlpWriter, textMap } from './otlp.ts';
import { Random } from './random.ts';

export const SPANS_PER_TRACE = 10;
const SPAN_MS = 3_600_000;

export interface Span {
  traceId: string;
  spanId: string;
  parentId: string;
  name: string;
  resource: Resource;
  /** 2 server, 3 client. */
  kind: number;
  start: Time;
  durationUs: number;
  isError: boolean;
  attributes: Attributes;
}

const SERVICES = [
  'gateway',
  'checkout',
  'cart',
  'catalog',
  'payments',
  'users',
  'stock',
  'prices',
  'mail',
  'search',
];
const OPERATIONS = ['GET /api/orders', 'POST /api/orders', 'SELECT orders', 'cache.get', 'publish'];

const resources: readonly Resource[] = SERVICES.map((service, i) => ({
  service,
  attributes: [
    ['service.version', `1.${i}.0`],
    ['deployment.environment', 'production'],
    ['host.name', `node-${i % 4}`],
  ],
}));

/** Whole traces, oldest first. */
export function* makeTraces(count: number, startMs: number): Generator<Span[]> {
  const random = new Random(7);
  for (let trace = 0; trace < count; trace++) {
    const beganMs = startMs + Math.floor((trace / count) * SPAN_MS);
    const traceId = random.hex(32);
    const hasError = random.below(50) === 0;
    const spans: Span[] = [];
    let offsetUs = 0;
    for (let i = 0; i < SPANS_PER_TRACE; i++) {
      const parent = i === 0 ? undefined : random.pick(spans);
      const resource = random.pick(resources);
      offsetUs += random.below(2000);
      spans.push({
        traceId,
        spanId: random.hex(16),
        parentId: parent?.spanId ?? '',
        name: random.pick(OPERATIONS),
        resource: parent === undefined ? (resources[0] ?? resource) : resource,
        kind: i % 2 === 0 ? 2 : 3,
        start: { ms: beganMs + Math.floor(offsetUs / 1000), ns: (offsetUs % 1000) * 1000 },
        durationUs: 200 + random.below(60_000),
        isError: hasError && i === SPANS_PER_TRACE - 1,
        attributes: attributesOf(random),
      });
    }
    yield spans;
  }
}

function attributesOf(random: Random): Attributes {
  return [
    ['http.request.method', random.pick(['GET', 'POST'])],
    ['http.response.status_code', random.pick([200, 200, 200, 404, 500])],
    ['user.id', `user-${random.below(50_000)}`],
    ['server.address', `10.0.${random.below(8)}.${random.below(256)}`],
    ['request.id', random.hex(24)],
  ];
}

/** An ExportTraceServiceRequest with these spans. */
export function encodeSpans(spans: readonly Span[]): Uint8Array {
  const out = new OtlpWriter();
  for (const [resource, own] of Map.groupBy(spans, (span) => span.resource)) {
    out.message(1, () => {
      out.resource(1, resource);
      out.message(2, () => {
        out.message(1, () => out.text(1, 'http-instrumentation'));
        for (const span of own) out.message(2, () => writeSpan(out, span));
      });
    });
  }
  return out.finish();
}

function writeSpan(out: OtlpWriter, span: Span): void {
  out.hex(1, span.traceId);
  out.hex(2, span.spanId);
  out.hex(4, span.parentId);
  out.text(5, span.name);
  out.tag(6, 0);
  out.varint(span.kind);
  out.time(7, span.start);
  out.time(8, endOf(span));
  out.attributes(9, span.attributes);
  if (span.isError) {
    out.message(15, () => {
      out.text(2, 'upstream failed');
      out.tag(3, 0);
      out.varint(2);
    });
  }
}

function endOf({ start, durationUs }: Span): Time {
  const ns = start.ns + durationUs * 1000;
  return { ms: start.ms + Math.floor(ns / 1e6), ns: ns % 1e6 };
}

/** JSONEachRow lines for SPANS_SCHEMA. */
export function encodeSpanRows(spans: readonly Span[]): Uint8Array {
  const lines = spans.map((span) =>
    JSON.stringify({
      Timestamp: clickHouseTime(span.start),
      TraceId: span.traceId,
      SpanId: span.spanId,
      ParentSpanId: span.parentId,
      SpanName: span.name,
      SpanKind: span.kind === 2 ? 'Server' : 'Client',
      ServiceName: span.resource.service,
      ResourceAttributes: textMap([
        ['service.name', span.resource.service],
        ...span.resource.attributes,
      ]),
      ScopeName: 'http-instrumentation',
      SpanAttributes: textMap(span.attributes),
      Duration: span.durationUs * 1000,
      StatusCode: span.isError ? 'Error' : 'Unset',
      StatusMessage: span.isError ? 'upstream failed' : '',
    }),
  );
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** The tables of the OpenTelemetry Collector's ClickHouse exporter (internal/sqltemplates/traces_*.sql). */
export const SPANS_SCHEMA: readonly string[] = [
  'CREATE DATABASE IF NOT EXISTS otel',
  `CREATE TABLE otel.traces (
    Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_span_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_span_attr_value mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_duration Duration TYPE minmax GRANULARITY 1
  ) ENGINE = MergeTree
  PARTITION BY toDate(Timestamp)
  ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))
  SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`,
  `CREATE TABLE otel.traces_trace_id_ts (
    TraceId String CODEC(ZSTD(1)),
    Start DateTime CODEC(Delta, ZSTD(1)),
    End DateTime CODEC(Delta, ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
  ) ENGINE = MergeTree PARTITION BY toDate(Start) ORDER BY (TraceId, Start)`,
  `CREATE MATERIALIZED VIEW otel.traces_trace_id_ts_mv TO otel.traces_trace_id_ts AS
    SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End FROM otel.traces
    WHERE TraceId != '' GROUP BY TraceId`,
];
