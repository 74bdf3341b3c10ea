import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type EmbeddedReader,
  type EmbeddedStore,
  embeddedDefaults,
  Labels,
  loadReader,
  openEmbeddedStore,
  type RecordQuerier,
} from '@sightline/store';
import {
  compareTimes,
  hashBytes,
  isFoundLevel,
  LogBatch,
  labelsFromPairs,
  taggedSeed,
  tellsLevel,
  timeOfMs,
} from '@sightline/wire';
import fc from 'fast-check';
import { labelsText } from '../promql/label-index.ts';
import { freeBudget } from '../promql/testing/memory-querier.ts';
import { detectedFields } from './detected-fields.ts';
import { labelNames, labelValues, logSeries, logStats, logVolume } from './log-info.ts';
import { parseLogql } from './parse.ts';
import { recordMetadata } from './record-metadata.ts';
import type { LogSource } from './source.ts';
import { StoreLogSource } from './store-source.ts';
import { StreamNames } from './stream-names.ts';
import { type MemoryEntry, MemorySource } from './testing/memory-source.ts';
import { engine } from './testing/run-query.ts';

const NOON = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 43_200_000;
const seed = taggedSeed('test');

interface Entry {
  stream: Readonly<Record<string, string>>;
  /** Milliseconds behind NOON, and nanoseconds. */
  ms: number;
  ns: number;
  body: string;
  severity: number;
  traceId: string;
  fields: readonly (readonly [string, string])[];
}

const STREAMS = [
  { app: 'a', level: 'warn' },
  { app: 'a', pod: 'p1' },
  { 'service.name': 'shop', 'host.name': 'h1' },
  { 'service.name': 'shop', 'host.name': 'h2', 'user.id': 'of the resource' },
  { 'service.name': 'cart', 'k8s.pod.name': 'p1' },
];
const TRACE = '0123456789abcdef0123456789abcdef';

const entry: fc.Arbitrary<Entry> = fc
  .record({
    stream: fc.constantFrom(...STREAMS),
    ms: fc.integer({ min: 0, max: 60_000 }),
    ns: fc.constantFrom(0, 1, 999_999),
    body: fc.constantFrom(
      'an error: timeout',
      'level=error msg="no way" n=5',
      '{"level":"debug","n":7}',
      'info: all is well',
      'plain',
    ),
    severity: fc.constantFrom(0, 0, 5, 9, 17, 21, 32, 36, 37, 38),
    traceId: fc.constantFrom('', TRACE),
    fields: fc.array(
      fc.tuple(
        fc.constantFrom('user.id', 'n', 'level', 'detected_level', 'app', 'host.name'),
        fc.constantFrom('5', 'WARN', 'h1', 'x'),
      ),
      { maxLength: 3 },
    ),
  })
  // Intake looks for a level in the body of records whose fields tell none.
  .map((each) =>
    each.fields.some(([name]) => tellsLevel(name)) && isFoundLevel(each.severity)
      ? { ...each, severity: 0 }
      : each,
  );

function batchOf(store: EmbeddedStore, tenant: string, entries: readonly Entry[]): LogBatch {
  const batch = new LogBatch();
  const resolver = store.resolver(tenant);
  for (const { stream, ms, ns, body, severity, traceId, fields } of entries) {
    const labels = labelsFromPairs(Labels.of(stream).toPairs());
    hashBytes(labels, 0, labels.length, seed);
    const handle = resolver.lookup() || resolver.register(labels, labels.length);
    const at = batch.sideLength;
    const { writer } = batch;
    writer.byte(traceId === '' ? 0 : 1);
    for (const byte of Buffer.from(traceId, 'hex')) writer.byte(byte);
    writer.prefixedText(body);
    for (const [name, value] of fields) writer.text(name, value);
    const { lo, hi } = timeOfMs(NOON + ms, ns);
    batch.push(handle, lo, hi, severity, at);
  }
  return batch;
}

/** What a source should show. */
function memoryEntries(entries: readonly Entry[]): MemoryEntry[] {
  const names = new StreamNames();
  const once = new Map(entries.map((each) => [JSON.stringify(each), each]));
  return [...once.values()].map((each) => {
    const shown = names.of(Labels.of(each.stream));
    const record = { ...each, spanId: '', fields: each.fields.flat() };
    return {
      stream: shown.labels,
      time: timeOfMs(NOON + each.ms, each.ns),
      line: each.body,
      metadata: recordMetadata(record, shown),
    };
  });
}

const LOG_QUERIES = [
  '{app="a"}',
  '{service_name=~".+"} |= "error"',
  '{app=~"a|b"} != "error" |~ "in|la"',
  `{service_name=~".+"} | trace_id="${TRACE}"`,
  '{service_name=~".+"} | user_id="5"',
  '{service_name=~".+"} | detected_level="error"',
  '{app=~".+"} | detected_level=~"warn|fatal" | n != ""',
  '{app="a"} | level="warn"',
  '{app="a"} | app="a" | pod="p1"',
  '{service_name="shop"} | host_name="h1"',
  '{service_name="shop"} | logfmt | level="error" | drop user_id',
  '{app="a"} | json | line_format "{{.n}}" | n="7"',
];
const METRIC_QUERIES = [
  'sum by (detected_level) (count_over_time({app=~"a|b"}[10s]))',
  'sum by (detected_level, service_name) (count_over_time({service_name=~".+"} |= "error" [10s]))',
  'sum(count_over_time({app="a"} | detected_level="warn" [10s]))',
  'sum by (service_name) (rate({service_name=~".+"}[20s]))',
  'sum by (user_id) (count_over_time({service_name=~".+"}[10s]))',
  'sum by (pod) (bytes_over_time({app="a"}[10s]))',
  'count_over_time({service_name="cart"} |~ "e.r" [7s])',
  'sum(sum_over_time({app="a"} | logfmt | unwrap n | __error__="" [10s]))',
  'sum(count_over_time({app="a"} |= `` [10s] offset 3s))',
];

function answers(source: LogSource, step: number): string[] {
  const shown: string[] = [];
  for (const query of LOG_QUERIES) {
    for (const direction of ['forward', 'backward'] as const) {
      const expr = parseLogql(query);
      assert.ok(expr.kind === 'log');
      const range = { start: timeOfMs(NOON + 5000), end: timeOfMs(NOON + 50_000, 1) };
      const all = { ...range, direction, limit: 1000 };
      const streams = engine.logs(expr, all, source, freeBudget);
      shown.push(`${query} ${direction}`);
      for (const { stream, structuredMetadata, parsed, tHi, tLo, lines } of streams) {
        const sign = direction === 'forward' ? 1 : -1;
        for (let i = 1; i < tHi.length; i++) {
          const [before, now] = [i - 1, i].map((k) => ({ hi: tHi[k] ?? 0, lo: tLo[k] ?? 0 }));
          assert.ok(before !== undefined && now !== undefined);
          assert.ok(compareTimes(before, now) * sign <= 0);
        }
        const texts = lines.map((line, i) => `${tHi[i]} ${tLo[i]} ${line}`).sort();
        shown.push(JSON.stringify([stream, structuredMetadata, parsed, texts]));
      }
    }
  }
  for (const query of METRIC_QUERIES) {
    const expr = parseLogql(query);
    assert.ok(expr.kind !== 'log');
    const result = engine.range(expr, NOON, NOON + 60_000, step, source, freeBudget);
    assert.ok(result.type === 'matrix');
    shown.push(query);
    const series = result.series.map(({ labels, t, v }) => `${labelsText(labels)} ${t} ${v}`);
    shown.push(...series.sort());
  }
  return shown;
}

interface Opened {
  store: EmbeddedStore;
  /** Runs with a querier of a tenant. */
  read<T>(tenant: string, use: (querier: RecordQuerier) => T): T;
}

async function withStore(use: (opened: Opened) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'sightline-logql-'));
  const store = await openEmbeddedStore({
    ...embeddedDefaults,
    dir,
    log: (level, message) => assert.equal(level, 'info', message),
    onFatal: (error) => assert.fail(error),
  });
  const options = { cacheBytes: 1 << 20, openFiles: 2 };
  const reader: EmbeddedReader = await loadReader(store.readerHandle(), options);
  const read: Opened['read'] = (tenant, run) => {
    const snapshot = store.snapshot(tenant);
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
    await use({ store, read });
  } finally {
    reader.close();
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

test('a store answers as lines in memory do', async () => {
  let run = 0;
  await withStore(async ({ store, read }) => {
    const part = fc.record({
      entries: fc.array(entry, { minLength: 1, maxLength: 40 }),
      flushes: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(5000, 10_000, 7000, 3000, 9973),
        async (parts, step) => {
          const tenant = `t${run++}`;
          for (const { entries, flushes } of parts) {
            await store.appendLogs(tenant, batchOf(store, tenant, entries), null);
            if (flushes) await store.flushNow();
          }
          const all = parts.flatMap(({ entries }) => entries);
          const want = answers(new MemorySource(memoryEntries(all)), step);
          const got = read(tenant, (querier) => answers(new StoreLogSource(querier), step));
          assert.deepEqual(got, want);
        },
      ),
      { numRuns: 25, interruptAfterTimeLimit: 20_000 },
    );
  });
});

test('labels, series, fields and volumes of a store', async () => {
  await withStore(async ({ store, read }) => {
    const entries = STREAMS.flatMap((stream, k) =>
      Array.from({ length: 10 }, (_, i) => ({
        stream,
        ms: i * 1000,
        ns: k,
        body: `level=info n=${i} took=${i}ms`,
        severity: k === 0 ? 17 : 0,
        traceId: '',
        fields: [['user.id', `u${i % 3}`] as const],
      })),
    );
    await store.appendLogs('one', batchOf(store, 'one', entries.slice(0, 30)), null);
    await store.flushNow();
    await store.appendLogs('one', batchOf(store, 'one', entries.slice(30)), null);
    const start = timeOfMs(NOON);
    const end = timeOfMs(NOON + 10_000);
    const of = (name: string, value: string) => [{ name, op: '=' as const, value }];
    read('one', (querier) => {
      assert.deepEqual(labelNames(querier, start, end, []), [
        'app',
        'k8s_pod_name',
        'level',
        'pod',
        'service_name',
      ]);
      assert.deepEqual(labelNames(querier, start, end, of('app', 'a')), ['app', 'level', 'pod']);
      assert.deepEqual(labelValues(querier, 'service_name', start, end, []), ['cart', 'shop']);
      const series = logSeries(querier, { start, end }, [
        of('app', 'a'),
        of('service_name', 'shop'),
      ]);
      assert.deepEqual(series.map(labelsText), [
        '{app="a", level="warn"}',
        '{app="a", pod="p1"}',
        '{service_name="shop"}',
      ]);
      const stats = logStats(querier, { start, end }, of('service_name', 'shop'), freeBudget);
      assert.deepEqual(stats, { streams: 1, chunks: 1, entries: 20, bytes: 20 * 23 });
      const volume = (aggregateBy: 'series' | 'labels', stepMs: number): unknown =>
        logVolume(querier, {
          start,
          end,
          matchers: of('app', 'a'),
          targetLabels: ['app', 'pod'],
          aggregateBy,
          stepMs,
          budget: freeBudget,
        }).map(({ pairs, bytes }) => [pairs.join('='), ...bytes]);
      assert.deepEqual(volume('series', 5000), [
        ['app=a', 115, 115],
        ['app=a=pod=p1', 115, 115],
      ]);
      assert.deepEqual(volume('labels', 0), [
        ['app=', 460],
        ['pod=', 230],
      ]);
      const expr = parseLogql('{service_name="shop"} | user_id="u1"');
      assert.ok(expr.kind === 'log');
      const options = { start, end, lineLimit: 100, limit: 2 };
      const fields = detectedFields(querier, expr, { ...options, limit: 10 }, freeBudget);
      assert.deepEqual(
        fields.map(({ label, type, cardinality, parsers }) =>
          [label, type, cardinality, ...parsers].join(' '),
        ),
        [
          'detected_level string 1',
          'host_name string 2',
          'level string 1 logfmt',
          'n int 3 logfmt',
          'took duration 3 logfmt',
          'user_id string 1',
        ],
      );
      const [, host] = detectedFields(querier, expr, options, freeBudget);
      assert.deepEqual(host?.values, ['h2', 'h1']);
    });
  });
});

test('records are counted once, however their level is found', async () => {
  await withStore(async ({ store, read }) => {
    const entries = Array.from({ length: 100 }, (_, i) => ({
      stream: STREAMS[1] ?? {},
      ms: i + 1,
      ns: 0,
      body: `level=info n=${i}`,
      severity: [0, 9, 35][i % 3] ?? 0,
      traceId: '',
      fields: [],
    }));
    await store.appendLogs('one', batchOf(store, 'one', entries), null);
    await store.flushNow();
    let lines = 0;
    const budget = { ...freeBudget, addSamples: (count: number) => (lines += count) };
    const expr = parseLogql('sum by (detected_level) (count_over_time({app="a"}[10s]))');
    assert.ok(expr.kind !== 'log');
    const result = read('one', (querier) =>
      engine.range(expr, NOON + 10_000, NOON + 10_000, 10_000, new StoreLogSource(querier), budget),
    );
    assert.ok(result.type === 'matrix');
    const series = result.series.map(({ labels, v }) => `${labelsText(labels)} ${v}`);
    assert.deepEqual(series, ['{detected_level="info"} 100']);
    assert.equal(lines, 100);
  });
});
