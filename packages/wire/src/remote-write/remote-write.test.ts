import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestResolver, WIDE_LIMITS } from '../exposition/test-resolver.ts';
import { KIND_FLOAT, KIND_HISTOGRAM, MetricBatch, STALE_HI, STALE_LO } from '../model/batch.ts';
import type { Histogram } from '../model/histogram.ts';
import { readHistogram } from '../model/histogram-record.ts';
import type { DecodeLimits } from '../model/resolver.ts';
import {
  encodeWriteRequestV1,
  encodeWriteRequestV2,
  type WriteMetadata,
  type WriteSeries,
} from './encode.ts';
import type { WriteCounts } from './points.ts';
import { decodeRemoteWriteV1 } from './v1.ts';
import { decodeRemoteWriteV2 } from './v2.ts';

/** What both versions can carry is tested with both. */
interface Version {
  name: string;
  encode(series: readonly WriteSeries[], metadata?: readonly WriteMetadata[]): Uint8Array;
  decode: typeof decodeRemoteWriteV1;
}

const VERSIONS: Version[] = [
  { name: '1.0', encode: encodeWriteRequestV1, decode: decodeRemoteWriteV1 },
  { name: '2.0', encode: encodeWriteRequestV2, decode: decodeRemoteWriteV2 },
];

interface Decoded {
  batch: MetricBatch;
  counts: WriteCounts;
  resolver: TestResolver;
  /** `series time value` by row. */
  rows: string[];
}

function decode(
  version: Version,
  series: readonly WriteSeries[],
  limits: Partial<DecodeLimits> = {},
  resolver = new TestResolver(),
): Decoded {
  const batch = new MetricBatch(1);
  const body = version.encode(series);
  const counts = version.decode(body, resolver, { ...WIDE_LIMITS, ...limits }, batch);
  return { batch, counts, resolver, rows: rowsOf(batch, resolver) };
}

function rowsOf(batch: MetricBatch, resolver: TestResolver): string[] {
  const rows: string[] = [];
  const value = new Float64Array(1);
  const words = new Uint32Array(value.buffer);
  for (let i = 0; i < batch.n; i++) {
    words[0] = batch.lo[i] ?? 0;
    words[1] = batch.hi[i] ?? 0;
    const text = batch.kind[i] === KIND_FLOAT ? `${value[0]}` : 'histogram';
    rows.push(`${resolver.text(batch.series[i] ?? 0)} ${batch.t[i]} ${text}`);
  }
  return rows;
}

const up = ['__name__', 'up', 'job', 'a'];
const T = 1_760_000_000_123;

for (const version of VERSIONS) {
  const it = (name: string, run: () => void) => test(`${version.name}: ${name}`, run);

  it('samples of several series arrive with their times and values', () => {
    const { rows, counts, batch } = decode(version, [
      {
        labels: up,
        samples: [
          { t: T, value: 1 },
          { t: T + 15_000, value: 0 },
        ],
      },
      { labels: ['zone', 'x', '__name__', 'b'], samples: [{ t: 5, value: -2.5 }] },
    ]);
    assert.deepEqual(rows, [
      `up{job="a"} ${T} 1`,
      `up{job="a"} ${T + 15_000} 0`,
      'b{zone="x"} 5 -2.5',
    ]);
    assert.deepEqual(counts, { samples: 3, histograms: 0, exemplars: 0 });
    assert.equal(batch.rejectedItems, 0);
  });

  it('times from before 1970 to after 2500 are read', () => {
    for (const t of [
      -1,
      0,
      1,
      -62_135_596_800_000,
      2 ** 35 - 1,
      2 ** 35,
      2 ** 42 - 1,
      2 ** 42,
      2 ** 50,
    ]) {
      assert.deepEqual(decode(version, [{ labels: up, samples: [{ t, value: 3 }] }]).rows, [
        `up{job="a"} ${t} 3`,
      ]);
    }
  });

  it('the stale marker, infinities and -0 keep their bits', () => {
    const { batch } = decode(version, [
      {
        labels: up,
        samples: [
          { t: T, value: 'stale' },
          { t: T + 1, value: Number.POSITIVE_INFINITY },
          { t: T + 2, value: -0 },
        ],
      },
    ]);
    assert.deepEqual([...batch.lo.subarray(0, 3)], [STALE_LO, 0, 0]);
    assert.deepEqual([...batch.hi.subarray(0, 3)], [STALE_HI, 0x7ff00000, 0x80000000]);
  });

  it('the same labels in another order are the same series, and known forms build nothing', () => {
    const resolver = new TestResolver();
    const series = (labels: string[]) => [{ labels, samples: [{ t: T, value: 1 }] }];
    decode(version, series(['__name__', 'm', 'a', '1', 'b', '2']), {}, resolver);
    decode(version, series(['b', '2', 'a', '1', '__name__', 'm']), {}, resolver);
    decode(version, series(['b', '2', 'a', '1', 'c', '', '__name__', 'm']), {}, resolver);
    assert.equal(resolver.series.length, 2);
    resolver.register = () => assert.fail('a known form was built again');
    decode(version, series(['b', '2', 'a', '1', '__name__', 'm']), {}, resolver);
  });

  it('bad series are refused one by one, the others are stored', () => {
    const sample = { samples: [{ t: T, value: 1 }] };
    const { rows, batch } = decode(
      version,
      [
        { labels: [], ...sample },
        { labels: up, ...sample },
        { labels: ['__name__', 'm', 'a', '1', 'a', '2'], ...sample },
        {
          labels: ['__name__', 'm', '', '2'],
          samples: [
            { t: T, value: 1 },
            { t: T + 1, value: 1 },
          ],
        },
        { labels: ['__name__', 'm', 'value', 'x'.repeat(30)], ...sample },
        { labels: ['a', '1', 'b', '1', 'c', '1', 'd', '1'], ...sample },
        { labels: ['only', 'empty', 'label', ''], ...sample },
        { labels: ['label', ''], ...sample },
      ],
      { maxLabelValueBytes: 29, maxLabels: 3 },
    );
    assert.deepEqual(rows, [`up{job="a"} ${T} 1`, `{only="empty"} ${T} 1`]);
    assert.deepEqual(Object.fromEntries(batch.rejected), {
      invalid_labels: 4,
      duplicate_label: 1,
      label_limit: 2,
    });
    assert.match(
      batch.explanations.get('duplicate_label') ?? '',
      /^series m\{a="1",a="2"\}: label "a" occurs twice/,
    );
  });

  it('samples too far ahead or too old are refused one by one', () => {
    const { rows, batch, counts } = decode(
      version,
      [
        {
          labels: up,
          samples: [
            { t: 999, value: 1 },
            { t: 1000, value: 2 },
            { t: 2000, value: 3 },
            { t: 2001, value: 4 },
            { t: 1500, value: 5 },
            { t: 9e15, value: 6 },
          ],
        },
      ],
      { minTime: 1000, maxTime: 2000 },
    );
    assert.deepEqual(rows, ['up{job="a"} 1000 2', 'up{job="a"} 2000 3', 'up{job="a"} 1500 5']);
    assert.deepEqual(Object.fromEntries(batch.rejected), { too_far_in_future: 2, too_old: 1 });
    assert.deepEqual(batch.rejections, [
      'up{job="a"}: 1970-01-01T00:00:02.001Z is too far in the future',
      'up{job="a"}: 1970-01-01T00:00:00.999Z is older than the retention',
    ]);
    assert.equal(counts.samples, 3);
  });

  it('series past the limit of the store are refused', () => {
    const resolver = new TestResolver();
    resolver.maxSeries = 1;
    const { rows, batch } = decode(
      version,
      ['a', 'b', 'a'].map((name) => ({
        labels: ['__name__', name],
        samples: [{ t: T, value: 1 }],
      })),
      {},
      resolver,
    );
    assert.deepEqual(rows, [`a ${T} 1`, `a ${T} 1`]);
    assert.deepEqual(batch.rejections, ['series b: too many series']);
  });

  it('a request with too many points is refused whole', () => {
    const samples = [1, 2, 3].map((t) => ({ t, value: t }));
    assert.throws(() => decode(version, [{ labels: up, samples }], { maxPoints: 2 }), {
      name: 'RequestLimitError',
    });
  });

  it('integer and float histograms arrive with absolute buckets', () => {
    for (const integer of [true, false]) {
      const histogram: Histogram = {
        schema: 2,
        resetHint: 3,
        zeroThreshold: 0.5,
        zeroCount: 2,
        count: 13,
        sum: 7.25,
        positiveSpans: [
          { offset: -4, length: 2 },
          { offset: 3, length: 1 },
        ],
        negativeSpans: [{ offset: 2, length: 1 }],
        positiveBuckets: [5, 1, 3],
        negativeBuckets: [2],
        customValues: [],
      };
      const { batch, counts } = decode(version, [
        { labels: up, histograms: [{ t: T, histogram, integer }] },
      ]);
      assert.deepEqual(counts, { samples: 0, histograms: 1, exemplars: 0 });
      assert.equal(batch.kind[0], KIND_HISTOGRAM);
      assert.equal(batch.t[0], T);
      assert.deepEqual(readHistogram(batch.side, batch.lo[0] ?? 0, batch.hi[0] ?? 0), histogram);
    }
  });

  it('histograms with custom buckets, finer schemas and stale ones are taken, bad ones refused', () => {
    const base: Histogram = {
      schema: 0,
      resetHint: 0,
      zeroThreshold: 0,
      zeroCount: 0,
      count: 3,
      sum: 3,
      positiveSpans: [{ offset: 0, length: 2 }],
      negativeSpans: [],
      positiveBuckets: [1, 2],
      negativeBuckets: [],
      customValues: [],
    };
    const stale = new Float64Array(Uint32Array.of(STALE_LO, STALE_HI).buffer)[0] ?? 0;
    const empty = { count: 0, positiveSpans: [], positiveBuckets: [] };
    const { batch, counts } = decode(version, [
      {
        labels: up,
        histograms: [
          { t: 1, histogram: { ...base, schema: -53, customValues: [1, 2.5] }, integer: true },
          { t: 2, histogram: { ...base, schema: 9 }, integer: true },
          { t: 3, histogram: { ...base, ...empty, sum: stale }, integer: true },
          { t: 4, histogram: { ...base, count: 4 }, integer: true },
          { t: 5, histogram: { ...base, positiveBuckets: [1] } },
        ],
      },
    ]);
    assert.equal(counts.histograms, 3);
    const read = (row: number) => readHistogram(batch.side, batch.lo[row] ?? 0, batch.hi[row] ?? 0);
    assert.deepEqual(read(0).customValues, [1, 2.5]);
    assert.equal(read(1).schema, 8);
    assert.deepEqual(read(1).positiveBuckets, [1, 2]);
    const view = new DataView(batch.side.buffer, batch.lo[2]);
    assert.equal(view.getUint32(48, true), STALE_LO);
    assert.equal(view.getUint32(52, true), STALE_HI);
    assert.deepEqual(Object.fromEntries(batch.rejected), { invalid_value: 2 });
    assert.match(batch.rejections[0] ?? '', /^up\{job="a"\}: invalid histogram: 3 observations/);
  });

  it('exemplars arrive, bad ones are dropped without a word', () => {
    const exemplar = (labels: string[], t = T) => ({ labels, value: 0.25, t });
    const { batch, counts } = decode(
      version,
      [
        {
          labels: up,
          samples: [{ t: T, value: 1 }],
          exemplars: [
            exemplar(['trace_id', 'abc', 'ключ', 'значение']),
            exemplar(['trace_id', 'x'.repeat(121)]),
            exemplar(['trace_id', 'x'.repeat(600)]),
            exemplar(['trace_id', 'x'], T + 700_000),
            exemplar([]),
          ],
        },
      ],
      { maxTime: T + 600_000 },
    );
    assert.deepEqual(batch.exemplars, [
      { series: 1, labels: ['trace_id', 'abc', 'ключ', 'значение'], value: 0.25, t: T },
      { series: 1, labels: [], value: 0.25, t: T },
    ]);
    assert.equal(counts.exemplars, 2);
    assert.equal(batch.rejectedItems, 0);
  });

  it('every truncation is a DecodeError or a shorter request', () => {
    const body = version.encode([
      {
        labels: up,
        samples: [
          { t: T, value: 1 },
          { t: -5, value: 2 },
        ],
        exemplars: [{ labels: ['trace_id', 'x'], value: 1, t: T }],
        metadata: { type: 'counter', help: 'h', unit: 'u' },
      },
      { labels: ['__name__', 'm'.repeat(200)], samples: [{ t: T, value: 1 }] },
    ]);
    let shorter = 0;
    for (let end = 0; end < body.length; end++) {
      try {
        version.decode(body.slice(0, end), new TestResolver(), WIDE_LIMITS, new MetricBatch());
        shorter++;
      } catch (error) {
        assert.ok(error instanceof Error && error.name === 'DecodeError', String(error));
      }
    }
    // Whole messages at the top level end where a request may end: series, and in 2.0 symbols too.
    assert.ok(shorter <= 12, `${shorter} truncations were taken`);
  });
}
