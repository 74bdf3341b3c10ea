import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { plainFloatText } from './float-text.ts';
import { labelName } from './label-name.ts';
import { metricName, type NameKind } from './metric-name.ts';
import { DEFAULT_TRANSLATION, type TRANSLATION_STRATEGIES } from './options.ts';
import { unitName, unitSuffixes } from './unit.ts';

test('names with the default strategy', () => {
  const is = (name: string, unit: string, kind: NameKind, want: string) =>
    assert.equal(metricName(name, unit, kind, 'UnderscoreEscapingWithSuffixes'), want);
  is('system.cpu.time', 's', 'counter', 'system_cpu_time_seconds_total');
  is('system.io', 'By', 'counter', 'system_io_bytes_total');
  is('network.io.bytes', 'By', 'counter', 'network_io_bytes_total');
  is('total.network.total', 'By', 'counter', 'network_bytes_total');
  is('cpu.utilization', '1', 'gauge', 'cpu_utilization_ratio');
  is('ratio.of.things', '1', 'gauge', 'of_things_ratio');
  is('cpu.utilization', '1', 'other', 'cpu_utilization');
  is('http.server.request.duration', 's', 'other', 'http_server_request_duration_seconds');
  is('disk.throughput', 'By/s', 'gauge', 'disk_throughput_bytes_per_second');
  is('speed', 'm/s', 'gauge', 'speed_meters_per_second');
  is('speed', 'km/h', 'gauge', 'speed_km_per_hour');
  is('speed.per_second', 'm/s', 'gauge', 'speed_per_second_meters_per_second');
  is('jobs', '{job}', 'other', 'jobs');
  is('jobs', '{job}/s', 'other', 'jobs_per_second');
  is('jobs', 'By/{job}', 'other', 'jobs_bytes');
  is('requests', '/s', 'other', 'requests_per_second');
  is('load', '%', 'gauge', 'load_percent');
  is('temperature', 'Cel', 'gauge', 'temperature_celsius');
  is('a__b...c', '', 'other', 'a_b_c');
  is('a:b.c', '', 'other', 'a:b_c');
  is('5xx.errors', '', 'other', '_5xx_errors');
  is('größe', '', 'other', 'gr_e');
  is('units', 'some weird unit', 'other', 'units_some_weird_unit');
  is('units', 'a/b/c', 'other', 'units_a_per_b_c');
  is('units', ' s ', 'other', 'units_seconds');
  is('...', '', 'other', '');
  is('', '', 'other', '');
});

test('names with the other strategies', () => {
  const is = (
    strategy: (typeof TRANSLATION_STRATEGIES)[number],
    args: [string, string, NameKind],
    want: string,
  ) => assert.equal(metricName(...args, strategy), want);
  is('UnderscoreEscapingWithoutSuffixes', ['http.requests', 's', 'counter'], 'http_requests');
  is('UnderscoreEscapingWithoutSuffixes', ['1.a__b', 's', 'counter'], '_1_a__b');
  is('NoUTF8EscapingWithSuffixes', ['http.requests', '{r}', 'counter'], 'http.requests_total');
  is(
    'NoUTF8EscapingWithSuffixes',
    ['http.requests.total', 'By', 'counter'],
    'http.requests_bytes_total',
  );
  is('NoUTF8EscapingWithSuffixes', ['größe', '1', 'gauge'], 'größe_ratio');
  is('NoUTF8EscapingWithSuffixes', ['size_bytes', 'By', 'gauge'], 'size_bytes');
  is('NoUTF8EscapingWithSuffixes', ['io', 'By/s', 'gauge'], 'io_bytes_per_second');
  is('NoTranslation', ['größe.total', 's', 'counter'], 'größe.total');
});

test('label names', () => {
  const is = (key: string, want: string, change = {}) =>
    assert.equal(labelName(key, { ...DEFAULT_TRANSLATION, ...change }), want);
  is('http.request.method', 'http_request_method');
  is('5xx', 'key_5xx');
  is('_private', 'key_private');
  is('_private', '_private', { labelNameUnderscoreSanitization: false });
  is('__reserved', '__reserved');
  is('a..b', 'a__b');
  is('a..b', 'a_b', { labelNamePreserveMultipleUnderscores: false });
  is('__name__', '__name__', { labelNamePreserveMultipleUnderscores: false });
  is('a:b', 'a_b');
  is('a𝒳b', 'a_b');
  is('ü', 'key_');
  is('üü', '');
  is('', '');
  is('http.request.method', 'http.request.method', { strategy: 'NoTranslation' });
  is('ü', 'ü', { strategy: 'NoUTF8EscapingWithSuffixes' });
});

test('classic names stay within the classic character set', () => {
  const kinds = fc.constantFrom<NameKind>('counter', 'gauge', 'other');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), kinds, (name, unit, kind) => {
      const full = metricName(name, unit, kind, 'UnderscoreEscapingWithSuffixes');
      assert.match(full, /^([a-zA-Z_:][a-zA-Z0-9_:]*)?$/);
      assert.match(labelName(name, DEFAULT_TRANSLATION), /^([a-zA-Z_][a-zA-Z0-9_]*)?$/);
    }),
  );
});

test('units', () => {
  assert.deepEqual(unitSuffixes('By/s'), { main: 'bytes', per: 'per_second' });
  assert.deepEqual(unitSuffixes('1'), { main: '', per: '' });
  assert.equal(unitName('By/s'), 'bytes_per_second');
  assert.equal(unitName('{request}'), '');
  assert.equal(unitName('ms'), 'milliseconds');
});

test('floats in labels never have an exponent', () => {
  const is = (value: number, want: string) => assert.equal(plainFloatText(value), want);
  is(0.005, '0.005');
  is(10, '10');
  is(-0, '-0');
  is(1e21, '1000000000000000000000');
  is(1.5e-7, '0.00000015');
  is(-1.25e22, '-12500000000000000000000');
  is(1.2345e-9, '0.0000000012345');
  is(Number.POSITIVE_INFINITY, '+Inf');
  is(Number.NEGATIVE_INFINITY, '-Inf');
  is(Number.NaN, 'NaN');
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.match(plainFloatText(value), /^-?\d+(\.\d+)?$/);
      assert.equal(Number(plainFloatText(value)), value);
    }),
  );
});
