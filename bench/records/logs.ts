/**
 * The log records of the bench: made up, the same in every run but for the time of their beginning.
 *
 * Model: 20 services with three pods each write records of ten kinds over one hour, 8 attributes a record (of which a request id is
 * unique and an address nearly so), a trace id on half of them. One record in the middle has a word that no other has.
 */

import type { Attributes, Resource, Time } from './otlp.ts';
import { clickHouseTime, OtlpWriter, textMap } from './otlp.ts';
import { Random } from './random.ts';

export const NEEDLE = 'quetzalcoatl';
export const NEEDLE_PART = 'etzalcoa';
export const SPAN_MS = 3_600_000;

export interface LogRecord {
  time: Time;
  resource: Resource;
  severity: number;
  level: string;
  body: string;
  attributes: Attributes;
  traceId: string;
  spanId: string;
}

const SERVICES = [
  'checkout',
  'cart',
  'catalog',
  'payments',
  'search',
  'users',
  'mail',
  'stock',
  'prices',
  'gateway',
  'reviews',
  'ads',
  'images',
  'auth',
  'sessions',
  'orders',
  'shipping',
  'invoices',
  'reports',
  'events',
];
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT'];
const ROUTES = ['/api/users', '/api/orders', '/api/cart', '/api/products', '/health'];

const resources: readonly Resource[] = SERVICES.flatMap((service, i) =>
  [0, 1, 2].map((pod) => ({
    service,
    attributes: [
      ['service.version', `2.${i}.1`],
      ['deployment.environment', 'production'],
      ['k8s.pod.name', `${service}-7d9f8b6c5-${pod}`],
    ] as const,
  })),
);

export function* makeLogs(count: number, startMs: number): Generator<LogRecord> {
  const random = new Random(42);
  for (let i = 0; i < count; i++) {
    const at = (i / count) * SPAN_MS;
    const status = random.pick([200, 200, 200, 200, 201, 304, 404, 500]);
    const route = random.pick(ROUTES);
    const traced = random.below(2) === 0;
    const text = bodyOf(random, status, route);
    yield {
      time: { ms: startMs + Math.floor(at), ns: random.below(1_000_000) },
      resource: random.pick(resources),
      severity: status === 500 ? 17 : status === 404 ? 13 : 9,
      level: status === 500 ? 'ERROR' : status === 404 ? 'WARN' : 'INFO',
      body: i === Math.floor(count / 2) ? `${text} ${NEEDLE}` : text,
      attributes: [
        ['http.request.method', random.pick(METHODS)],
        ['http.route', route],
        ['http.response.status_code', status],
        ['duration_ms', random.below(300_000) / 100 + 0.005],
        ['client.address', `10.${random.below(4)}.${random.below(256)}.${random.below(256)}`],
        ['user.id', `user-${random.below(50_000)}`],
        ['thread.name', `worker-${random.below(16)}`],
        ['request.id', `${random.hex(8)}-${random.hex(4)}-${random.hex(4)}-${random.hex(12)}`],
      ],
      traceId: traced ? random.hex(32) : '',
      spanId: traced ? random.hex(16) : '',
    };
  }
}

function bodyOf(random: Random, status: number, route: string): string {
  switch (random.below(5)) {
    case 0:
      return `request completed method=${random.pick(METHODS)} path=${route}/${random.below(100_000)} status=${status} duration=${random.below(3000)}ms bytes=${random.below(90_000)}`;
    case 1:
      return `user ${random.below(50_000)} logged in from 10.${random.below(4)}.${random.below(256)}.${random.below(256)} session ${random.hex(16)}`;
    case 2:
      return `connection to database db-${random.below(8)}.internal:5432 timed out after ${random.below(30_000)} ms, retrying (attempt ${random.below(5)})`;
    case 3:
      return `cache miss for key product:${random.below(200_000)}:v${random.below(9)} in region ${random.pick(['eu-west-1', 'us-east-1'])}`;
    default:
      return `processed order ${random.hex(8)} for customer ${random.below(90_000)}: total ${random.below(100_000) / 100} EUR, ${random.below(12)} items`;
  }
}

/** An ExportLogsServiceRequest with these records. */
export function encodeLogs(records: readonly LogRecord[]): Uint8Array {
  const out = new OtlpWriter();
  for (const [resource, own] of Map.groupBy(records, (record) => record.resource)) {
    out.message(1, () => {
      out.resource(1, resource);
      out.message(2, () => {
        for (const record of own) out.message(2, () => writeRecord(out, record));
      });
    });
  }
  return out.finish();
}

function writeRecord(out: OtlpWriter, record: LogRecord): void {
  out.time(1, record.time);
  out.tag(2, 0);
  out.varint(record.severity);
  out.text(3, record.level);
  out.message(5, () => out.text(1, record.body));
  out.attributes(6, record.attributes);
  out.hex(9, record.traceId);
  out.hex(10, record.spanId);
  out.time(11, record.time);
}

/** JSONEachRow lines for LOGS_SCHEMA. */
export function encodeLogRows(records: readonly LogRecord[]): Uint8Array {
  const lines = records.map((record) => {
    const { service, attributes } = record.resource;
    return JSON.stringify({
      Timestamp: clickHouseTime(record.time),
      TraceId: record.traceId,
      SpanId: record.spanId,
      SeverityText: record.level,
      SeverityNumber: record.severity,
      ServiceName: service,
      Body: record.body,
      ResourceAttributes: textMap([['service.name', service], ...attributes]),
      LogAttributes: textMap(record.attributes),
    });
  });
  return Buffer.from(`${lines.join('\n')}\n`);
}

/**
 * The table of the OpenTelemetry Collector's ClickHouse exporter (internal/sqltemplates/logs_table.sql), ordered and indexed as its
 * makers advise for logs, with a token filter of 32 KB over the body.
 */
export const LOGS_SCHEMA: readonly string[] = [
  'CREATE DATABASE IF NOT EXISTS otel',
  `CREATE TABLE otel.logs (
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimestampTime DateTime DEFAULT toDateTime(Timestamp),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    SeverityText LowCardinality(String) CODEC(ZSTD(1)),
    SeverityNumber UInt8,
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    Body String CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    LogAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_log_attr_key mapKeys(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_log_attr_value mapValues(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_body Body TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 8
  ) ENGINE = MergeTree
  PARTITION BY toDate(TimestampTime)
  PRIMARY KEY (ServiceName, TimestampTime)
  ORDER BY (ServiceName, TimestampTime, Timestamp)
  SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`,
];
