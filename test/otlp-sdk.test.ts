/**
 * A real OpenTelemetry Node SDK sends to the real server: over HTTP in protobuf and JSON and over gRPC, with and without gzip,
 * cumulative and delta. What arrives must be what was recorded.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { type Peer, startSightline } from './harness/peers.ts';
import { freePort, sleep } from './harness/process.ts';

let server: Peer;
let httpUrl = '';
let grpcUrl = '';

before(async () => {
  const [http, grpc] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  httpUrl = `http://${http}/v1/metrics`;
  grpcUrl = `http://${grpc}`;
  const args = ['--otlp-http', http, '--otlp-grpc', grpc, '--no-self-enabled'];
  server = await startSightline({ args });
});
after(() => server.stop());

interface QueryAnswer {
  status: string;
  data: { result: { value: [number, string] }[] };
}

interface IntakeStatus {
  protocols: { protocol: string; failed_requests: number; points_accepted: number }[];
  rejections: unknown[];
}

/** The value of a query that has one series, as text; '' when it has none. */
async function query(promql: string): Promise<string> {
  const url = `${server.url}/api/v1/query?query=${encodeURIComponent(promql)}`;
  const answer: QueryAnswer = JSON.parse(await (await fetch(url)).text());
  assert.equal(answer.status, 'success', JSON.stringify(answer));
  assert.ok(answer.data.result.length <= 1, `${promql}: ${JSON.stringify(answer.data.result)}`);
  return answer.data.result[0]?.value[1] ?? '';
}

const exporters: Record<string, (temporality: AggregationTemporality) => PushMetricExporter> = {
  protobuf: (temporalityPreference) =>
    new ProtobufExporter({ url: httpUrl, temporalityPreference }),
  json: (temporalityPreference) => new JsonExporter({ url: httpUrl, temporalityPreference }),
  grpc: (temporalityPreference) => new GrpcExporter({ url: grpcUrl, temporalityPreference }),
};
const temporalities = {
  cumulative: AggregationTemporality.CUMULATIVE,
  delta: AggregationTemporality.DELTA,
};

for (const [encoding, exporterOf] of Object.entries(exporters)) {
  for (const [kind, temporality] of Object.entries(temporalities)) {
    for (const compression of ['none', 'gzip']) {
      test(`${encoding}, ${kind}, compression ${compression}`, async () => {
        process.env.OTEL_EXPORTER_OTLP_COMPRESSION = compression;
        await sendAndCompare(`${encoding}-${kind}-${compression}`, exporterOf(temporality));
      });
    }
  }
}

async function sendAndCompare(instance: string, exporter: PushMetricExporter): Promise<void> {
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      'service.name': 'shop',
      'service.namespace': 'demo',
      'service.instance.id': instance,
      'host.name': 'here',
    }),
    readers: [reader],
    views: [
      {
        instrumentName: 'job.size',
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
      },
    ],
  });
  const meter = provider.getMeter('test', '1.0');
  const requests = meter.createCounter('http.server.requests', { unit: '{request}' });
  const open = meter.createUpDownCounter('connections.open');
  const load = meter.createGauge('cpu.load', { unit: '1' });
  const duration = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.1, 0.5, 2.5] },
  });
  const size = meter.createHistogram('job.size', { unit: 'By' });
  const attributes = { 'http.route': '/a', ok: true, code: 200 };
  for (let round = 1; round <= 3; round++) {
    requests.add(2 ** 40 * round, attributes);
    open.add(round === 2 ? -5 : 3);
    load.record(round / 4);
    duration.record(0.3 * round, attributes);
    size.record(1000 * round);
    size.record(0);
    await provider.forceFlush();
    // The SDK's times have the resolution of a millisecond.
    await sleep(5);
  }
  const labels = `instance="${instance}",job="demo/shop"`;
  const point = `${labels},http_route="/a",ok="true",code="200"`;
  const is = async (promql: string, want: number) =>
    assert.equal(Number(await query(promql)), want, promql);
  await is(`http_server_requests_total{${point}}`, 6 * 2 ** 40);
  await is(`connections_open{${labels}}`, 1);
  await is(`cpu_load_ratio{${labels}}`, 0.75);
  const histogram = 'http_server_request_duration_seconds';
  await is(`${histogram}_count{${point}}`, 3);
  await is(`round(${histogram}_sum{${point}}, 0.001)`, 1.8);
  await is(`${histogram}_bucket{${point},le="0.1"}`, 0);
  await is(`${histogram}_bucket{${point},le="0.5"}`, 1);
  await is(`${histogram}_bucket{${point},le="2.5"}`, 3);
  await is(`${histogram}_bucket{${point},le="+Inf"}`, 3);
  await is(`histogram_count(job_size_bytes{${labels}})`, 6);
  await is(`histogram_sum(job_size_bytes{${labels}})`, 6000);
  await is(`target_info{${labels},host_name="here"}`, 1);
  await provider.shutdown();
}

test('nothing of it was refused', async () => {
  const answer = await fetch(`${server.url}/api/v1/status/intake`);
  const { protocols, rejections }: IntakeStatus = JSON.parse(await answer.text());
  assert.deepEqual(rejections, []);
  for (const protocol of ['otlp_http', 'otlp_grpc']) {
    const own = protocols.find((one) => one.protocol === protocol);
    assert.equal(own?.failed_requests, 0);
    assert.ok(own !== undefined && own.points_accepted > 0);
  }
});
