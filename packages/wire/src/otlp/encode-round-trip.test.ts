/** What our encoders write, our decoders read as it was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodedLogs } from '../model/test-records.ts';
import { decodeOtlpLogs } from './decode-logs.ts';
import { encodeOtlpLogs, type OtlpLogRecord } from './encode-logs.ts';
import { encodeOtlpMetrics, type OtlpPoint } from './encode-metrics.ts';
import { decode } from './test-payload.ts';

const SENDER = { resource: { 'service.name': 'shop' }, scope: 'agent', scopeVersion: '1' };

const TIME = fc.integer({ min: 1, max: 3_900_000_000_000 });
const NUMBER = fc.double({ noNaN: true });
const NAME = fc.stringMatching(/^[a-z]{1,8}(_[a-z]{1,8}){0,2}$/);
const ATTRIBUTES = fc.dictionary(
  fc.oneof(
    fc.stringMatching(/^[a-z]{1,10}$/),
    fc.constantFrom('job', 'instance', 'constructor', '__proto__'),
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  { maxKeys: 4, noNullPrototype: true },
);

const POINT = fc.record({
  name: NAME,
  kind: fc.constantFrom('gauge' as const, 'updowncounter' as const),
  attributes: ATTRIBUTES,
  timeMs: TIME,
  value: NUMBER,
});

test('numbers come out with their bits, times and attributes', () => {
  fc.assert(
    fc.property(fc.array(POINT, { maxLength: 8 }), (made) => {
      const points = made.map((p) => ({ ...p, unit: '', description: '', startMs: 0 }));
      const { rows } = decode(encodeOtlpMetrics(SENDER, points));
      const own = rows.filter((row) => !row.startsWith('target_info'));
      const want = points.map(({ name, attributes, value, timeMs }) => {
        const all: [string, string][] = Object.entries({ ...attributes, job: 'shop' });
        const labels = all
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, text]) => `${key}=${JSON.stringify(text)}`);
        return `${name}{${labels.join(',')}} ${value} @${timeMs}`;
      });
      assert.deepEqual(own.sort(), want.sort());
    }),
  );
});

test('counters begin at their start and are monotonic; units and kinds make the names', () => {
  const base = { description: 'What.', attributes: {}, timeMs: 2000, startMs: 1000 };
  const points: OtlpPoint[] = [
    { ...base, name: 'disk.io', kind: 'counter', unit: 'By', value: 5 },
    { ...base, name: 'disk.io', kind: 'counter', unit: 'By', value: 6, attributes: { dev: 'b' } },
    { ...base, name: 'busy', kind: 'gauge', unit: '1', value: -0.5 },
    { ...base, name: 'open', kind: 'updowncounter', unit: '{file}', value: 3 },
  ];
  const { rows, batch } = decode(encodeOtlpMetrics(SENDER, points));
  assert.deepEqual(rows.slice(0, 4), [
    'disk_io_bytes_total{job="shop"} 5 @2000 from 1000',
    'disk_io_bytes_total{dev="b",job="shop"} 6 @2000 from 1000',
    'busy_ratio{job="shop"} -0.5 @2000',
    'open{job="shop"} 3 @2000 from 1000',
  ]);
  assert.deepEqual(
    batch.metadata.map(({ name, type, help }) => [name, type, help]),
    [
      ['disk_io_bytes_total', 'counter', 'What.'],
      ['busy_ratio', 'gauge', 'What.'],
      ['open', 'gauge', 'What.'],
    ],
  );
});

test('histograms of any buckets come out cumulative', () => {
  const buckets = fc.array(fc.integer({ min: 0, max: 2 ** 48 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(buckets, NUMBER, (counts, sum) => {
      const bounds = counts.slice(1).map((_, i) => i + 1);
      const value = counts.reduce((a, b) => a + b);
      const { rows } = decode(
        encodeOtlpMetrics(SENDER, [
          {
            name: 'h',
            kind: 'histogram',
            unit: '',
            description: '',
            attributes: {},
            timeMs: 2000,
            startMs: 1000,
            value,
            distribution: { bounds, buckets: Float64Array.from(counts), sum },
          },
        ]),
      );
      const at = '@2000 from 1000';
      let total = 0;
      const want = counts.map((count, i) => {
        total += count;
        const le = i === bounds.length ? '+Inf' : `${bounds[i]}`;
        return `h_bucket{job="shop",le="${le}"} ${total} ${at}`;
      });
      assert.deepEqual(
        rows.filter((row) => !row.startsWith('target_info')),
        [`h_count{job="shop"} ${value} ${at}`, `h_sum{job="shop"} ${sum} ${at}`, ...want],
      );
    }),
  );
});

const FIELD_NAME = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.constantFrom('__proto__', 'constructor', 'trace_id', 'scope_name', 'event.name', '\0'),
);
const FIELD_VALUE = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.maxSafeInteger(),
  NUMBER.filter((value) => !Number.isSafeInteger(value) || Object.is(value, -0)),
  fc.boolean(),
);
const HEX = (length: number) =>
  fc.oneof(fc.constant(''), fc.stringMatching(new RegExp(`^[0-9a-f]{${length - 1}}1$`)));
const RECORD = fc.record({
  timeMs: TIME,
  severityNumber: fc.integer({ min: 0, max: 24 }),
  body: fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
  eventName: fc.stringMatching(/^([a-z]{1,9}(\.[a-z]{1,9}){0,2})?$/),
  attributes: fc.dictionary(FIELD_NAME, FIELD_VALUE, { maxKeys: 5, noNullPrototype: true }),
  traceId: HEX(32),
  spanId: HEX(16),
});

test('log records come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(RECORD, { maxLength: 5 }), (made) => {
      const list: OtlpLogRecord[] = made.map((record) => ({ ...record, severityText: '' }));
      const body = encodeOtlpLogs(SENDER, list);
      const { records } = decodedLogs((...rest) => decodeOtlpLogs(body, ...rest));
      assert.deepEqual(
        records.map(({ stream, fields, ...rest }) => ({ ...rest, fields: fields.sort() })),
        list.map((record) => ({
          t: BigInt(record.timeMs) * 1_000_000n,
          severity: record.severityNumber,
          trace: record.traceId,
          span: record.spanId,
          body: record.body,
          fields: [
            ['scope_name', 0, 'agent'],
            ['scope_version', 0, '1'],
            ...Object.entries(record.attributes).map(([key, value]) => [key, ...typed(value)]),
            ...(record.eventName === '' ? [] : [['event_name', 0, record.eventName]]),
          ].sort(),
        })),
      );
    }),
  );
});

/** Type and text of a field's value. */
function typed(value: string | number | boolean): [number, string] {
  if (typeof value === 'string') return [0, value];
  if (typeof value === 'boolean') return [1, String(value)];
  if (Object.is(value, -0)) return [3, '-0'];
  if (Math.abs(value) === Number.POSITIVE_INFINITY) return [3, value > 0 ? '+Inf' : '-Inf'];
  return [Number.isSafeInteger(value) ? 2 : 3, String(value)];
}
