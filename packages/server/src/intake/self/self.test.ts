import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { InstrumentSet, type InstrumentSource } from '@sightline/agent/sources';
import { ExpositionParser, ExpositionSource, MetricBatch } from '@sightline/wire';
import fastify from 'fastify';
import { registerMetrics } from '../../http/metrics.ts';
import { Intake } from '../intake.ts';
import { MemoryStore } from '../test-store.ts';
import { metricsPage } from './docs.ts';
import { SelfMonitor } from './monitor.ts';
import { SelfRecorder } from './recorder.ts';

class FixedSource implements InstrumentSource {
  readonly id = 'fixed';
  readonly name = 'fixed';
  readonly priority = 'low';
  readonly intervalMs = 1000;
  readonly set = new InstrumentSet();
  readonly instruments = this.set.instruments;
  enabled = true;
  collect = () => this.set.present();
  refresh(): void {}
  close(): void {}
}

test('docs/metrics.md is what the instruments say', () => {
  const page = readFileSync(new URL('../../../../../docs/metrics.md', import.meta.url), 'utf8');
  assert.equal(
    page,
    metricsPage(),
    'stale: run node --conditions=development packages/server/src/intake/self/write-docs.ts',
  );
});

test('points become series under translated names; vanished ones end', async () => {
  const store = new MemoryStore();
  const recorder = new SelfRecorder(new Intake({ store }), 'host1');
  const source = new FixedSource();
  const io = source.set.counter('system.disk.io', 'By', 'Bytes.', 'system.device');
  const busy = source.set.gauge('loop.utilization', '1', 'Busy.');
  const pause = source.set.histogram('gc.duration', 's', 'Pauses.', [0.01, 1], 'gc.type');
  io.point('sda').set(5);
  io.point('sdb').set(6);
  busy.point().set(0.5);
  pause.observe(pause.point('minor'), 0.005);
  pause.observe(pause.point('minor'), 2);
  await recorder.record([source], 1000);
  source.set.begin();
  io.point('sda').set(7);
  await recorder.record([source], 2000);
  await recorder.record([source], 3000);
  const own = 'instance="host1",job="sightline"';
  assert.deepEqual(
    store.rows.map(({ series, t, value }) => `${series} ${value} @${t}`),
    [
      `system_disk_io_bytes_total{${own},system_device="sda"} 5 @1000`,
      `system_disk_io_bytes_total{${own},system_device="sdb"} 6 @1000`,
      `loop_utilization_ratio{${own}} 0.5 @1000`,
      `gc_duration_seconds_bucket{gc_type="minor",${own},le="0.01"} 1 @1000`,
      `gc_duration_seconds_bucket{gc_type="minor",${own},le="1.0"} 1 @1000`,
      `gc_duration_seconds_bucket{gc_type="minor",${own},le="+Inf"} 2 @1000`,
      `gc_duration_seconds_count{gc_type="minor",${own}} 2 @1000`,
      `gc_duration_seconds_sum{gc_type="minor",${own}} 2.005 @1000`,
      `system_disk_io_bytes_total{${own},system_device="sda"} 7 @2000`,
      `system_disk_io_bytes_total{${own},system_device="sdb"} stale @2000`,
      `loop_utilization_ratio{${own}} stale @2000`,
      ...[
        `bucket{gc_type="minor",${own},le="0.01"} 1`,
        `bucket{gc_type="minor",${own},le="1.0"} 1`,
      ],
      ...[`bucket{gc_type="minor",${own},le="+Inf"} 2`, `count{gc_type="minor",${own}} 2`],
      `sum{gc_type="minor",${own}} 2.005`,
      `system_disk_io_bytes_total{${own},system_device="sda"} 7 @3000`,
      ...[
        `bucket{gc_type="minor",${own},le="0.01"} 1`,
        `bucket{gc_type="minor",${own},le="1.0"} 1`,
      ],
      ...[`bucket{gc_type="minor",${own},le="+Inf"} 2`, `count{gc_type="minor",${own}} 2`],
      `sum{gc_type="minor",${own}} 2.005`,
    ].map((text, i) =>
      /^(bucket|count|sum)/.test(text)
        ? `gc_duration_seconds_${text} @${i < 16 ? 2000 : 3000}`
        : text,
    ),
  );
  assert.deepEqual(
    store.metadata.map(({ name, type, unit }) => `${name} ${type} ${unit}`),
    [
      'system_disk_io_bytes_total counter bytes',
      'loop_utilization_ratio gauge ',
      'gc_duration_seconds histogram seconds',
    ],
  );
});

test('a store that is behind skips collections; one that fails is counted', async () => {
  const store = new MemoryStore();
  const intake = new Intake({ store });
  const recorder = new SelfRecorder(intake, 'h');
  const source = new FixedSource();
  source.set.gauge('g', '', 'G.').point().set(1);
  const first = recorder.record([source], 1);
  await recorder.record([source], 2);
  await first;
  assert.equal(recorder.skipped, 1);
  store.failure = new Error('disk full');
  await recorder.record([source], 3);
  const self = intake.counters.snapshot().protocols.find(({ protocol }) => protocol === 'self');
  assert.equal(self?.failedRequests, 1);
  assert.equal(self?.lastFailure, 'disk full');
  store.failure = undefined;
  await recorder.record([source], 4);
  assert.deepEqual(store.values('g{instance="h",job="sightline"}'), [1, 1]);
});

test('the monitor records the machine within its first second and shows it at /metrics', async () => {
  const store = new MemoryStore();
  const intake = new Intake({ store });
  const monitor = new SelfMonitor({
    intake,
    version: '1.2.3',
    intervalMs: 60_000,
    record: true,
    instance: 'here',
    queries: () => ({
      running: 1,
      queued: 2,
      workers: 3,
      answered: 4,
      refused: 5,
      cancelled: 6,
      timedOut: 7,
      died: 8,
    }),
    scrape: () => ({ up: 1, down: 2, unknown: 3 }),
  });
  monitor.start();
  await new Promise<void>((resolve) => {
    const poll = setInterval(() => {
      if (store.rows.length === 0) return;
      clearInterval(poll);
      resolve();
    }, 5);
  });
  const own = 'instance="here",job="sightline"';
  for (const name of [
    'system_cpu_time_seconds_total',
    'system_cpu_load_average_1m',
    'system_memory_usage_bytes',
    'process_memory_usage_bytes',
    'v8js_memory_heap_used_bytes',
    'v8js_gc_duration_seconds_bucket',
    'nodejs_eventloop_utilization_ratio',
    'sightline_intake_points_total',
    'sightline_head_rows',
    'sightline_journal_bytes',
    'sightline_disk_bytes',
  ]) {
    assert.ok(store.seriesOf(name).length > 0, name);
  }
  assert.deepEqual(store.values(`sightline_queries_running{${own}}`), [1]);
  assert.deepEqual(store.values(`sightline_scrape_targets{health="down",${own}}`), [2]);

  const app = fastify();
  registerMetrics(app, { sources: () => monitor.current() });
  const text = await app.inject({ url: '/metrics' });
  assert.equal(text.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(text.body, /^# TYPE system_cpu_time_seconds_total counter$/m);
  assert.match(text.body, /^sightline_info\{version="1.2.3",node_version="[^"]+"\} 1$/m);
  const accept = 'application/openmetrics-text;version=1.0.0';
  const open = await app.inject({ url: '/metrics', headers: { accept } });
  assert.match(open.body, /^# TYPE system_cpu_time_seconds counter$/m);
  assert.match(open.body, /^# UNIT system_cpu_time_seconds seconds$/m);
  for (const [body, format] of [
    [text.body, 'text'],
    [open.body, 'openmetrics'],
  ] as const) {
    const bytes = new TextEncoder().encode(body);
    const batch = new MetricBatch();
    const options = { format, now: 0, honorTimestamps: true, strict: true } as const;
    new ExpositionParser().parse(
      bytes,
      bytes.length,
      options,
      new ExpositionSource(format, (pairs) => pairs),
      store.resolver('x'),
      intake.decodeLimits(),
      batch,
    );
    assert.ok(batch.n > 100);
  }
  monitor.stop();
  await app.close();
});
