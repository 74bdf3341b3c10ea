/**
 * A real OpenTelemetry Node SDK sends traces, logs and metrics together to the real server, in every encoding of OTLP. What arrives must be
 * what was recorded, tied together: the log record by the ids of its span, the span in the metrics that are computed from it.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
} from '@opentelemetry/sdk-logs';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { type Peer, startSightline } from './harness/peers.ts';
import { freePort, until } from './harness/process.ts';

let server: Peer;
let httpUrl = '';
let grpcUrl = '';

before(async () => {
  const [http, grpc] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  httpUrl = `http://${http}`;
  grpcUrl = `http://${grpc}`;
  const listen = ['--otlp-http', http, '--otlp-grpc', grpc];
  const args = [...listen, '--no-self-enabled', '--traces-metrics-interval-ms', '1s'];
  server = await startSightline({ args });
});
after(() => server.stop());

interface Exporters {
  traces: SpanExporter;
  logs: LogRecordExporter;
  metrics: PushMetricExporter;
}

const encodings: Record<string, () => Exporters> = {
  protobuf: () => ({
    traces: new ProtobufTraces({ url: `${httpUrl}/v1/traces` }),
    logs: new ProtobufLogs({ url: `${httpUrl}/v1/logs` }),
    metrics: new ProtobufMetrics({ url: `${httpUrl}/v1/metrics` }),
  }),
  json: () => ({
    traces: new JsonTraces({ url: `${httpUrl}/v1/traces` }),
    logs: new JsonLogs({ url: `${httpUrl}/v1/logs` }),
    metrics: new JsonMetrics({ url: `${httpUrl}/v1/metrics` }),
  }),
  grpc: () => ({
    traces: new GrpcTraces({ url: grpcUrl }),
    logs: new GrpcLogs({ url: grpcUrl }),
    metrics: new GrpcMetrics({ url: grpcUrl }),
  }),
};

for (const [encoding, exportersOf] of Object.entries(encodings)) {
  for (const compression of ['none', 'gzip']) {
    test(`${encoding}, compression ${compression}`, async () => {
      process.env.OTEL_EXPORTER_OTLP_COMPRESSION = compression;
      const service = `shop-${encoding}-${compression}`;
      const sent = await record(service, exportersOf());
      await checkTrace(service, sent);
      await checkLogs(service, sent);
      assert.equal(await query(`orders_total{job="${service}"}`), '1');
      const calls = `traces_spanmetrics_calls_total{service="${service}",span_name="POST /orders",span_kind="SPAN_KIND_SERVER",status_code="STATUS_CODE_ERROR"}`;
      await until(`${calls} is there`, async () => (await query(calls)) === '1');
      const edge = `traces_service_graph_request_total{client="${service}",server="orders",connection_type="database"}`;
      assert.equal(await query(edge), '1');
    });
  }
}

interface Sent {
  traceId: string;
  rootId: string;
  childId: string;
}

/** A request with a database call that fails, a log record of each, and a count. */
async function record(service: string, exporters: Exporters): Promise<Sent> {
  const resource = resourceFromAttributes({ 'service.name': service, 'host.name': 'here' });
  const tracers = new TracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor({ exporter: exporters.traces })],
  });
  const loggers = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter: exporters.logs })],
  });
  const meters = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: exporters.metrics,
        exportIntervalMillis: 3_600_000,
      }),
    ],
  });
  const tracer = tracers.getTracer('test-tracer', '1.0');
  const logger = loggers.getLogger('test-logger', '2.0');
  const root = tracer.startSpan('POST /orders', {
    kind: SpanKind.SERVER,
    attributes: { 'http.request.method': 'POST', size: 2 ** 40, ratio: 0.5, ok: false },
  });
  const inRoot = trace.setSpan(context.active(), root);
  const child = tracer.startSpan(
    'INSERT orders',
    {
      kind: SpanKind.CLIENT,
      attributes: { 'db.system': 'postgresql', 'db.namespace': 'orders', tags: ['a', 'b'] },
      links: [{ context: { ...root.spanContext(), traceId: 'ab'.repeat(16) } }],
    },
    inRoot,
  );
  child.addEvent('retry', { attempt: 2 });
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'deadlock' });
  logger.emit({
    severityNumber: SeverityNumber.ERROR,
    severityText: 'ERROR',
    body: 'insert failed: deadlock',
    attributes: { 'error.code': '40P01', attempt: 2 },
    context: trace.setSpan(context.active(), child),
  });
  child.end();
  root.setStatus({ code: SpanStatusCode.ERROR });
  logger.emit({ body: { order: 7, items: ['x', 'y'] }, context: inRoot });
  root.end();
  meters.getMeter('test').createCounter('orders').add(1);
  await Promise.all([tracers.shutdown(), loggers.shutdown(), meters.shutdown()]);
  const { traceId, spanId } = root.spanContext();
  return { traceId, rootId: spanId, childId: child.spanContext().spanId };
}

async function get(path: string): Promise<unknown> {
  const answer = await fetch(`${server.url}${path}`);
  const text = await answer.text();
  assert.equal(answer.status, 200, `${path}: ${text}`);
  return JSON.parse(text);
}

/** The value of a query that has one series, '' when it has none. */
async function query(promql: string): Promise<string> {
  const answer = await get(`/api/v1/query?query=${encodeURIComponent(promql)}`);
  return textAt(answer, 'data', 'result', '0', 'value', '1');
}

/** What lies under the keys, as text; '' when there is nothing. */
function textAt(value: unknown, ...keys: string[]): string {
  const found = at(value, ...keys);
  return found === undefined ? '' : String(found);
}

function at(value: unknown, ...keys: string[]): unknown {
  let here = value;
  for (const key of keys) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = new Map<string, unknown>(Object.entries(here)).get(key);
  }
  return here;
}

function listAt(value: unknown, ...keys: string[]): unknown[] {
  const found = at(value, ...keys);
  return Array.isArray(found) ? found : [];
}

async function checkTrace(service: string, sent: Sent): Promise<void> {
  const answer = await get(`/api/traces/${sent.traceId}`);
  const spans = listAt(answer, 'data', '0', 'spans');
  assert.equal(spans.length, 2);
  const of = (id: string) => spans.find((span) => textAt(span, 'spanID') === id);
  const root = of(sent.rootId);
  const child = of(sent.childId);
  const tag = (span: unknown, key: string) =>
    at(
      listAt(span, 'tags').find((one) => textAt(one, 'key') === key),
      'value',
    );
  assert.equal(textAt(root, 'operationName'), 'POST /orders');
  assert.equal(textAt(child, 'operationName'), 'INSERT orders');
  assert.equal(textAt(child, 'references', '0', 'spanID'), sent.rootId);
  const attributes = ['http.request.method', 'size', 'ratio', 'ok'].map((key) => tag(root, key));
  assert.deepEqual(attributes, ['POST', 2 ** 40, 0.5, false]);
  assert.deepEqual([tag(root, 'error'), tag(root, 'span.kind')], [true, 'server']);
  assert.deepEqual([tag(child, 'span.kind'), tag(child, 'tags')], ['client', '["a","b"]']);
  assert.equal(tag(child, 'otel.status_description'), 'deadlock');
  const event = listAt(child, 'logs', '0', 'fields').map((one) => textAt(one, 'value'));
  assert.deepEqual(event.sort(), ['2', 'retry']);
  assert.match(JSON.stringify(at(child, 'references')), /abababab/, 'the link');
  assert.match(JSON.stringify(at(answer, 'data', '0', 'processes')), new RegExp(`"${service}"`));
}

async function checkLogs(service: string, sent: Sent): Promise<void> {
  const selector = encodeURIComponent(`{service_name="${service}"} | trace_id="${sent.traceId}"`);
  const answer = await get(`/loki/api/v1/query_range?direction=forward&query=${selector}`);
  const streams = listAt(answer, 'data', 'result');
  const lines = streams.flatMap((stream) =>
    listAt(stream, 'values').map((one) => textAt(one, '1')),
  );
  assert.deepEqual(lines.sort(), ['insert failed: deadlock', '{"items":["x","y"],"order":7}']);
  const failed = streams.find((one) => /insert failed/.test(JSON.stringify(at(one, 'values'))));
  const labels = at(failed, 'stream');
  assert.equal(textAt(labels, 'service_name'), service);
  assert.equal(textAt(labels, 'span_id'), sent.childId);
  assert.equal(textAt(labels, 'error_code'), '40P01');
  assert.equal(textAt(labels, 'severity_text'), 'ERROR');
  assert.equal(textAt(labels, 'host_name'), 'here');
}

test('nothing of it was refused', async () => {
  const status = await get('/api/v1/status/intake');
  assert.deepEqual(at(status, 'rejections'), []);
  for (const name of ['otlp_http', 'otlp_grpc']) {
    const own = listAt(status, 'protocols').find((one) => textAt(one, 'protocol') === name);
    const times = name === 'otlp_http' ? 4 : 2;
    assert.equal(at(own, 'failed_requests'), 0);
    assert.equal(at(own, 'spans_accepted'), 2 * times);
    assert.equal(at(own, 'records_accepted'), 2 * times);
  }
});
