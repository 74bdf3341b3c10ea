import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  appendHistogram,
  type Histogram,
  hashBytes,
  labelsFromPairs,
  MetricBatch,
  STALE_HI,
  STALE_LO,
  taggedSeed,
} from '@sightline/wire';
import fc from 'fast-check';
import { Labels } from '../../labels.ts';
import type { Matcher } from '../../matcher.ts';
import { type Querier, type QueryBudget, SampleBuffer } from '../../querier.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../embedded-store.ts';
import { embeddedDefaults } from '../options.ts';
import { CanonicalFilter, compileMatchers } from './matchers.ts';
import { EmbeddedReader } from './reader.ts';

const DAY_MS = 86_400_000;
const NOON = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2 - DAY_MS;
const seed = taggedSeed('test');

const noBudget: QueryBudget = { addSamples: () => {}, addBytes: () => {}, poll: () => {} };

function histogramOf(count: number): Histogram {
  return {
    schema: 0,
    resetHint: 0,
    zeroThreshold: 0,
    zeroCount: count,
    count,
    sum: count * 2,
    positiveSpans: [],
    negativeSpans: [],
    positiveBuckets: [],
    negativeBuckets: [],
    customValues: [],
  };
}

/** A value as the test writes it: a number, a stale marker, or a histogram of that count. */
type Value = number | 'stale' | { count: number };

interface Point {
  labels: Readonly<Record<string, string>>;
  t: number;
  value: Value;
  st: number;
}

async function append(
  store: EmbeddedStore,
  tenant: string,
  points: readonly Point[],
): Promise<void> {
  const batch = new MetricBatch();
  const resolver = store.resolver(tenant);
  for (const { labels, t, value, st } of points) {
    const bytes = labelsFromPairs(Object.entries(labels).flat());
    hashBytes(bytes, 0, bytes.length, seed);
    const row = batch.row();
    batch.series[row] = resolver.lookup() || resolver.register(bytes, bytes.length);
    assert.ok(batch.series[row] > 0, resolver.refusal);
    batch.t[row] = t;
    batch.st[row] = st;
    if (st !== 0) batch.hasStart = true;
    batch.kind[row] = 0;
    if (typeof value === 'object') appendHistogram(batch, row, histogramOf(value.count));
    else {
      const words = new Uint32Array(Float64Array.of(value === 'stale' ? 0 : value).buffer);
      batch.lo[row] = value === 'stale' ? STALE_LO : words[0];
      batch.hi[row] = value === 'stale' ? STALE_HI : words[1];
    }
  }
  await store.append(tenant, batch, null);
}

/** What a store must answer: by series and time the last point. */
class Model {
  readonly #series = new Map<string, Map<number, Point>>();

  add(points: readonly Point[]): void {
    for (const point of points) {
      const { key } = Labels.of(point.labels);
      const series = this.#series.get(key) ?? new Map<number, Point>();
      series.set(point.t, point);
      this.#series.set(key, series);
    }
  }

  copy(): Model {
    const copy = new Model();
    for (const points of this.#series.values()) copy.add([...points.values()]);
    return copy;
  }

  assertSame(querier: Querier, matchers: readonly Matcher[], minT: number, maxT: number): void {
    const set = querier.select(matchers, minT, maxT);
    const filter = new CanonicalFilter(compileMatchers(matchers));
    const want = new Map<string, Point[]>();
    for (const [key, points] of this.#series) {
      const all = [...points.values()].sort((a, b) => a.t - b.t);
      const bytes = labelsFromPairs(Object.entries(all[0].labels).flat());
      const inRange = all.filter(({ t }) => t >= minT && t <= maxT);
      if (inRange.length > 0 && filter.matchesCanonical(bytes, 0, bytes.length))
        want.set(key, inRange);
    }
    const buffer = new SampleBuffer();
    for (let i = 0; i < set.length; i++) {
      set.read(i, buffer);
      if (buffer.n === 0) continue;
      const { key } = set.labels(i);
      assertRows(buffer, want.get(key) ?? []);
      want.delete(key);
    }
    assert.equal(want.size, 0, 'series that were not found');
  }
}

function assertRows(buffer: SampleBuffer, want: readonly Point[]): void {
  assert.deepEqual(
    [...buffer.t.subarray(0, buffer.n)],
    want.map(({ t }) => t),
  );
  want.forEach(({ value, st }, i) => {
    const h = buffer.hasHistograms ? buffer.h[i] : undefined;
    assert.equal(h?.count, typeof value === 'object' ? value.count : undefined);
    if (typeof value === 'number') assert.ok(Object.is(buffer.v[i], value));
    if (value === 'stale') {
      assert.deepEqual([buffer.bits[i * 2], buffer.bits[i * 2 + 1]], [STALE_LO, STALE_HI]);
    }
    assert.equal(buffer.hasStart ? buffer.st[i] : 0, st);
  });
}

async function withStore(
  work: (store: EmbeddedStore, reader: EmbeddedReader) => Promise<void>,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'sightline-read-'));
  try {
    const store = await openEmbeddedStore({
      ...embeddedDefaults,
      dir,
      retention: {
        ...embeddedDefaults.retention,
        metrics: { keepMs: Infinity },
      },
      headRows: 4096,
      maxSeries: 20_000,
      log: (level, message) => assert.ok(level !== 'error', message),
      onFatal: (error) => assert.fail(error),
    });
    const reader = new EmbeddedReader(store.readerHandle(), { cacheBytes: 1 << 16, openFiles: 2 });
    try {
      await work(store, reader);
    } finally {
      reader.close();
      await store.close();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function query<T>(
  store: EmbeddedStore,
  reader: EmbeddedReader,
  tenant: string,
  work: (querier: Querier) => T,
): T {
  const snapshot = store.snapshot(tenant, true);
  assert.ok(snapshot !== null);
  const querier = reader.open(snapshot, noBudget);
  try {
    return work(querier);
  } finally {
    querier.close();
    store.release(snapshot);
  }
}

const labels = fc.record({
  __name__: fc.constantFrom('up', 'cpu', 'mem'),
  instance: fc.constantFrom('a', 'b', 'c', ''),
});
const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: fc.integer() },
  { weight: 2, arbitrary: fc.double({ noNaN: true }) },
  { weight: 1, arbitrary: fc.constant<Value>('stale') },
  { weight: 2, arbitrary: fc.record({ count: fc.nat({ max: 100 }) }) },
);
const point: fc.Arbitrary<Point> = fc.record({
  labels,
  t: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 30 }).map((step) => NOON + step * 1000) },
    { weight: 2, arbitrary: fc.integer({ min: -40, max: 0 }).map((days) => NOON + days * DAY_MS) },
    { weight: 1, arbitrary: fc.integer({ min: -3, max: 3 }).map((ms) => NOON + DAY_MS / 2 + ms) },
  ),
  value,
  st: fc.constantFrom(0, 0, 0, NOON - 5000, NOON - 9000),
});
/** Sealing replaces the files of days that are over and merges the parts of the others. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.array(point, { minLength: 1, maxLength: 40 }) },
  { weight: 3, arbitrary: fc.constant<'flush'>('flush') },
  { weight: 1, arbitrary: fc.constant<'seal'>('seal') },
);
const selectors: Matcher[][] = [
  [],
  [{ name: '__name__', op: '=', value: 'up' }],
  [{ name: '__name__', op: '=~', value: 'up|mem' }],
  [{ name: 'instance', op: '!=', value: 'a' }],
  [
    { name: '__name__', op: '=', value: 'cpu' },
    { name: 'instance', op: '=~', value: 'a.*|c' },
  ],
];

test('answers as a map of the last points would', async () => {
  await withStore(async (store, reader) => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const tenant = `t${run++}`;
        const model = new Model();
        for (const each of steps) {
          if (each === 'flush') await store.flushNow();
          else if (each === 'seal') void store.maintain(NOON + 3 * DAY_MS);
          else {
            model.add(each);
            await append(store, tenant, each);
          }
          if (!store.tenants().includes(tenant)) continue;
          query(store, reader, tenant, (querier) => {
            for (const matchers of selectors) {
              model.assertSame(querier, matchers, -Infinity, Infinity);
              model.assertSame(querier, matchers, NOON + 3000, NOON + 20_000);
            }
          });
        }
      }),
      { numRuns: 30 },
    );
  });
});

test('queriers that overlap with flushes and seals each see their snapshot', async () => {
  await withStore(async (store, reader) => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
        const tenant = `t${run++}`;
        const open: (() => void)[] = [];
        const model = new Model();
        for (const each of [[first], ...steps]) {
          if (each === 'flush') await store.flushNow();
          else if (each === 'seal') void store.maintain(NOON + 3 * DAY_MS);
          else {
            model.add(each);
            await append(store, tenant, each);
          }
          if (open.length > 1) open.shift()?.();
          open.push(openNow(store, reader, tenant, model));
        }
        for (const finish of open) finish();
      }),
      { numRuns: 20 },
    );
  });
});

const first: Point = { labels: { __name__: 'up' }, t: NOON, value: 1, st: 0 };

/** Opens a querier and selects; the returned function reads, compares with the model as of now, and closes. */
function openNow(
  store: EmbeddedStore,
  reader: EmbeddedReader,
  tenant: string,
  model: Model,
): () => void {
  const snapshot = store.snapshot(tenant);
  assert.ok(snapshot !== null);
  const querier = reader.open(snapshot, noBudget);
  querier.select([], -Infinity, Infinity);
  const then = model.copy();
  return () => {
    then.assertSame(querier, [], -Infinity, Infinity);
    querier.close();
    store.release(snapshot);
  };
}

test('lists label names and values, of files and of the head', async () => {
  await withStore(async (store, reader) => {
    const at = (labels: Record<string, string>): Point => ({ labels, t: NOON, value: 1, st: 0 });
    await append(store, 'one', [
      at({ __name__: 'up', job: 'a' }),
      at({ __name__: 'up', job: 'b' }),
    ]);
    await store.flushNow();
    await append(store, 'one', [at({ __name__: 'down', zone: 'z', job: 'é' })]);
    await append(store, 'two', [at({ __name__: 'other', secret: 's' })]);
    query(store, reader, 'one', (querier) => {
      const all = [-Infinity, Infinity] as const;
      assert.deepEqual(querier.labelNames([], ...all), ['__name__', 'job', 'zone']);
      assert.deepEqual(querier.labelValues('job', [], ...all), ['a', 'b', 'é']);
      const up: Matcher[] = [{ name: '__name__', op: '=', value: 'up' }];
      const zone: Matcher[] = [{ name: 'zone', op: '=~', value: '.+' }];
      assert.deepEqual(querier.labelNames([up], ...all), ['__name__', 'job']);
      assert.deepEqual(querier.labelValues('job', [up], ...all), ['a', 'b']);
      assert.deepEqual(querier.labelValues('job', [up, zone], ...all), ['a', 'b', 'é']);
      assert.deepEqual(querier.labelValues('none', [], ...all), []);
    });
  });
});

test('metadata and exemplars come from files and from the head', async () => {
  await withStore(async (store, reader) => {
    const give = async (name: string, t: number): Promise<void> => {
      const batch = new MetricBatch();
      const bytes = labelsFromPairs(['__name__', name]);
      hashBytes(bytes, 0, bytes.length, seed);
      const resolver = store.resolver('one');
      const series = resolver.lookup() || resolver.register(bytes, bytes.length);
      const row = batch.row();
      batch.series[row] = series;
      batch.t[row] = t;
      batch.kind[row] = 0;
      batch.metadata.push({ name, type: 'counter', help: `help of ${name}`, unit: '' });
      batch.exemplars.push({ series, labels: ['trace_id', `t-${t}`], value: 0.5, t });
      await store.append('one', batch, null);
    };
    await give('a', NOON);
    await store.flushNow();
    await give('b', NOON + 1);
    query(store, reader, 'one', (querier) => {
      assert.deepEqual(
        querier
          .metadata()
          .map(({ name }) => name)
          .sort(),
        ['a', 'b'],
      );
      const matchers: Matcher[][] = [[{ name: '__name__', op: '=~', value: 'a|b' }]];
      const found = querier.exemplars(matchers, NOON, NOON + 10);
      assert.deepEqual(
        found.map(({ series, exemplars }) => [
          series.metricName,
          exemplars.map(({ t, value, labels }) => [t, value, labels.get('trace_id')]),
        ]),
        [
          ['a', [[NOON, 0.5, `t-${NOON}`]]],
          ['b', [[NOON + 1, 0.5, `t-${NOON + 1}`]]],
        ],
      );
      assert.deepEqual(
        querier.exemplars([[{ name: '__name__', op: '=', value: 'c' }]], 0, Infinity),
        [],
      );
    });
  });
});

test('a budget stops a query', async () => {
  await withStore(async (store, reader) => {
    await append(store, 'one', [{ labels: { __name__: 'up' }, t: NOON, value: 1, st: 0 }]);
    const snapshot = store.snapshot('one');
    assert.ok(snapshot !== null);
    const stop = (): never => {
      throw new RangeError('stop');
    };
    const querier = reader.open(snapshot, { ...noBudget, poll: stop });
    assert.throws(() => {
      const set = querier.select([], 0, Infinity);
      set.read(0, new SampleBuffer());
    }, /stop/);
    querier.close();
    store.release(snapshot);
  });
});
