import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KIND_DELTA, KIND_SAME_POINT, MetricBatch } from '../model/batch.ts';
import { DecodeError, RequestLimitError } from '../model/decode-error.ts';
import { OtlpMetricsDecoder } from './decode-metrics.ts';
import { DEFAULT_OTLP_OPTIONS } from './options.ts';
import {
  attribute,
  bytes,
  decode,
  double,
  encode,
  fixed,
  gauge,
  histogram,
  LIMITS,
  message,
  packedDoubles,
  packedFixed,
  RecordingResolver,
  request,
  rowsText,
  startTime,
  sum,
  summary,
  text,
  time,
  varint,
  words,
} from './test-payload.ts';

const T = 1_700_000_000_123;
const service = [attribute(1, 'service.name', 'shop'), attribute(1, 'service.instance.id', 'i-1')];
const of = (...rows: string[]) =>
  rows.map((row) => row.replace('SHOP', 'instance="i-1",job="shop"'));

test('a gauge point', () => {
  const point = [startTime(T - 5), time(T), double(4, 1.5), attribute(7, 'a.b', 'x')];
  const { rows, batch } = decode(request(service, [gauge('temp.now', 'Cel', point)]));
  assert.deepEqual(rows, of(`temp_now_celsius{a_b="x",SHOP} 1.5 @${T}`));
  assert.equal(batch.hasStart, false);
  assert.deepEqual(batch.metadata, [
    { name: 'temp_now_celsius', type: 'gauge', help: '', unit: 'celsius' },
  ]);
});

test('integers, start times and sums', () => {
  const n = BigInt(Number.MAX_SAFE_INTEGER);
  const metrics = [
    sum('up.down', '', 2, false, [startTime(T - 9), time(T), fixed(6, -n)]),
    sum('hits', '1', 2, true, [startTime(T - 9), time(T), fixed(6, n)]),
    sum('late.start', '1', 2, true, [startTime(T + 9), time(T), double(4, -0)]),
  ];
  const { rows, batch } = decode(request(service, metrics));
  assert.deepEqual(
    rows,
    of(
      `up_down{SHOP} ${-n} @${T} from ${T - 9}`,
      `hits_total{SHOP} ${n} @${T} from ${T - 9}`,
      `late_start_total{SHOP} 0 @${T}`,
    ),
  );
  assert.equal(batch.hi[2], 0x80000000, '-0 keeps its sign');
  assert.deepEqual(
    batch.metadata.map((m) => m.type),
    ['gauge', 'counter', 'counter'],
  );
});

test('NaN payloads and stale markers keep their bits', () => {
  const metrics = [
    gauge('a', '', [time(T), words(4, 2, 0x7ff00000)], [time(T + 1), words(4, 0xabcd, 0x7ff80001)]),
    gauge('b', '', [time(T), double(4, 5), varint(8, 1)]),
  ];
  const { batch } = decode(request(service, metrics));
  assert.deepEqual([...batch.lo.subarray(0, 3)], [2, 0xabcd, 2]);
  assert.deepEqual([...batch.hi.subarray(0, 3)], [0x7ff00000, 0x7ff80001, 0x7ff00000]);
});

test('nanoseconds become milliseconds exactly', () => {
  const at = (ns: bigint, want: number) => {
    const { batch } = decode(request(service, [gauge('a', '', [fixed(3, ns), double(4, 1)])]));
    assert.equal(batch.t[0], want);
  };
  at(1544712660300000000n, 1544712660300);
  at(1544712660300000000n - 1n, 1544712660299);
  at(1544712660300999999n, 1544712660300);
  at(999_999n, 0);
  at(1_000_000n, 1);
  at(3_999_999_999_999_999_999n, 3_999_999_999_999);
});

test('a histogram becomes a classic histogram', () => {
  const point = [
    startTime(T - 1),
    time(T),
    fixed(4, 7n),
    double(5, 12.5),
    packedFixed(6, [1, 2, 4]),
    packedDoubles(7, [0.5, 1e21]),
    attribute(9, 'route', '/'),
  ];
  const { rows, resolver } = decode(request(service, [histogram('lat', 2, point)]));
  const tail = `@${T} from ${T - 1}`;
  assert.deepEqual(
    rows,
    of(
      `lat_seconds_count{SHOP,route="/"} 7 ${tail}`,
      `lat_seconds_sum{SHOP,route="/"} 12.5 ${tail}`,
      `lat_seconds_bucket{SHOP,le="0.5",route="/"} 1 ${tail}`,
      `lat_seconds_bucket{SHOP,le="1000000000000000000000",route="/"} 3 ${tail}`,
      `lat_seconds_bucket{SHOP,le="+Inf",route="/"} 7 ${tail}`,
    ),
  );
  assert.equal(resolver.registrations, 5);
});

test('histograms without a sum, without buckets, stale, unpacked', () => {
  const metrics = [
    histogram('a', 2, [time(T), fixed(4, 3n)]),
    histogram('b', 2, [time(T), varint(10, 1), packedDoubles(7, [1])]),
    histogram('c', 2, [time(T), fixed(4, 3n), fixed(6, 1n), fixed(6, 2n), double(7, 4)]),
  ];
  const { rows } = decode(request(service, metrics));
  assert.deepEqual(
    rows,
    of(
      `a_seconds_count{SHOP} 3 @${T}`,
      `a_seconds_bucket{SHOP,le="+Inf"} 3 @${T}`,
      `b_seconds_count{SHOP} stale @${T}`,
      `b_seconds_sum{SHOP} stale @${T}`,
      `b_seconds_bucket{SHOP,le="1"} stale @${T}`,
      `b_seconds_bucket{SHOP,le="+Inf"} stale @${T}`,
      `c_seconds_count{SHOP} 3 @${T}`,
      `c_seconds_bucket{SHOP,le="4"} 1 @${T}`,
      `c_seconds_bucket{SHOP,le="+Inf"} 3 @${T}`,
    ),
  );
});

test('a summary', () => {
  const quantile = (q: number, v: number) => message(6, double(1, q), double(2, v));
  const point = [time(T), fixed(4, 9n), double(5, 3), quantile(0, 1), quantile(0.99, 8)];
  const { rows } = decode(request(service, [summary('s', point)]));
  assert.deepEqual(
    rows,
    of(
      `s_seconds_count{SHOP} 9 @${T}`,
      `s_seconds_sum{SHOP} 3 @${T}`,
      `s_seconds{SHOP,quantile="0"} 1 @${T}`,
      `s_seconds{SHOP,quantile="0.99"} 8 @${T}`,
    ),
  );
});

test('delta temporality is flagged, all rows of a point as one', () => {
  const metrics = [
    sum('d', '', 1, true, [time(T), double(4, 1)], [time(T + 1), double(4, 1)]),
    histogram('h', 1, [time(T), fixed(4, 1n)]),
  ];
  const { batch } = decode(request(service, metrics));
  const same = KIND_DELTA | KIND_SAME_POINT;
  assert.deepEqual([...batch.kind.subarray(0, 4)], [KIND_DELTA, KIND_DELTA, KIND_DELTA, same]);
});

test('points are refused one by one', () => {
  const good = [time(T), double(4, 1)];
  const metrics = [
    gauge('a', '', [time(T)], good, [double(4, 1)], [time(5), double(4, 1)]),
    gauge(
      'b',
      '',
      [time(LIMITS.maxTime + 1), double(4, 1)],
      [fixed(3, 2n ** 64n - 1n), double(4, 1)],
    ),
    gauge('...', '', good),
    sum('c', '', 0, true, good, good),
    histogram('d', 2, [time(T), packedDoubles(7, [2, 1])]),
    gauge('e', '', [...good, attribute(7, 'üü', 'x')]),
    gauge('f', '', [...good, message(7, bytes(1, new Uint8Array([0xff])))]),
  ];
  const { rows, batch } = decode(request(service, metrics), {}, { minTime: 10 });
  assert.deepEqual(rows, of(`a{SHOP} 1 @${T}`));
  assert.deepEqual(Object.fromEntries(batch.rejected), {
    no_value: 1,
    invalid_value: 2,
    too_old: 1,
    too_far_in_future: 2,
    invalid_labels: 3,
    unsupported: 2,
  });
  assert.match(batch.rejections[0] ?? '', /^metric "a": point without a value/);
});

test('labels: collisions, precedence, values of other types', () => {
  const any = (field: number, key: string, ...value: Parameters<typeof message>[1][]) =>
    message(field, text(1, key), message(2, ...value));
  const list = message(5, message(1, text(1, 'x<')), message(1, varint(3, 4)), message(1));
  const map = message(
    6,
    message(1, text(1, 'z'), message(2, varint(2, 1))),
    message(1, text(1, 'a'), message(2, double(4, 0.5))),
  );
  const point = [
    time(T),
    double(4, 1),
    attribute(7, 'a_b', '2'),
    attribute(7, 'a.b', '1'),
    attribute(7, 'job', 'mine'),
    attribute(7, '__name__', 'other'),
    attribute(7, 'empty', ''),
    any(7, 'bool', varint(2, 1)),
    any(7, 'int', varint(3, 42)),
    any(7, 'double', double(4, 1e21)),
    any(7, 'list', list),
    any(7, 'map', map),
    any(7, 'bytes', bytes(7, new Uint8Array([1, 2, 255]))),
    any(7, 'none'),
  ];
  const resource = [attribute(1, 'service.namespace', 'ns'), attribute(1, 'service.name', 'n')];
  const { rows } = decode(request(resource, [gauge('g', '', point)]));
  assert.deepEqual(rows, [
    `g{a_b="1;2",bool="true",bytes="AQL/",double="1e+21",int="42",job="ns/n",` +
      `list=${JSON.stringify('["x<",4,null]')},map=${JSON.stringify('{"a":0.5,"z":true}')}} 1 @${T}`,
  ]);
});

test('promotion of resource attributes and scopes', () => {
  const point = [time(T), double(4, 1), attribute(7, 'host.name', 'mine')];
  const resource = [
    attribute(1, 'host.name', 'h'),
    attribute(1, 'os', 'linux'),
    attribute(1, 'secret', 's'),
  ];
  const scope = [text(1, 'lib'), text(2, '1.0'), attribute(3, 'k.x', 'v')];
  const body = request(resource, [gauge('g', '', point)], scope);
  const rows = (options: Parameters<typeof decode>[1]) => decode(body, options).rows;
  assert.deepEqual(rows({}), [`g{host_name="mine"} 1 @${T}`]);
  assert.deepEqual(rows({ promoteResourceAttributes: ['host.name', 'os'] }), [
    `g{host_name="mine",os="linux"} 1 @${T}`,
  ]);
  assert.deepEqual(
    rows({ promoteAllResourceAttributes: true, ignoreResourceAttributes: ['secret'] }),
    [`g{host_name="mine",os="linux"} 1 @${T}`],
  );
  assert.deepEqual(rows({ promoteScopeMetadata: true }), [
    `g{host_name="mine",otel_scope_k_x="v",otel_scope_name="lib",otel_scope_version="1.0"} 1 @${T}`,
  ]);
  assert.deepEqual(rows({ strategy: 'NoTranslation' }), [`g{host.name="mine"} 1 @${T}`]);
});

test('target_info', () => {
  const resource = [...service, attribute(1, 'host.name', 'h')];
  const points = [0, 400_000].map((after) => [time(T + after), double(4, 1)]);
  const info = (rows: string[]) => rows.filter((row) => row.startsWith('target_info'));
  const target = 'target_info{host_name="h",instance="i-1",job="shop"} 1';
  const { rows, batch } = decode(request(resource, [gauge('g', '', ...points)]));
  assert.deepEqual(
    batch.metadata.map(({ name, type }) => [name, type]),
    [
      ['g', 'gauge'],
      ['target_info', 'gauge'],
    ],
  );
  assert.deepEqual(
    info(rows),
    [0, 150_000, 300_000, 400_000].map((after) => `${target} @${T + after}`),
  );
  const twice = Buffer.concat(
    [1, 2].map(() => request(resource, [gauge('g', '', points[0] ?? [])])),
  );
  assert.deepEqual(info(decode(twice).rows), [`${target} @${T}`]);
  const kept = decode(request(resource, [gauge('g', '', ...points)]), {
    keepIdentifyingResourceAttributes: true,
  });
  assert.match(info(kept.rows)[0] ?? '', /service_instance_id="i-1",service_name="shop"/);
  const none = request([attribute(1, 'host.name', 'h')], [gauge('g', '', ...points)]);
  assert.deepEqual(info(decode(none).rows), []);
  const far = [0, 3e12].map((t) => [time(1 + t), double(4, 1)]);
  const spread = decode(request(resource, [gauge('g', '', ...far)]));
  assert.ok(info(spread.rows).length < 50);
});

test('a known series is found by hash alone, also under other byte forms', () => {
  const resolver = new RecordingResolver();
  const decoder = new OtlpMetricsDecoder(DEFAULT_OTLP_OPTIONS);
  const batch = new MetricBatch();
  const a = attribute(7, 'a', '1');
  const b = attribute(7, 'b', '2');
  const run = (...point: Parameters<typeof encode>) =>
    decoder.decode(request(service, [gauge('g', '', point)]), resolver, LIMITS, batch);
  run(time(T), double(4, 1), a, b);
  run(time(T), double(4, 2), a, b);
  assert.equal(resolver.registrations, 1);
  run(a, time(T), b, double(4, 3));
  run(b, a, double(4, 4), time(T));
  run(b, a, double(4, 5), time(T));
  assert.equal(resolver.registrations, 3);
  assert.equal(resolver.series.length, 1);
  assert.deepEqual(
    rowsText(batch, resolver),
    of(...[1, 2, 3, 4, 5].map((v) => `g{a="1",b="2",SHOP} ${v} @${T}`)),
  );
});

test('metrics, resources and scopes that differ never share a series', () => {
  const point = [time(T), double(4, 1)];
  const bodies = [
    request([], [gauge('a', 'b', point)]),
    request([], [gauge('ab', '', point)]),
    request([], [sum('a', 'b', 2, true, point)]),
    request([], [sum('a', 'b', 2, false, point)]),
    request(service, [gauge('a', 'b', point)]),
    request([], [gauge('a', 'b', [...point, attribute(7, 'k', '')])]),
    request([], [gauge('a', 'b', [...point, attribute(7, 'k', 'v')])]),
    request([], [gauge('a', 'b', [...point, attribute(7, 'k', 'v'), attribute(7, 'k', 'v')])]),
  ];
  const resolver = new RecordingResolver();
  const decoder = new OtlpMetricsDecoder(DEFAULT_OTLP_OPTIONS);
  const batch = new MetricBatch();
  for (const body of bodies) decoder.decode(body, resolver, LIMITS, batch);
  const wanted = ['a_b', 'ab', 'a_b_total', 'a_b', 'a_b', 'a_b', 'a_b', 'a_b'];
  assert.equal(batch.n, wanted.length);
  assert.equal(resolver.registrations, wanted.length);
  assert.deepEqual(
    rowsText(batch, resolver).map((row) => row.slice(0, row.indexOf('{'))),
    wanted,
  );
});

test('exemplars', () => {
  const exemplar = (field: number, value: number, ...more: Parameters<typeof encode>) =>
    message(field, fixed(2, BigInt(T) * 1_000_000n), double(3, value), ...more);
  const ids = [bytes(5, Buffer.alloc(16, 0xab)), bytes(4, Buffer.alloc(8, 0xcd))];
  const metrics = [
    sum('c', '', 2, true, [time(T), double(4, 1), exemplar(5, 1, ...ids, attribute(7, 'u', 'v'))]),
    histogram('h', 2, [
      time(T),
      fixed(4, 2n),
      packedFixed(6, [1, 1]),
      packedDoubles(7, [10]),
      exemplar(8, 10, attribute(7, 'long', 'x'.repeat(200)), ...ids),
      exemplar(8, 11),
      message(8, fixed(2, 1n)),
    ]),
  ];
  const { batch, resolver } = decode(request([], metrics));
  const trace = ['trace_id', 'ab'.repeat(16), 'span_id', 'cd'.repeat(8)];
  assert.deepEqual(
    batch.exemplars.map((e) => [resolver.series[e.series - 1], e.value, e.t, e.labels]),
    [
      ['c_total{}', 1, T, [...trace, 'u', 'v']],
      ['h_seconds_bucket{le="10"}', 10, T, trace],
      ['h_seconds_bucket{le="+Inf"}', 11, T, []],
    ],
  );
});

test('limits', () => {
  const point = [time(T), double(4, 1)];
  const labels = (n: number) => [...Array(n).keys()].map((i) => attribute(7, `k${i}`, 'v'));
  const many = decode(request([], [gauge('g', '', [...point, ...labels(10_000)], point)]));
  assert.deepEqual([...many.batch.rejected], [['label_limit', 1]]);
  assert.deepEqual(many.rows, [`g{} 1 @${T}`]);
  const body = request([], [gauge('g', '', point, point, point)]);
  assert.throws(() => decode(body, {}, { maxPoints: 2 }), RequestLimitError);
  const full = new RecordingResolver();
  full.maxSeries = 3;
  const h = [time(T), fixed(4, 1n), double(5, 1), packedFixed(6, [1, 0]), packedDoubles(7, [1])];
  const refused = decode(request([], [histogram('h', 2, h)]), {}, {}, full);
  assert.deepEqual([...refused.batch.rejected], [['series_limit', 1]]);
  assert.equal(refused.batch.n, 0, 'no row of a refused histogram stays');
});

test('wrong wire types and unknown fields', () => {
  assert.throws(() => decode(encode(varint(1, 5))), DecodeError);
  assert.throws(() => decode(request([], [gauge('g', '', [varint(3, 5)])])), DecodeError);
  const extra = encode(
    varint(99, 1),
    message(1, text(3, 'url'), message(1000, text(1, 'old')), message(2, message(2, text(1, 'g')))),
  );
  assert.equal(decode(extra).batch.n, 0);
  assert.equal(decode(new Uint8Array(0)).batch.n, 0);
});
